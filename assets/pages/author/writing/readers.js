// SPDX-License-Identifier: AGPL-3.0-or-later
// Who will be able to read: the charter's questions, and the offices with their holders; any can be left out before anything is sealed.

import { day, el, fill, listOf, make, number, part, say } from "../../web/ui.js";

export const recused = new Set();
export const accepted = new Set(); // seats whose new key the author takes

// Shows the charter's questions; what was answered stays where it still can be an answer. Nothing is answered for the author.
export function askFacts(questions, always) {
  el("always-read").textContent = say("always-read", { who: always.join(", ") });
  const rows = questions.map((row) => (row.choices.length > 0 ? choosing(row, answerOf(row)) : typing(row)));
  el("fact-rows").replaceChildren(...rows);
}

// A question with its answers, each saying who then reads too; the last is to state nothing.
function choosing({ id, question, answers }, given) {
  const field = make("fieldset", "", { class: "field", id: `fact-${id}` });
  field.append(make("legend", question, { dir: "auto" }), faultLine(`fact-${id}-1`));
  for (const [at, { answer, also }] of answers.entries()) {
    const row = part("choice", { label: answer || say("not-stated"), hint: say(also.length > 0 ? "answer-reads" : "answer-adds-nobody", { who: also.join(", ") }) });
    const box = Object.assign(row.querySelector("input"), { type: "radio", name: `fact-${id}`, value: answer, id: `fact-${id}-${at + 1}`, checked: answer === given });
    box.setAttribute("aria-describedby", `${box.id}-hint`);
    row.querySelector(".hint").id = `${box.id}-hint`;
    row.querySelector("label").htmlFor = box.id;
    row.querySelector("label").dir = "auto";
    field.append(row);
  }
  return field;
}

function typing({ id, question }) {
  const field = make("div", "", { class: "field" });
  const box = make("input", "", { id: `fact-${id}`, type: "text", autocomplete: "off", dir: "auto", spellcheck: "false" });
  box.value = el(box.id)?.value ?? "";
  field.append(make("label", question, { for: box.id, dir: "auto" }), make("span", say("answer-if-you-want"), { class: "hint" }), faultLine(box.id), box);
  return field;
}

function faultLine(id) {
  const fault = make("span", "", { class: "fault", id: `${id}-fault` });
  fault.hidden = true;
  return fault;
}

// What was answered: "" for "Not stated", undefined where nothing is chosen yet.
function answerOf({ id, choices }) {
  if (choices.length === 0) return el(`fact-${id}`)?.value.trim() ?? "";
  return document.querySelector(`input[name="fact-${CSS.escape(id)}"]:checked`)?.value;
}

export function readFacts(questions) {
  return Object.fromEntries(questions.map((row) => [row.id, answerOf(row)]).filter(([, answer]) => answer !== undefined));
}

// What was decided about offices that are no more goes.
export function forgetGone(offices) {
  for (const set of [recused, accepted]) for (const seat of set) if (!offices.some((office) => office.seat === seat && office.reads)) set.delete(seat);
}

// Shows the offices that would read. `offices` is the worker's answer, `look` what is in force.
export function showReaders(offices, look) {
  el("readers").replaceChildren(...offices.map((office) => readerRow(office, look)));
  fill(el("channel-words").firstElementChild ?? wordsInto(el("channel-words")), { words: look.words.map((word) => make("li", word)) });
  el("readers-proof").textContent = say("readers-proven", { when: day(look.time, look.clocks[0]?.zone), entries: number(look.size) });
  el("readers-notes").replaceChildren(...look.warnings.map((code) => part("note", { text: say(code) })));
}

function wordsInto(place) {
  place.append(make("ol", "", { class: "words small", lang: "en", dir: "ltr", "data-slot": "words" }));
  return place.firstElementChild;
}

function readerRow(office, look) {
  const zone = look.clocks[0]?.zone;
  const acts = [choice(`recuse-${office.seat}`, say("leave-office-out", { title: office.title }), recused, office.seat)];
  if (office.newKey && !office.vacant) {
    acts.push(choice(`accept-${office.seat}`, say("accept-new-key", { title: office.title }), accepted, office.seat));
  }
  return part("reader", {
    title: office.title,
    holder: office.vacant ? say("vacant") : office.holder || say("holder-unnamed"),
    note: office.newKey && !office.vacant ? say("new-key", { since: day(office.since, zone), until: day(office.until, zone), fingerprint: office.fingerprint }) : null,
    act: acts,
  });
}

function choice(id, label, set, seat) {
  const row = part("choice", { label, hint: null });
  const box = row.querySelector("input");
  box.id = id;
  box.removeAttribute("aria-describedby");
  row.querySelector("label").htmlFor = id;
  box.checked = set.has(seat);
  box.addEventListener("change", () => (box.checked ? set.add(seat) : set.delete(seat)));
  const field = make("div", "", { class: "field" });
  field.append(faultLine(id), row);
  return field;
}

// The offices in one list of names, for the last look.
export function readerNames(offices) {
  return listOf("ul", offices.map(readerName));
}

function readerName({ seat, title, holder, vacant }) {
  if (recused.has(seat)) return say("left-out", { title });
  if (vacant) return say("reads-vacant", { title });
  return holder ? say("reads-held", { title, holder }) : title;
}
