// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks in a list, as the office that owes sees them: late is said to be late.

import { clockFacts, shownState, stateName } from "../web/clocks.js";
import { part, say } from "../web/ui.js";

// One line of a list: what is owed by when.
export function dueLine(row, now) {
  const state = shownState(row, now);
  const line = part("due", { said: stateName(state), due: say("due-line", clockFacts(row, now)) });
  line.querySelector(".tag").dataset.state = state;
  return line;
}

export function isRunning({ state }) {
  return state === "running" || state === "extended" || state === "overdue";
}
