// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page does on which an author comes back: words or key file in, the case out. Fetched when an author begins.
// Keys stay in the worker; this page holds what it shows.
//
// Words are typed into a field without a name, outside any form, and the field is emptied at once. Nothing is asked of the server by
// itself: a page that asks every minute tells the network that somebody waits.

import { accessRow, zoneOf } from "../web/case.js";
import { clockCard } from "../web/clocks.js";
import { save } from "../web/save.js";
import { sure } from "../web/sure.js";
import { all, button, day, el, fill, make, moment, number, part, say, showAt, tell, tellFaults } from "../web/ui.js";
import { warned } from "../web/warned.js";
import { checkedWithWords, dissentParts, eventRow, lateParts, noticeParts, replyParts, saveSealed } from "./reading.js";
import { sentenceOf, showEvidence, troubleNote } from "./trouble.js";

const LOST = new Set(["fault", "worker-lost", "closed"]);
const TYPED = ["message", "reason"]; // fields whose texts nobody else has until they are sent

let worker;
let renew;
let end;
let view;
let compared = [];

globalThis.demurCase = { open, holds: () => TYPED.some((id) => el(id)?.value.trim()) };

// --- coming in

function open(begun) {
  ({ worker, renew, end } = begun);
  el("task").append(el("enter").content.cloneNode(true));
  el("start").remove();
  el("open").addEventListener("click", enterByWords);
  el("key-file").addEventListener("change", enterByKey);
  el("words").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    enterByWords();
  });
  showAt(el("by-words"));
}

async function enterByWords() {
  await enter({ words: el("words").value }, "words"); // the worker parts and counts them: it has the list
}

async function enterByKey() {
  const [file] = el("key-file").files;
  el("key-file").value = "";
  if (file) await enter({ key: new Uint8Array(await file.arrayBuffer()) }, "key-file");
}

async function enter(how, field) {
  const open = el("open");
  if (open.disabled) return;
  open.disabled = true;
  tell(say("opening"));
  open.textContent = say("opening");
  try {
    const [copy] = el("sealed-file").files;
    view = await worker.call("enter", copy ? { ...how, sealed: new Uint8Array(await copy.arrayBuffer()) } : how);
    tell("");
    el("words").value = "";
    show({ done: reported() });
  } catch (error) {
    tell("");
    open.textContent = say("open-case");
    open.disabled = false;
    tellFaults([{ field, text: sentenceOf(error) }], errors());
    showEvidence(error, el("errors"));
    if (LOST.has(error?.code)) await restart();
  }
}

// A worker that failed or died is started anew, so that the next try can do; what is typed stays.
async function restart() {
  try {
    ({ worker } = await renew());
  } catch {
    // told by the next try
  }
}

function errors() {
  return { list: el("errors"), within: el("task") };
}

// --- the case

// Shows the case anew. What is typed stays, unless it is `sent`, {field: text}.
function show({ focus = true, sent = {}, done = "" } = {}) {
  const typed = TYPED.filter((id) => el(id) && el(id).value !== sent[id]).map((id) => [id, el(id).value]);
  const page = el("view").content.firstElementChild.cloneNode(true);
  const zone = zoneOf(view);
  fill(page, {
    done: done || null,
    late: lateParts(view),
    subject: view.subject || view.dissent?.subject || say("your-case"),
    state: say(`state-${view.state}`),
    asof: say("as-of", { when: moment(view.now, zone), case: view.case.slice(0, 8), filed: day(view.filedAt, zone) }),
    notes: noticeParts(view, (row) => act("report", row)),
    clocks: view.clocks.map((row) => clockCard(row, view.now)),
    zones: say("zones", { zones: [...new Set(view.clocks.map((row) => row.zone))].join(", ") }),
    reply: replyParts(view),
    thread: view.thread.map((row) => eventRow(row, view)),
    write: view.may.message === "" ? [part("write", {})] : [make("p", say(view.may.message), { class: "quiet" })],
    access: view.access.map((row) => accessRow(row, view)),
    dissent: dissentParts(view, fetchFile),
    checked: checkedWithWords(view),
    compared: compared.length > 0 ? compared : " ",
    withdraw: view.may.withdraw === "" ? [el("reason") ? surePart() : withdrawPart()] : [make("p", say(view.may.withdraw), { class: "quiet" })],
  });
  wire(page);
  el("task").replaceChildren(page);
  for (const [id, text] of typed) putBack(el(id), text);
  if (done) {
    // What was done stands first, and the reader is put there.
    const line = page.querySelector("[data-slot=done]");
    line.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  } else if (focus) showAt(page);
}

function putBack(field, text) {
  if (!field) return; // it can be said no more
  field.value = text;
  field.dispatchEvent(new Event("input"));
}

function saved(kind, data, type) {
  const name = `${view.stem}.${kind}`;
  save(name, data, type);
  tell(say("saved", { name }));
}

function wire(page) {
  const acts = {
    refresh: () => act("refresh", {}, { then: () => reported() || say("asked") }), print: () => window.print(), away: putAway, send: sendMessage,
    receipt: () => saved("receipt", view.receipt, "text/plain"), key: () => saved("key", view.key, "application/json"),
    sealed: () => tell(say("saved", { name: saveSealed(view) })),
  };
  for (const [name, does] of Object.entries(acts)) all(page, `[data-act=${name}]`).forEach((node) => node.addEventListener("click", does));
  if (!view.receipt) page.querySelector("[data-act=receipt]").remove();
  if (!view.sealed) page.querySelector("[data-act=sealed]").remove();
  page.querySelector("#receipt-file").addEventListener("change", compare);
  page.querySelector("#message")?.addEventListener("input", () => {
    el("message-marks").replaceChildren(...warned(el("message").value));
  });
}

// Does one act and shows the case as it is then. What was typed stays where the act fails.
async function act(method, params, { field = "", then = doneLine("reported") } = {}) {
  busy(true);
  try {
    // Where many ask it takes a moment, and is told why; whatever comes of the act takes the note's place.
    view = await worker.call(method, params, { tell: (facts) => showTrouble({ code: "work", facts }, field) });
    show({ sent: { [field]: params.text }, done: then() });
    tell("");
  } catch (error) {
    showTrouble(error, field);
  } finally {
    busy(false);
  }
}

// What was done, as the record has it: the number and the time of the author's newest act.
function doneLine(code) {
  return () => {
    const last = view.thread.findLast((row) => row.own);
    return say(code, { n: number(last?.n ?? 0), when: moment(last?.publicTime || last?.time || view.now, zoneOf(view)) });
  };
}

// What the worker reported by itself as it looked; "" if nothing.
function reported() {
  return view.reported ? doneLine("reported-itself")() : "";
}

function busy(on) {
  for (const node of all(el("task"), "button, input[type=file]")) node.disabled = on;
  if (on) tell(say("working"));
}

function showTrouble(error, field) {
  const note = troubleNote(error, view.stem);
  note.id = "trouble";
  note.tabIndex = -1;
  el("trouble")?.remove();
  const place = field ? el(field).closest(".field") : el("task").querySelector("h1");
  place.after(note);
  note.focus();
}

function putAway({ currentTarget }) {
  if (globalThis.demurCase.holds() && !sure(currentTarget)) return;
  end();
  view = undefined;
  compared = [];
  el("task").replaceChildren();
  location.reload();
}

// --- acts

function sendMessage() {
  const text = el("message").value;
  if (text.trim()) act("message", { text }, { field: "message", then: doneLine("sent") });
  else markEmpty();
}

function markEmpty() {
  const fault = el("message-fault");
  fault.textContent = say("write-message");
  fault.hidden = false;
  el("message").setAttribute("aria-invalid", "true");
  el("message").setAttribute("aria-describedby", "message-hint message-fault");
  el("message").focus();
}

function withdrawPart() {
  const first = part("withdraw", {});
  first.querySelector("[data-act=first]").addEventListener("click", () => {
    const second = surePart();
    first.replaceWith(second);
    showAt(second);
    second.scrollIntoView();
  });
  return first;
}

function surePart() {
  const node = part("withdraw-sure", {});
  node.querySelector("[data-act=second]").addEventListener("click", () => {
    act("withdraw", { text: el("reason").value }, { field: "reason", then: doneLine("withdrawn-now") });
  });
  node.querySelector("[data-act=keep]").addEventListener("click", ({ currentTarget }) => {
    if (el("reason").value.trim() && !sure(currentTarget)) return;
    const back = withdrawPart();
    node.replaceWith(back);
    back.querySelector("button").focus();
  });
  return node;
}

async function compare() {
  const [file] = el("receipt-file").files;
  if (!file) return;
  busy(true);
  try {
    const found = await worker.call("compare", { receipt: new Uint8Array(await file.arrayBuffer()) });
    view = found.view;
    compared = [make("p", say("receipt-holds", { heads: number(found.heads) }), { tabindex: "-1", id: "compared" })];
    show({ focus: false });
    el("compared").focus();
  } catch (error) {
    showTrouble(error, "receipt-file");
  } finally {
    busy(false);
  }
}

async function fetchFile(n) {
  try {
    const { name, bytes } = await worker.call("attachment", { n });
    save(name, bytes);
  } catch (error) {
    showTrouble(error, "");
  }
}
