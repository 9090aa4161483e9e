// SPDX-License-Identifier: AGPL-3.0-or-later
// Leaving an author's page: quickly, with nothing of it left in the window; and not by mistake, while something is typed.
//
// The page adds nothing to the history while it is used, so replacing it leaves one entry, which is empty. What a person sees over one's
// shoulder is blank at once, before anything is fetched. It cannot help against who watches the machine or the network, and says so.

const SOON = 1000; // milliseconds between two presses of Esc

let typed = () => false;
let forget = () => {};
let leaving = false;

// `clear` ends what the page runs; `holds` tells whether something would be lost.
export function watchLeaving({ clear, holds }) {
  typed = holds;
  forget = clear;
  const link = document.getElementById("leave");
  link.addEventListener("click", leave);
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
}

function leave(event) {
  event.preventDefault();
  leaving = true;
  const to = document.getElementById("leave").href;
  empty();
  location.replace(to);
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
    if (event.timeStamp - last < SOON) act(event);
    last = event.timeStamp;
  };
}
