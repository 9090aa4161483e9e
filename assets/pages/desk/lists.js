// SPDX-License-Identifier: AGPL-3.0-or-later
// What is due, and every case: made here from what the worker opened, since the server keeps no list of who reads what.
//
// What is most urgent comes first and is shown at once; the rest follows while one works, and nothing jumps under the reader's finger.

import { day, el, fill, make, moment, number, part, say, showAt } from "../web/ui.js";
import { warned } from "../web/warned.js";
import { dueLine, isRunning } from "./clocks.js";
import { standingNotes } from "./keys.js";
import { call, sitting } from "./sitting.js";
import { sentenceOf, troubleNote } from "./trouble.js";

const PAGE = 100; // rows shown at once; more on asking
const CLICK = 300; // milliseconds in which a press that ended has become a click, by finger too

let reading; // the worker is at it
let progress = "";
let failed;
let shown = PAGE;
let letGo; // the timer that waits for the click of the last press that ended
const pressing = new Set(); // pointers that press a row, two fingers perhaps: made anew in that moment, it would swallow their click

document.addEventListener("pointerdown", ({ target, pointerId, button: which }) => {
  if (which !== 0 || !el("view")?.contains(target)) return; // of a press that opens a menu no end may come
  clearTimeout(letGo);
  letGo = undefined;
  pressing.add(pointerId);
});
document.addEventListener("click", release, { capture: true });
for (const ends of ["pointerup", "pointercancel"]) {
  document.addEventListener(ends, ({ pointerId }) => {
    if (pressing.delete(pointerId) && pressing.size === 0) letGo = setTimeout(release, CLICK);
  });
}

function release() {
  if (letGo === undefined) return;
  clearTimeout(letGo);
  letGo = undefined;
  setTimeout(renew); // after whoever was clicked has heard of it
}

// Reads the list anew; what is shown follows. Called twice at once, it reads once.
export function readList() {
  reading ??= call("today", {}, heard)
    .then((list) => {
      sitting.list = list;
      failed = undefined;
    })
    .catch((error) => {
      failed = error;
    })
    .finally(() => {
      reading = undefined;
      progress = "";
      renew();
    });
  return reading;
}

function heard(told) {
  if (told.stage === "first") sitting.list = told.list;
  if (told.stage === "rows" && sitting.list) sitting.list = { ...sitting.list, cases: merged(sitting.list.cases, told.rows), due: dueOf(sitting.list, told.rows) };
  if (told.stage === "background") progress = say("reading-on", { done: number(told.done), total: number(told.total) });
  renew();
}

function merged(before, rows) {
  const known = new Map(before.map((row) => [row.case, row]));
  for (const row of rows) known.set(row.case, row);
  return [...known.values()].sort((one, other) => other.received - one.received);
}

function dueOf(list, rows) {
  return merged(list.due, rows).filter((row) => row.due > 0).sort((one, other) => one.due - other.due);
}

// --- today

export function showToday() {
  const page = part("today");
  page.querySelector("[data-act=again]").addEventListener("click", () => readList());
  el("view").replaceChildren(page);
  el("view").dataset.list = "today";
  renew();
  showAt(page);
  if (!sitting.list && !reading) readList();
}

function fillToday(page) {
  const { list } = sitting;
  const counts = list && { cases: number(list.counts.cases), due: number(list.counts.due), overdue: number(list.counts.overdue) };
  put(page, "lead", [make("span", list ? say(list.counts.overdue ? "today-late" : list.counts.due ? "today-due" : "today-nothing", counts) : say("reading"))]);
  put(page, "due", list?.due.length ? rowsOf(list.due, list.now) : [make("p", list ? say("nothing-due") : "", { class: "quiet" })]);
}

// --- cases

export function showCases() {
  const page = part("cases");
  shown = PAGE;
  el("view").replaceChildren(page);
  el("view").dataset.list = "cases";
  el("find").addEventListener("input", () => {
    shown = PAGE;
    renew();
  });
  renew();
  showAt(page);
  if (!sitting.list && !reading) readList();
}

function fillCases(page) {
  const { list } = sitting;
  if (!list) return put(page, "cases", [make("p", say("reading"), { class: "quiet" })]);
  const sought = el("find").value.trim().toLowerCase();
  const found = list.cases.filter((row) => !sought || row.case.startsWith(sought) || row.subject.toLowerCase().includes(sought));
  if (found.length === 0) return put(page, "cases", [make("p", say(sought ? "none-found" : "no-cases"), { class: "quiet" })]);
  const parts = [...rowsOf(found.slice(0, shown), list.now)];
  if (found.length > shown) {
    const more = make("button", say("show-more", { n: number(found.length - shown) }), { type: "button", class: "button other", "data-act": "more" });
    more.addEventListener("click", () => {
      const first = linkOf(found[shown]);
      shown += PAGE;
      renew();
      page.querySelector(`[href="${first}"]`)?.focus();
    });
    parts.push(more);
  }
  return put(page, "cases", parts);
}

// --- both

// Fills the list that is shown with what is known now; whoever was at a row, or at what shows more, stays there.
function renew() {
  const kind = el("view").dataset.list;
  const page = el("view").firstElementChild;
  if (!kind || !page || pressing.size > 0 || letGo !== undefined) return;
  const at = document.activeElement;
  const { list } = sitting;
  put(page, "asof", [document.createTextNode(progress || (list ? say(list.complete ? "as-of" : "as-of-part", { when: moment(list.now, sitting.who.zone) }) : ""))]);
  put(page, "notes", notes());
  if (kind === "today") fillToday(page);
  else fillCases(page);
  if (at && !at.isConnected) page.querySelector(at.matches("a") ? `[href="${at.getAttribute("href")}"]` : `[data-act="${at.dataset.act}"]`)?.focus({ preventScroll: true });
}

function notes() {
  return [
    ...standingNotes(sitting.who),
    ...(failed ? [troubleNote(failed)] : []),
    ...grouped(sitting.list?.faults ?? []).map(({ code, facts }) => part("note", { text: sentenceOf({ code, facts }) })),
  ];
}

// One sentence for all cases that a restore took whole, however many.
function grouped(faults) {
  const gone = faults.filter(({ code }) => code === "case-gone");
  const rest = faults.filter(({ code }) => code !== "case-gone");
  if (gone.length === 0) return rest;
  const cases = gone.map(({ facts }) => facts.case.slice(0, 8)).join(", ");
  return [{ code: "case-gone", facts: { cases, entry: gone[0].facts.entry } }, ...rest];
}

// Like a filled slot, but one that stays when it is empty.
function put(page, slot, parts) {
  page.querySelector(`[data-slot="${slot}"]`)?.replaceChildren(...parts);
}

function rowsOf(rows, now) {
  const list = make("ul", "", { class: "rows" });
  list.append(...rows.map((row) => rowOf(row, now)));
  return [list];
}

function rowOf(row, now) {
  const running = row.clocks.filter(isRunning);
  const node = fill(part("row"), {
    link: row.subject || say(row.fetches.some(({ own }) => own) ? "case-fetched" : "case-unfetched", { case: row.case.slice(0, 8) }),
    state: say("row-state", { state: say(`state-${row.state}`), received: day(row.received, row.clocks[0]?.zone) }),
    fetched: row.subject || row.fetches.length === 0 ? null : row.fetches.map((fetch) => make("p", say("fetched-by", { who: fetch.title, when: moment(fetch.time, row.clocks[0]?.zone) }))),
    dues: running.length > 0 ? running.map((clock) => dueLine(clock, now)) : null,
    news: row.news > 0 ? say("news", { n: number(row.news) }) : null,
  });
  node.querySelector("a").href = linkOf(row);
  node.append(...warned(row.subject));
  return node;
}

function linkOf(row) {
  return `#case/${row.case}`;
}
