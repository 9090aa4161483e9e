// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks in words: what is owed by whom, by when, and whether it was kept. The words come first; the frame repeats them.

import { day, knows, part, say } from "../web/ui.js";

const SOON = 5 * 86400; // seconds; as the public page counts "due within five days"

// What a clock shows: its state, and "due soon" where it runs and the date is near.
export function shownState({ state, limit }, now) {
  return (state === "running" || state === "extended") && limit - now <= SOON ? "due soon" : state;
}

export function clockName(name) {
  return knows(`clock-${name}`) ? say(`clock-${name}`) : name;
}

// One clock of a case, as it stands at `now`.
export function clockCard(row, now) {
  const state = shownState(row, now);
  const facts = { due: day(row.limit, row.zone), aim: row.target ? day(row.target, row.zone) : "", met: row.metAt ? day(row.metAt, row.zone) : "",
    promised: day(row.promised, row.zone), owner: row.title };
  const card = part("clock", {
    name: clockName(row.name),
    said: say(`clock-state-${state.replaceAll(" ", "-")}`),
    due: say(row.metAt ? "clock-met-due" : row.extendedTo ? "clock-extended-due" : "clock-due", facts),
    aim: row.target && row.target !== row.limit && !row.metAt ? say("clock-aim", facts) : null,
  });
  card.dataset.state = state;
  return card;
}

// One clock as it would run if it started now: nothing is kept or broken yet.
export function promisedClock(row) {
  const facts = { due: day(row.limit, row.zone), aim: row.target ? day(row.target, row.zone) : "", owner: row.title };
  const card = part("clock", {
    name: clockName(row.name), said: null, due: say("clock-due", facts), aim: row.target ? say("clock-aim", facts) : null,
  });
  card.dataset.state = "running";
  return card;
}
