// SPDX-License-Identifier: AGPL-3.0-or-later
// One case on one page: what is owed, what can be done now and why not, the text, what happened, who reads.

import { accessRow, checkedParts, zoneOf } from "../web/case.js";
import { clockCard } from "../web/clocks.js";
import { all, button, day, el, fill, make, moment, number, part, say, showAt, tell } from "../web/ui.js";
import { warned } from "../web/warned.js";
import { ACTS, openAct } from "./acts.js";
import { standingNotes } from "./keys.js";
import { leaveReply } from "./reply.js";
import { dissentParts, eventRow, replyParts, saveFile, sealedParts } from "./shown.js";
import { call, sitting } from "./sitting.js";
import { clearTrouble, sentenceOf, troubleAfter, troubleNote } from "./trouble.js";

let asked = ""; // the case that was asked for last: an answer that comes late must not take the place of another's

// Opens a case and shows it.
export async function showCase(id) {
  asked = id;
  const waiting = make("section");
  waiting.append(make("h1", say("opening")));
  el("view").replaceChildren(waiting);
  showAt(waiting);
  try {
    const view = await call("open", { case: id });
    if (asked === id) show(view);
  } catch (error) {
    if (asked !== id) return;
    waiting.replaceChildren(make("h1", say("not-opened")), troubleNote(error));
    showAt(waiting);
  }
}

export function leaveCase() {
  asked = "";
  leaveReply();
}

// Shows a case as it stands; `at` says whether the reader is put at its heading.
function show(view, { focus = true } = {}) {
  leaveReply();
  const zone = zoneOf(view);
  const page = fill(part("case"), {
    subject: view.subject || say(view.fetched ? "case-fetched" : "case-unfetched", { case: view.case.slice(0, 8) }),
    state: say(`state-${view.state}`),
    asof: say("case-as-of", { when: moment(view.now, zone), case: view.case.slice(0, 8), received: day(view.received, zone) }),
    notes: notes(view),
    clocks: view.clocks.map((row) => clockCard(row, view.now)),
    zones: say("zones", { zones: [...new Set(view.clocks.map((row) => row.zone))].join(", ") }),
    may: ACTS.map((name) => mayRow(name, view)),
    dissent: view.texts ? dissentParts(view, (n) => file("attachment", { case: view.case, n }), () => file("original", { case: view.case })) : sealedParts(view, () => read(view)),
    reply: replyParts(view),
    thread: view.thread.map((row) => eventRow(row, view)),
    access: view.access.map((row) => accessRow(row, view)),
    checked: checkedParts(view),
  });
  all(page, "[data-act=again]").forEach((node) => node.addEventListener("click", () => again(view)));
  all(page, "[data-act=print]").forEach((node) => node.addEventListener("click", () => window.print()));
  el("view").replaceChildren(page);
  if (focus) showAt(page);
}

function notes(view) {
  const given = view.giver ? [make("p", say("given-by", { who: view.giver.title }))] : [];
  const marks = view.texts ? [] : warned(view.subject); // once it is open they are warned of there
  const lost = view.lost ? [part("note", { text: sentenceOf({ code: "case-lost", facts: { case: view.case, ...view.lost } }) })] : [];
  return [...standingNotes(sitting.who), ...lost, ...given, ...marks, ...view.faults.map((code) => part("note", { text: say(`filing-fault-${code}`) }))];
}

// What can be done is a button; what cannot says why.
function mayRow(name, view) {
  const why = view.may[name];
  const label = say(name === "fetch" && view.fetched ? "act-open" : `act-${name}`);
  if (why !== "") return part("may", { what: label, act: [make("span", whyNot(why, view), { class: "quiet" })] });
  const open = button(label, () => (name === "fetch" && view.fetched ? read(view) : begin(name, view)), "button other");
  open.id = `may-${name}`;
  return part("may", { what: null, act: [open] });
}

function whyNot(why, view) {
  if (why === "fetch-first" && view.fetched) return say("open-first");
  if (why !== "close-later" || !view.closesAfter) return say(why);
  return say(view.state === "unreadable" ? "close-later-unreadable" : "close-later-day", { when: day(view.closesAfter, zoneOf(view)) });
}

function begin(name, view) {
  clearTrouble();
  openAct(name, view, { does: (method, params, said, ...told) => act(view, method, params, said, ...told), back: () => el(`may-${name}`)?.focus() });
}

// The fetch of the filing is recorded already; texts of the thread that this office did not fetch yet are recorded now, as the page says.
async function read(view) {
  await act(view, "fetch", { case: view.case }, "texts-open");
}

// Does an act and shows the case as it is then; where it fails, what was typed stays, and the sentence stands beside it. `sent()` is called
// once it is done, be it at the second try.
async function act(view, method, params, said, sent = () => {}, told = () => false) {
  const place = el("act").firstElementChild;
  busy(true);
  try {
    const after = await call(method, params);
    sent();
    if (asked !== view.case) return true;
    show(after, { focus: false });
    const text = doneText(said, method, after);
    const done = make("p", text, { class: "done", id: "done", tabindex: "-1" });
    el("act").replaceChildren(done);
    done.focus();
    tell(text);
    return true;
  } catch (error) {
    if (told(error)) return false;
    troubleAfter(place ?? el("act"), error);
    if (error?.code === "clock-differs") offerClock(() => act(view, method, { ...params, acceptClock: true }, said, sent));
    return false;
  } finally {
    busy(false);
  }
}

// What was done, with the number of its item and its time; what was fetched has one for each text.
function doneText(said, method, { thread, clocks, now }) {
  const row = thread.findLast(({ own }) => own);
  if (method === "fetch" || !row) return say(said);
  return `${say(said)} ${say("as-item", { n: number(row.n), when: moment(row.publicTime || row.time || now, clocks[0]?.zone) })}`;
}

// The person may know that this machine's clock is wrong.
function offerClock(accept) {
  const line = make("p");
  line.append(button(say("accept-clock"), accept, "button other"));
  el("trouble").append(line);
}

function busy(on) {
  for (const node of all(el("view"), "button")) node.disabled = on;
  if (on) tell(say("working"));
}

async function again(view) {
  busy(true);
  try {
    show(await call("open", { case: view.case }));
    tell(say("asked"));
  } catch (error) {
    troubleAfter(el("view").querySelector("h1"), error);
  } finally {
    busy(false);
  }
}

async function file(method, params) {
  try {
    saveFile(await call(method, params));
  } catch (error) {
    troubleAfter(el("view").querySelector('[data-slot="dissent"]'), error);
  }
}
