// SPDX-License-Identifier: AGPL-3.0-or-later
// The dissent: subject, the decision it disagrees with, numbered claims, recommendation. Format: spec/dissent.md; as
// src/demur/dissent/documents/dissent.py.
//
// Three ways lead here: the template's answers; a plain text with claims pointed out by paragraph; any document as it is. The original
// travels beside dissent.json, untouched; of a template it is the TOML that the command line would have read, so that both make one document.

import { isWellFormed } from "../bytes.js";
import { dump } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { Refusal, refuse } from "../errors.js";
import { utf8 } from "../record/texts.js";
import { checkTexts, hasText, readDocument, stripped } from "./reading.js";

export const PROMPTS = ["decision", "recommendation", "consequence", "tried", "read", "ask", "standing", "decision_date", "distribution"];
const MEMBERS = ["subject", "text", "claims", "prompts", "language", "marking", "original", "as_is"];
const TEMPLATE = "dissent.toml";
const LINES = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/; // where Python's splitlines ends a line

// The bytes of dissent.json.
export function dissentDocument(dissent) {
  return dump({ v: 1, type: "dissent", ...dissent });
}

// Reads dissent.json: {subject, text, claims: [{n, text, paragraph, marking}], prompts, language, marking, original, as_is}.
export function readDissent(data) {
  const { v, type, ...dissent } = readDocument(data, "dissent", MEMBERS);
  const { claims, prompts } = dissent;
  if (!Array.isArray(claims) || !claims.every((claim) => exact(claim, ["n", "text", "paragraph", "marking"]))) refuse("document", "claims");
  if (claims.some(({ n, paragraph }, at) => n !== at + 1 || !Number.isSafeInteger(paragraph) || paragraph < 0)) refuse("document", "claims");
  if (prompts === null || typeof prompts !== "object") refuse("document", "prompts");
  if (Object.keys(prompts).some((name) => !PROMPTS.includes(name))) refuse("document", "prompts");
  const told = [dissent.subject, dissent.text, dissent.original, dissent.language, dissent.marking, ...Object.values(prompts)];
  checkTexts([...told, ...claims.flatMap((claim) => [claim.text, claim.marking])]);
  return typeof dissent.as_is === "boolean" ? dissent : refuse("document", "as-is");
}

// The paragraphs of a plain text: what stands between empty lines, each exactly as written.
export function paragraphs(text) {
  const parts = text.split(/(?:\r?\n[ \t]*)(?:\r?\n[ \t]*)+/);
  return parts.map((part) => part.replace(/^[\r\n]+|[\r\n]+$/g, "")).filter(hasText);
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

// {dissent, original: bytes} of a plain text filed as it is, claims pointed out by paragraph number (from 1).
export function fromText({ name, bytes, claims = [], subject = "" }) {
  const text = decoded(bytes);
  const parts = paragraphs(text);
  if (parts.length === 0) throw new Refusal("empty", { what: "dissent" });
  if (new Set(claims).size !== claims.length) throw new Refusal("claims", { why: "twice" });
  const made = claims.map((paragraph, at) => {
    const there = Number.isInteger(paragraph) && paragraph >= 1 && paragraph <= parts.length;
    if (!there) throw new Refusal("claims", { paragraph, paragraphs: parts.length });
    return { n: at + 1, text: parts[paragraph - 1], paragraph, marking: "" };
  });
  return { dissent: asIs({ subject: subject || firstLine(parts[0]), text, claims: made, original: name }), original: bytes };
}

// Any other document filed as it is: nothing of it is read here, the file travels untouched beside.
export function fromDocument({ name, bytes, subject = "" }) {
  return { dissent: asIs({ subject: subject || name, text: "", claims: [], original: name }), original: bytes };
}

function asIs(parts) {
  return checked({ ...parts, prompts: {}, language: "", marking: "", as_is: true });
}

// {dissent, original: bytes} of the template's answers: {subject, dissent, recommendation, prompts, claims: [text], language, marking}.
export function fromTemplate({ subject, dissent: text, recommendation, prompts = {}, claims = [], language = "", marking = "" }) {
  const wanted = { subject, dissent: text, recommendation };
  for (const [what, answer] of Object.entries(wanted)) if (typeof answer !== "string" || !hasText(answer)) throw new Refusal("empty", { what });
  const answers = Object.fromEntries(PROMPTS.map((name) => [name, { ...prompts, recommendation }[name] ?? ""]).filter(([, answer]) => answer !== ""));
  if (answers.decision_date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(answers.decision_date)) throw new Refusal("date");
  claims.forEach((claim, at) => {
    if (!hasText(claim)) throw new Refusal("empty", { what: "claim", n: at + 1 });
  });
  const rows = claims.map((claim, at) => ({ n: at + 1, text: claim, paragraph: 0, marking: "" }));
  const dissent = checked({ subject, text, claims: rows, prompts: answers, language, marking, original: TEMPLATE, as_is: false });
  return { dissent, original: utf8(templateText(dissent)) };
}

// The filled template as `demur file --template` knows it.
function templateText({ subject, text, claims, prompts, language, marking }) {
  const entries = [["subject", subject], ["dissent", text], ...PROMPTS.map((name) => [name, prompts[name] ?? ""])];
  const lines = [...entries, ["language", language], ["marking", marking]].filter(([, value]) => value !== "");
  return [...lines.map(entry), ...claims.map((claim) => `\n[[claim]]\n${entry(["text", claim.text])}`)].join("");
}

// A TOML entry. Line ends other than a line feed are written as escapes, because TOML may change them.
function entry([name, value]) {
  const escaped = value.replace(/[\\"]|[\x00-\x09\x0b-\x1f\x7f]/g, (letter) =>
    letter === "\\" || letter === '"' ? `\\${letter}` : letter === "\t" ? "\t" : `\\u${letter.codePointAt(0).toString(16).padStart(4, "0")}`,
  );
  return value.includes("\n") ? `${name} = """\n${escaped}"""\n` : `${name} = "${escaped}"\n`;
}

function checked(dissent) {
  const told = [dissent.subject, dissent.text, dissent.original, dissent.language, dissent.marking, ...Object.values(dissent.prompts)];
  if (![...told, ...dissent.claims.map((claim) => claim.text)].every((text) => typeof text === "string" && isWellFormed(text))) {
    throw new Refusal("text", { why: "half-a-letter" });
  }
  return dissent;
}

function firstLine(paragraph) {
  const line = [...stripped(stripped(paragraph).split(LINES)[0])];
  return line.length <= 120 ? line.join("") : `${line.slice(0, 119).join("")}…`;
}
