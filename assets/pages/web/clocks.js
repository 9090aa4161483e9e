// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks in words: what is owed by whom, by when, and whether it was kept. The words come first; the frame repeats them.

import { clockName } from "./clockname.js";
import { day, part, say } from "./ui.js";

const SOON = 5 * 86400; // seconds; as the public page counts "due within five days"

// What a clock shows: its state, and "due soon" where it runs and the date is near.
export function shownState({ state, limit, disputed }, now) {
  if (disputed && state !== "overdue") return "disputed";
  return (state === "running" || state === "extended") && limit - now <= SOON ? "due soon" : state;
}

export { clockName };

export function clockFacts(row) {
  const dated = (seconds) => (seconds ? day(seconds, row.zone) : "");
  return { due: dated(row.limit), aim: dated(row.target), met: dated(row.metAt), promised: dated(row.promised), owner: row.title, clock: clockName(row.name) };
}

export function stateName(state) {
  return say(`clock-state-${state.replaceAll(" ", "-")}`);
}

// One clock of a case, as it stands at `now`.
export function clockCard(row, now) {
  const state = shownState(row, now);
  const facts = clockFacts(row);
  const card = part("clock", {
    name: clockName(row.name),
    said: stateName(state),
    due: say(row.metAt ? "clock-met-due" : state === "ended by withdrawal" ? "clock-ended-due" : row.extendedTo ? "clock-extended-due" : "clock-due", facts),
    aim: row.target && row.target !== row.limit && !row.metAt && state !== "ended by withdrawal" ? say("clock-aim", facts) : null,
  });
  card.dataset.state = state;
  return card;
}
