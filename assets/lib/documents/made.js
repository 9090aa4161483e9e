// SPDX-License-Identifier: AGPL-3.0-or-later
// A dissent made of what an author wrote. Format: spec/dissent.md; as src/demur/dissent/documents/dissent.py.
//
// Three ways lead here: the template's answers; a plain text with claims pointed out in it; any document as it is. The original travels
// beside dissent.json, untouched; of a template it is the TOML that the command line would have read, so that both make one document. Where
// the author points out no claim, the document, or the whole text, is the one claim.

import { isWellFormed } from "../bytes.js";
import { Refusal } from "../errors.js";
import { utf8 } from "../record/texts.js";
import { dissentDocument, readDissent } from "./dissent.js";
import { prompts2Shape } from "./forms.js";
import { BY_BLANK, find, parting, passages, withoutMark } from "./paragraphs.js";
import { hasText, isDate, stripped } from "./reading.js";

export const PROMPTS = prompts2Shape.keys;
const TEMPLATE = "dissent.toml";
const LINES = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/; // where Python's splitlines ends a line
const SUBJECT = 120; // letters of a first line that becomes the subject
const SIZES = { subject: 4096, language: 1024, marking: 1024, original: 255 }; // bytes
const EMPTY = 1_000_000; // bytes; a larger file of spaces alone is nothing that a program saves by mistake

// The paragraphs of a plain text, each exactly as written; `parts` as of paragraphs.js, "" as the text suggests.
export function paragraphs(text, parts = "") {
  return passages(text, parts || parting(text) || BY_BLANK).map((part) => part.text);
}

// The text of a UTF-8 file; throws "text" for any other.
export function decoded(bytes) {
  if (bytes.includes(0)) throw new Refusal("text", { why: "not-plain" });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal("text", { why: "not-utf-8" });
  }
}

// {dissent, original: bytes} of a plain text filed as it is. Its claims are paragraphs pointed out by number (from 1), then passages that were
// `quoted` from it, then `places` ([start, end] in bytes); without any, the whole text is the one claim.
export function fromText({ name, bytes, claims = [], subject = "", quoted = [], places = [], parts = "", recommendation = "", language = "" }) {
  const text = decoded(bytes);
  if (!hasText(text)) throw new Refusal("empty", { what: "dissent" });
  const how = parts || parting(text) || BY_BLANK;
  const found = passages(text, how);
  const pointed = [
    ...claims.map((number) => pointedOut(number, found)),
    ...quoted.map((passage) => quotedFrom(passage, text)),
    ...places.map(([start, end]) => ({ text: decoded(bytes.subarray(start, end)), start, end })),
  ];
  if (new Set(pointed.map(({ start, end }) => `${start} ${end}`)).size !== pointed.length) throw new Refusal("claims", { why: "twice" });
  const rows = pointed.length > 0 ? pointed : [withoutMark(text)];
  const made = rows.map((row, at) => ({ n: at + 1, text: row.text, start: row.start, end: row.end, marking: "" }));
  const told = hasText(subject) ? subject : firstLine(found[0].text);
  return { dissent: asIs({ subject: told, text, claims: made, original: name, parts: how, recommendation, language }), original: bytes };
}

function pointedOut(number, found) {
  const there = Number.isInteger(number) && number >= 1 && number <= found.length;
  if (!there) throw new Refusal("claims", { paragraph: number, paragraphs: found.length });
  return found[number - 1];
}

function quotedFrom(passage, text) {
  const found = find(text, passage);
  if (found.length !== 1) throw new Refusal("passage", { why: found.length === 0 ? "not-there" : "not-once" });
  return found[0];
}

// Any other document filed as it is: nothing of it is read here, the file travels untouched beside. It is its own one claim.
export function fromDocument({ name, bytes, subject = "", recommendation = "", language = "" }) {
  checkDocument(bytes);
  const claims = [{ n: 1, text: name, start: 0, end: 0, marking: "" }];
  const told = { subject: hasText(subject) ? subject : name, text: "", claims, original: name, parts: "", recommendation, language };
  return { dissent: asIs(told), original: bytes };
}

// Throws for a document that holds nothing: no bytes, or white space and letters that nobody sees.
export function checkDocument(bytes) {
  if (bytes.length === 0 || (bytes.length <= EMPTY && !hasText(new TextDecoder().decode(bytes)))) throw new Refusal("empty-document");
}

function asIs({ recommendation, ...parts }) {
  const prompts = hasText(recommendation) ? { recommendation } : {};
  return checked({ ...parts, prompts, marking: "", as_is: true, portions: [], v: 2 });
}

// {dissent, original: bytes} of the template's answers: {subject, dissent, recommendation, prompts, claims: [text], language, marking}.
export function fromTemplate({ subject, dissent: text, recommendation, prompts = {}, claims = [], language = "", marking = "" }) {
  const wanted = { subject, dissent: text, recommendation };
  for (const [what, answer] of Object.entries(wanted)) if (typeof answer !== "string" || !hasText(answer)) throw new Refusal("empty", { what });
  const answers = Object.fromEntries(PROMPTS.map((name) => [name, { ...prompts, recommendation }[name] ?? ""]).filter(([, answer]) => hasText(answer)));
  if (answers.decision_date !== undefined && !isDate(answers.decision_date)) throw new Refusal("date");
  claims.forEach((claim, at) => {
    if (!hasText(claim)) throw new Refusal("empty", { what: "claim", n: at + 1 });
  });
  const all = claims.length > 0 ? claims : [text];
  const rows = all.map((claim, at) => ({ n: at + 1, text: claim, start: 0, end: 0, marking: "" }));
  const more = { language, marking, original: TEMPLATE, as_is: false, parts: "", portions: [], v: 2 };
  const dissent = checked({ subject, text, claims: rows, prompts: answers, ...more });
  return { dissent, original: utf8(templateText(dissent, claims)) };
}

// The filled template as `demur file --template` knows it.
function templateText({ subject, text, prompts, language, marking }, claims) {
  const entries = [["subject", subject], ["dissent", text], ...PROMPTS.map((name) => [name, prompts[name] ?? ""])];
  const lines = [...entries, ["language", language], ["marking", marking]].filter(([, value]) => value !== "");
  return [...lines.map(entry), ...claims.map((claim) => `\n[[claim]]\n${entry(["text", claim])}`)].join("");
}

// A TOML entry. Line ends other than a line feed are written as escapes, because TOML may change them.
function entry([name, value]) {
  const escaped = value.replace(/[\\"]|[\x00-\x09\x0b-\x1f\x7f]/g, (letter) =>
    letter === "\\" || letter === '"' ? `\\${letter}` : letter === "\t" ? "\t" : `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`,
  );
  return value.includes("\n") ? `${name} = """\n${escaped}"""\n` : `${name} = "${escaped}"\n`;
}

// The dissent, if every reader will take it.
function checked(dissent) {
  const told = [dissent.subject, dissent.text, dissent.original, dissent.language, dissent.marking, ...Object.values(dissent.prompts)];
  if (![...told, ...dissent.claims.map((claim) => claim.text)].every((text) => typeof text === "string" && isWellFormed(text))) {
    throw new Refusal("text", { why: "half-a-letter" });
  }
  for (const [what, most] of Object.entries(SIZES)) {
    const have = utf8(dissent[what]).length;
    if (have > most) throw new Refusal("too-long", { what, have, most });
  }
  readDissent(dissentDocument(dissent));
  return dissent;
}

function firstLine(paragraph) {
  const line = [...stripped(paragraph.split(LINES).find(hasText))];
  return line.length <= SUBJECT ? line.join("") : `${line.slice(0, SUBJECT - 1).join("")}…`;
}
