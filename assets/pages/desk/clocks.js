// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks in words, as the office that owes sees them: late is said to be late.

import { day, knows, part, say } from "../web/ui.js";

const SOON = 5 * 86400; // seconds; as the public page counts "due within five days"

function shownState({ state, limit }, now) {
  return (state === "running" || state === "extended") && limit - now <= SOON ? "due soon" : state;
}

export function clockName(name) {
  return knows(`clock-${name}`) ? say(`clock-${name}`) : name;
}

function factsOf(row) {
  const dated = (seconds) => (seconds ? day(seconds, row.zone) : "");
  return { due: dated(row.limit), aim: dated(row.target), met: dated(row.metAt), promised: dated(row.promised), owner: row.title, clock: clockName(row.name) };
}

export function clockCard(row, now) {
  const state = shownState(row, now);
  const facts = factsOf(row);
  const card = part("clock", {
    name: clockName(row.name),
    said: say(`clock-state-${state.replaceAll(" ", "-")}`),
    due: say(row.metAt ? "clock-met-due" : row.extendedTo ? "clock-extended-due" : "clock-due", facts),
    aim: row.target && row.target !== row.limit && !row.metAt ? say("clock-aim", facts) : null,
  });
  card.dataset.state = state;
  return card;
}

// One line of a list: what is owed by when.
export function dueLine(row, now) {
  const state = shownState(row, now);
  const line = part("due", { said: say(`clock-state-${state.replaceAll(" ", "-")}`), due: say("due-line", factsOf(row)) });
  line.querySelector(".tag").dataset.state = state;
  return line;
}

export function isRunning({ state }) {
  return state === "running" || state === "extended" || state === "overdue";
}
