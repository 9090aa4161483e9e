// SPDX-License-Identifier: AGPL-3.0-or-later
// Leaving an author's page: quickly, with nothing of it left in the window; and not by mistake, while something is typed.
//
// The page adds nothing to the history while it is used, so replacing it leaves one entry, which is empty. What a person sees over one's
// shoulder is blank at once, before anything is fetched or asked. It cannot help against who watches the machine or the network, and says so.

const SOON = 1000; // milliseconds between two presses of Esc

let typed = () => false;
let forget = () => {};
let why = () => "";
let leaving = false;
let asked = ""; // the page's title, while it is asked whether to leave

// `clear` ends what the page runs; `holds` tells whether something would be lost; `stay` gives the sentence that whoever leaves must know first,
// "" where there is none: the page is then blank at once, and gone at the second press.
export function watchLeaving({ clear, holds, stay = () => "" }) {
  [typed, forget, why] = [holds, clear, stay];
  document.getElementById("leave").addEventListener("click", leave);
  window.addEventListener("keydown", twice(leave));
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && typed()) event.preventDefault();
  });
  // A browser may keep a page that was left, to show it again at once: what it keeps shall be empty.
  window.addEventListener("pagehide", (event) => {
    if (event.persisted) empty();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  for (const link of document.querySelectorAll(".languages a")) link.addEventListener("click", () => beside(link));
}

function leave(event) {
  event.preventDefault();
  const sentence = document.getElementById("leave-asked").hidden ? why() : "";
  if (sentence) ask(sentence);
  else go();
}

function go() {
  leaving = true;
  const to = document.getElementById("leave").href;
  empty();
  location.replace(to);
}

function ask(sentence) {
  const panel = document.getElementById("leave-asked");
  asked = document.title;
  document.title = "";
  panel.querySelector("p").textContent = sentence;
  panel.querySelector("[data-act=stay]").addEventListener("click", stay, { once: true });
  panel.querySelector("[data-act=go]").addEventListener("click", go, { once: true });
  document.body.classList.add("asking");
  panel.hidden = false;
  panel.querySelector("p").focus();
}

function stay() {
  document.title = asked;
  document.body.classList.remove("asking");
  document.getElementById("leave-asked").hidden = true;
  (document.querySelector("h1[tabindex], #after h1") ?? document.getElementById("main")).focus();
}

// A page in another language begins empty. While something is typed here, it opens beside this one, and that is said.
function beside(link) {
  const keeps = typed();
  link.target = keeps ? "_blank" : "";
  link.rel = keeps ? "noopener noreferrer" : "";
  document.getElementById("language-beside").hidden = !keeps;
}

function empty() {
  forget();
  for (const field of document.querySelectorAll("input, textarea")) field.value = "";
  document.title = "";
  document.documentElement.replaceChildren();
}

function twice(act) {
  let last = -Infinity;
  return (event) => {
    if (event.key !== "Escape" || event.isComposing || event.repeat) return;
    if (event.timeStamp - last < SOON) {
      last = -Infinity; // a third press is the first of the next two
      act(event);
    } else last = event.timeStamp;
  };
}
