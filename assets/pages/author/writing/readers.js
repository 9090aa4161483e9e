// SPDX-License-Identifier: AGPL-3.0-or-later
// Who will be able to read: the charter's questions, and the offices with their holders; any can be left out before anything is sealed.

import { day, el, fill, make, number, part, say } from "../../web/ui.js";

export const recused = new Set();
export const accepted = new Set(); // seats whose new key the author takes

// Shows the charter's questions; what was answered stays where it still can be an answer.
export function askFacts(questions) {
  el("fact-rows").replaceChildren(...questions.map(question));
}

function question({ id, question: text, choices, default: usual }) {
  const field = make("div", "", { class: "field" });
  const fault = make("span", "", { class: "fault", id: `fact-${id}-fault` });
  fault.hidden = true;
  const box = make(choices.length > 0 ? "select" : "input", "", { id: `fact-${id}`, autocomplete: "off", dir: "auto", spellcheck: "false" });
  if (choices.length > 0) box.append(...["", ...choices].map((choice) => make("option", choice || say("not-stated"), { value: choice })));
  box.value = el(box.id)?.value ?? usual;
  if (box.selectedIndex < 0) box.selectedIndex = 0;
  field.append(make("label", text, { for: box.id, dir: "auto" }), fault, box);
  return field;
}

export function readFacts(questions) {
  return Object.fromEntries(questions.map(({ id }) => [id, el(`fact-${id}`)?.value ?? ""]).filter(([, value]) => value !== ""));
}

// What was decided about offices that are no more goes.
export function forgetGone(offices) {
  for (const set of [recused, accepted]) for (const seat of set) if (!offices.some((office) => office.seat === seat && office.reads)) set.delete(seat);
}

// Shows the offices that would read. `offices` is the worker's answer, `look` what is in force.
export function showReaders(offices, look) {
  el("readers").replaceChildren(...offices.map((office) => readerRow(office, look)));
  fill(el("channel-words").firstElementChild ?? wordsInto(el("channel-words")), { words: look.words.map((word) => make("li", word)) });
  el("readers-proof").textContent = say("readers-proven", { when: day(look.time), entries: number(look.size) });
  el("readers-notes").replaceChildren(...look.warnings.map((code) => part("note", { text: say(code) })));
}

function wordsInto(place) {
  place.append(make("ol", "", { class: "words small", lang: "en", dir: "ltr", "data-slot": "words" }));
  return place.firstElementChild;
}

function readerRow(office, look) {
  const acts = [choice(`recuse-${office.seat}`, say("leave-office-out", { title: office.title }), recused, office.seat)];
  if (office.newKey && !office.vacant) {
    acts.push(choice(`accept-${office.seat}`, say("accept-new-key", { title: office.title }), accepted, office.seat));
  }
  return part("reader", {
    title: office.title,
    holder: office.vacant ? say("vacant") : office.holder || say("holder-unnamed"),
    note: office.newKey && !office.vacant ? say("new-key", { since: day(office.since), hours: number(look.charter.waiting / 3600) }) : null,
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
  const fault = make("span", "", { class: "fault", id: `${id}-fault` });
  fault.hidden = true;
  const field = make("div", "", { class: "field" });
  field.append(fault, row);
  return field;
}

// The offices in one list of names, for the last look.
export function readerNames(offices) {
  const list = make("ul");
  list.append(...offices.map((office) => make("li", readerName(office), { dir: "auto" })));
  return list;
}

function readerName({ seat, title, holder, vacant }) {
  if (recused.has(seat)) return say("left-out", { title });
  if (vacant) return say("reads-vacant", { title });
  return holder ? say("reads-held", { title, holder }) : title;
}
