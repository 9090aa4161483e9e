// SPDX-License-Identifier: AGPL-3.0-or-later
// What every page script does with its page: clone a part that the server's template holds, fill it, say a sentence, tell faults.
//
// Everything that is shown is set as text, never read as markup. Sentences come from the page's own block of translated texts
// (`{% sayings %}`), dates and numbers from the browser, in the page's language.

import { placed } from "./marks.js";

export const language = document.documentElement.lang || "en";

export function el(id) {
  return document.getElementById(id);
}

// --- parts

// A copy of the part in <template id="part-NAME">, filled.
export function part(name, slots = {}) {
  return fill(el(`part-${name}`).content.firstElementChild.cloneNode(true), slots);
}

// Sets what stands in each slot: a text, elements, or nothing, in which case the slot goes.
export function fill(node, slots) {
  for (const [name, value] of Object.entries(slots)) {
    for (const slot of all(node, `[data-slot="${name}"]`)) put(slot, value);
  }
  return node;
}

function put(slot, value) {
  const nothing = value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
  if (nothing) slot.remove();
  else if (typeof value === "object") slot.replaceChildren(...[value].flat());
  else slot.textContent = value;
}

// A list of somebody's texts, "ol" or "ul"; each in a part of its own, since a text's direction must not move its number out of the list.
export function listOf(kind, texts, attributes = {}) {
  const list = make(kind);
  for (const text of texts) {
    const row = make("li");
    row.append(make("div", text, { ...attributes, dir: "auto" }));
    list.append(row);
  }
  return list;
}

// The elements below `node`, itself among them, that `selector` names.
export function all(node, selector) {
  return [...(node.matches?.(selector) ? [node] : []), ...node.querySelectorAll(selector)];
}

// An element with text and attributes, where no part is worth its template.
export function make(name, text = "", attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export function button(text, act, kind = "plainly") {
  const node = make("button", text, { type: "button", class: kind });
  node.addEventListener("click", act);
  return node;
}

// --- sentences

let sentences;

// The sentence for a code, with its places filled and what is typed at a command line in quotation marks; a code without a sentence is said to be one, so that nothing fails silently.
export function say(code, facts = {}) {
  sentences ??= JSON.parse(el("say").textContent);
  const text = (sentences[code] ?? sentences.fault ?? code).replace(/`([^`]*)`/g, "“$1”");
  return text.replace(/\{(\w+)\}/g, (place, name) => (name === "code" ? facts.code || code : placed(String(facts[name] ?? place))));
}

// Fetches more sentences, {code: text}, from an address of ours, in the page's language. Throws what fetch throws, and for any other answer.
export async function learn(address) {
  const answer = await fetch(`/${language}/${address}`);
  if (!answer.ok) throw new TypeError("no sentences");
  const more = await answer.json();
  say("fault");
  Object.assign(sentences, more);
}

export function knows(code) {
  say("fault");
  return code in sentences;
}

// --- dates and sizes: whole, in letters, in the office's time zone

// A day, such as "Monday, 30 November 2026"; `seconds` is POSIX time.
export function day(seconds, zone) {
  return dated(seconds, { weekday: "long", day: "numeric", month: "long", year: "numeric" }, zone);
}

// A moment, its day whole and its time zone named.
export function moment(seconds, zone) {
  const form = { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
  return dated(seconds, form, zone);
}

function dated(seconds, form, zone) {
  // English dates as the server writes them: the day before the month, a clock of 24 hours.
  const named = language === "en" ? "en-GB" : language;
  const text = new Intl.DateTimeFormat(named, { ...form, ...(zone ? { timeZone: zone } : {}) }).format(new Date(seconds * 1000));
  // “GMT−5”: a minus, at which no line ends; and none between day, month and year.
  return text.replace(/-(?=\d)/g, "\u2212").replace(/(?<=\d) (?=\p{L})|(?<=\p{L}) (?=\d{4}\b)/gu, "\u00a0");
}

export function size(bytes) {
  const unit = bytes < 1e3 ? "byte" : bytes < 1e6 ? "kilobyte" : bytes < 1e9 ? "megabyte" : "gigabyte";
  const value = bytes / { byte: 1, kilobyte: 1e3, megabyte: 1e6, gigabyte: 1e9 }[unit];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: unit === "byte" ? "long" : "short", maximumFractionDigits: 1 }).format(value);
}

export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

// --- faults

// Tells faults, [{field, text}], in the list with this id and at each field; with none, clears both. Gives whether there were any.
export function tellFaults(faults, { list, within }) {
  for (const line of all(within, ".fault")) line.hidden = true;
  for (const field of all(within, "[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    describe(field, `${field.id}-fault`, false);
  }
  list.hidden = faults.length === 0;
  list.querySelector("ul").replaceChildren(...faults.map(({ field, text }) => faultLine(field, text)));
  for (const { field, text } of faults) markField(field, text);
  titled(faults.length > 0);
  if (faults.length > 0) list.focus();
  return faults.length > 0;
}

function faultLine(field, text) {
  const row = document.createElement("li");
  if (!field) {
    row.textContent = text;
    return row;
  }
  const link = make("a", text, { href: `#${field}` });
  link.addEventListener("click", (event) => {
    event.preventDefault(); // the address stays as it is: nothing of what is done here belongs into a history
    el(field)?.focus();
  });
  row.append(link);
  return row;
}

function markField(id, text) {
  const field = el(id);
  const line = el(`${id}-fault`);
  if (!field || !line) return;
  line.textContent = text;
  line.hidden = false;
  field.setAttribute("aria-invalid", "true");
  describe(field, line.id, true);
}

function describe(field, id, on) {
  const ids = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (on) ids.add(id);
  else ids.delete(id);
  if (ids.size > 0) field.setAttribute("aria-describedby", [...ids].join(" "));
  else field.removeAttribute("aria-describedby");
}

// --- moving about

// Shows `node` and puts the reader at its heading.
export function showAt(node) {
  node.hidden = false;
  const heading = node.querySelector("h1, h2") ?? node;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  called = heading.dir === "auto" || own.includes(heading.textContent) ? own : `${heading.textContent} · ${own}`; // what somebody wrote stays out of the browser's history
  document.title = called;
}

// The window's title says where one is, and whether something is wrong there.
const own = document.title;
let called = own;

export function titled(wrong) {
  document.title = wrong ? say("title-error", { title: called }) : called;
}

// Says something to those who listen to the page, and shows it.
export function tell(text) {
  el("heard").textContent = text;
}
