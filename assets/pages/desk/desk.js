// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk: one document from unlocking to locking. Links change what is shown and the fragment of the address, which is sent to nobody;
// the key lives in the worker. Reload, closing, “Lock” or a quarter of an hour without anybody end the worker and empty the document.

import { el, part, say, tell } from "../web/ui.js";
import { ask, unask } from "./asking.js";
import { leaveCase, showCase } from "./case.js";
import { watchIdle } from "./idle.js";
import { begin, showKey } from "./keys.js";
import { showCases, showToday } from "./lists.js";
import { forget, lock, saveAll, sitting, unsaved, unsealAll, wouldLose } from "./sitting.js";
import { clearTrouble } from "./trouble.js";

const CASE = /^#case\/([0-9a-f]{32})$/;
let open = false;
let leaving = false; // it was asked, and answered

let endWatch = () => {};

async function opened(place = "") {
  endWatch = watchIdle(lockNow);
  if (!open) {
    open = true;
    el("lock").addEventListener("click", lockAsked);
    window.addEventListener("hashchange", show);
  }
  el("lock").disabled = false;
  el("head").hidden = false;
  tell(say((await unsealAll()) ? "held-back" : "unlocked"));
  if (place) history.replaceState(null, "", `#${place}`);
  show();
}

async function lockAsked() {
  el("lock").disabled = true;
  await saveAll();
  if (unsaved().length === 0 || (await ask("ask-lock"))) await lockNow();
  else el("lock").disabled = false;
}

async function lockNow() {
  endWatch();
  unask();
  await lock(() => {
    clearTrouble();
    el("head").hidden = true;
    begin(opened);
    el("view").firstElementChild.querySelector("h1").after(part("note", { text: say("locked-held") }));
    tell(say("locked-held"));
  });
}

// Whatever leads away from this document locks the desk, another language too: nobody shall do that unasked.
async function leave(go) {
  await saveAll();
  const loses = unsaved().length > 0;
  if (!(await ask(loses ? "ask-leave-unsaved" : "ask-leave", "ask-leave"))) return;
  leaving = true;
  go();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || !sitting.who || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || link.target || link.hasAttribute("download")) return;
  if (link.origin === location.origin && link.pathname === location.pathname) return;
  event.preventDefault();
  // The same view in the other language: the fragment is sent to nobody.
  leave(() => location.assign(link.href + (link.closest(".languages") ? location.hash : "")));
});

el("account").addEventListener("submit", async (event) => {
  if (!sitting.who || leaving) return;
  event.preventDefault();
  await saveAll();
  if (unsaved().length > 0) return void leave(() => el("account").submit());
  leaving = true;
  el("account").submit();
});

window.addEventListener("beforeunload", (event) => {
  if (!leaving && wouldLose()) event.preventDefault();
});

// Shows what the address names. Nothing else is kept of where one was.
function show() {
  if (!sitting.who) return;
  const { hash } = location;
  const found = CASE.exec(hash);
  const place = found ? "cases" : hash === "#cases" || hash === "#key" ? hash.slice(1) : "today";
  for (const link of el("tabs").querySelectorAll("a")) {
    if (link.hash === `#${place}`) link.setAttribute("aria-current", found ? "true" : "page");
    else link.removeAttribute("aria-current");
  }
  delete el("view").dataset.list;
  clearTrouble();
  leaveCase();
  if (found) showCase(found[1]);
  else ({ today: showToday, cases: showCases, key: () => showKey(opened) })[place]();
}

// A browser may keep a page that was left, to show it again at once: what it keeps shall be empty, and the key ended.
window.addEventListener("pagehide", forget);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

begin(opened);
