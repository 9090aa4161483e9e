// SPDX-License-Identifier: AGPL-3.0-or-later
// The last look: every answer with the way to change it, what is owed by when, and what nobody sees in the text.

import { withoutMarks } from "../../web/marks.js";
import { button, el, make, part, say, size } from "../../web/ui.js";
import { warned } from "../../web/warned.js";
import { promisedClock } from "../clocks.js";
import { practiceNote } from "../practice.js";
import { promptParts } from "../prompts.js";
import { claimList } from "./claims.js";
import { readerNames } from "./readers.js";

// Shows the wish; `change(step)` leads back to a step, `takeOut` takes marks that nobody sees out of what was typed.
export function showCheck(wish, look, { change, takeOut }) {
  const rows = rowsOf(wish).map(([step, code, answer]) => row(step, say(code), answer, change));
  el("check").replaceChildren(...rows);
  const marks = warned(...everyText(wish));
  const removable = everyText(wish).some((text) => withoutMarks(text) !== text);
  el("check-notes").replaceChildren(...marks, ...(removable ? [button(say("take-out-marks"), takeOut)] : []), ...practiceNote(look));
  el("check-clocks").replaceChildren(...look.clocks.map(promisedClock));
  const zones = [...new Set(look.clocks.map(({ zone }) => zone))];
  el("check-zone").textContent = zones.length > 0 ? say("zones", { zones: zones.join(", ") }) : say("calendar");
}

function row(step, question, answer, change) {
  const node = part("check", { question, answer, change: say("change", { what: question }) });
  node.querySelector("[data-act=change]").addEventListener("click", () => change(step));
  return node;
}

// [step, code of the question, answer], in the order of the steps.
function rowsOf(wish) {
  const { way, claims, files, questions, facts, readers } = wish;
  return [
    ["way", "check-way", say(`way-${way}`)],
    [SUBJECT_STEP[way], "check-subject", subjectOf(wish)],
    ...WRITTEN[way](wish),
    ...(way === "document" ? [] : [["claims", "check-claims", claims.length > 0 ? claimList(claims) : say("no-claims")]]),
    [way === "asked" ? "language" : way, "check-language", languageName(wish.language)],
    ["files", "check-files", files.length > 0 ? files.map(fileLine) : say("none")],
    ...(questions.length > 0 ? [["facts", "check-facts", questions.map((row) => factLine(row, facts))]] : []),
    ["readers", "check-readers", readerNames(readers)],
  ];
}

const LONGEST = 120; // letters of a subject that is the text's first line
const SUBJECT_STEP = { own: "own", asked: "subject", document: "document" };
const WRITTEN = {
  own: ({ text, prompts }) => [["own", "check-text", own(text)], ["own", "check-recommendation", recommended(prompts)]],
  document: ({ document: file, prompts }) => [["document", "check-document", fileLine(file)], ["document", "check-recommendation", recommended(prompts)]],
  asked: ({ text, prompts }) => {
    const more = promptParts(prompts, (name) => document.querySelector(`label[for="${name}"]`).textContent);
    return [
      ["dissent", "check-text", own(text)],
      ["recommendation", "check-recommendation", own(prompts.recommendation)],
      ["more", "check-more", more.length > 0 ? more : say("nothing")],
    ];
  },
};

// The subject as it is filed: typed, or the first line of the text, or the name of the document.
export function subjectOf({ way, subject, text, document: file }) {
  if (subject.trim() || way === "document") return subject.trim() || (file?.name ?? "");
  const line = [...(text.split(/[\r\n\u2028\u2029]/).map((row) => row.trim()).find(Boolean) ?? "")];
  return line.length <= LONGEST ? line.join("") : `${line.slice(0, LONGEST - 1).join("")}…`; // as lib/documents/dissent.js makes it
}

export function fileName({ name, size: bytes }) {
  return `${name} (${size(bytes)})`;
}

function fileLine(file) {
  return make("div", fileName(file), { dir: "auto" });
}

function factLine({ id, question }, facts) {
  return make("div", `${question} ${facts[id] || say("not-stated")}`, { dir: "auto" });
}

function languageName(code) {
  return code ? [...el("language").options].find(({ value }) => value === code).textContent : say("not-stated");
}

function recommended({ recommendation }) {
  return recommendation.trim() ? own(recommendation) : say("none");
}

function own(text) {
  return make("div", text, { class: "own long", dir: "auto", tabindex: "0" });
}

// Claims of one's own text are in the text already.
function everyText({ way, text, subject, prompts, claims, files, document: file }) {
  const numbered = way === "asked" ? claims.map((claim) => claim.text) : [];
  return [text, subject, ...Object.values(prompts), ...numbered, file?.name ?? "", ...files.map(({ name }) => name)];
}
