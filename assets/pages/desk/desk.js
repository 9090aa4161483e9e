// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk: one document from unlocking to locking. Links change what is shown and the fragment of the address, which is sent to nobody;
// the key lives in the worker. Reload, closing, “Lock” or a quarter of an hour without anybody end the worker and empty the document.

import { el, say, tell } from "../web/ui.js";
import { leaveCase, showCase } from "./case.js";
import { watchIdle } from "./idle.js";
import { begin, showKey } from "./keys.js";
import { showCases, showToday } from "./lists.js";
import { forget, lock, sitting } from "./sitting.js";
import { clearTrouble } from "./trouble.js";

const CASE = /^#case\/([0-9a-f]{32})$/;
let open = false;

function opened(place = "") {
  if (!open) {
    open = true;
    watchIdle(lock);
    el("lock").addEventListener("click", () => {
      el("lock").disabled = true;
      lock();
    });
    window.addEventListener("hashchange", show);
  }
  el("head").hidden = false;
  tell(say("unlocked"));
  if (place) history.replaceState(null, "", `#${place}`);
  show();
}

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
