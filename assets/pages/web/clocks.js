// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks in words: what is owed by whom, by when, and whether it was kept. The words come first; the frame repeats them.

import { clockName } from "./clockname.js";
import { day, number, part, say } from "./ui.js";

const OPEN = ["running", "extended", "overdue"];
const SOON = 5 * 86400; // seconds; as the public page counts "due within five days"

// What a clock shows: its state, and "due soon" where it runs and the date is near.
export function shownState({ state, limit, disputed }, now) {
  if (disputed && state !== "overdue") return "disputed";
  return (state === "running" || state === "extended") && limit - now <= SOON ? "due soon" : state;
}

export { clockName };

export function clockFacts(row, now) {
  const dated = (seconds) => (seconds ? day(seconds, row.zone) : "");
  const n = number(Math.ceil(((row.endedAt || now) - row.limit) / 86400)); // days late, to when it ended
  return { n, ended: dated(row.endedAt), due: dated(row.limit), aim: dated(row.target), met: dated(row.metAt), promised: dated(row.promised), owner: row.title, clock: clockName(row.name) };
}

export function stateName(state) {
  return say(`clock-state-${state.replaceAll(" ", "-")}`);
}

function dueCode({ metAt, pending, extendedTo }, state) {
  if (state === "ended late") return "clock-ended-late-due";
  if (state === "ended by withdrawal") return "clock-ended-due";
  if (metAt) return "clock-met-due";
  return pending ? "clock-pending-due" : extendedTo ? "clock-extended-due" : "clock-due";
}

// One clock of a case, as it stands at `now`.
export function clockCard(row, now) {
  const state = shownState(row, now);
  const facts = clockFacts(row, now);
  const card = part("clock", {
    name: clockName(row.name),
    said: stateName(state),
    due: say(dueCode(row, state), facts),
    aim: row.target && row.target !== row.limit && OPEN.includes(row.state) ? say("clock-aim", facts) : null,
  });
  card.dataset.state = state;
  return card;
}
