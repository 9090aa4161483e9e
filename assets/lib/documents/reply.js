// SPDX-License-Identifier: AGPL-3.0-or-later
// The reply: an outcome, one answer to each claim, and one to the recommendation. Format: spec/reply.md; as
// src/demur/dissent/documents/reply.py. What an office writes is made in replying.js.
//
// A reply that passes over a claim is refused before it is sealed: the oldest way to bury a dissent is to answer something else. Claims beyond
// the charter's limit are owed one answer together: else whoever files three thousand of them could keep an office from ever replying.
// Version 1 has no answer to the recommendation and is judged as it was.

import { dump } from "../canonical.js";
import { refuse } from "../errors.js";
import { recommendationOf } from "./dissent.js";
import { replyDocument as SHAPES } from "./forms.js";
import { hasText, isDate, readDocument, stripped } from "./reading.js";

export const ANSWERS = ["answered", "referred", "declined"];
export const NOTHING = Object.freeze({ kind: "", text: "" });

// The bytes of reply.json of {outcome, text, signed_by, appeal, answers: [{claim, kind, text, to}], commitments: [{text, date}], v}, with
// recommendation: {kind, text} and attachments: [] from version 2 on.
export function replyDocument(reply) {
  return dump({ ...reply, type: "reply" });
}

// Reads reply.json of version 1 or 2. Throws unless it is exactly one.
export function readReply(data) {
  const { type, ...reply } = readDocument(data, "reply", SHAPES);
  if (reply.v > 1) checkMembers(reply);
  return reply;
}

// What the schema cannot say of version 2.
function checkMembers({ outcome, text, appeal, answers, commitments, recommendation, attachments }) {
  if (outcome === "out_of_scope" && !(hasText(text) && hasText(appeal))) refuse("document", "out-of-scope");
  if (answers.some(({ kind, to }) => kind === "referred" && !hasText(to))) refuse("document", "to");
  if (!commitments.every(({ date }) => isDate(date))) refuse("document", "commitments");
  if (hasText(recommendation.text) !== (recommendation.kind !== "")) refuse("document", "recommendation");
  if (attachments.some(({ n }, at) => n !== at + 1)) refuse("document", "attachments");
}

// How many claims were answered, referred, declined: what the event says too.
export function countsOf({ answers }) {
  return Object.fromEntries(ANSWERS.map((kind) => [kind, answers.filter((row) => row.kind === kind).length]));
}

// How a reply falls short of `dissent`: {left_out, repeated, invented: claims by number, together, recommendation}. As Reply.differences.
export function differences(reply, dissent, most) {
  const { answers, text } = reply;
  const claims = dissent.claims.length;
  const given = new Map();
  for (const { claim } of answers) given.set(claim, (given.get(claim) ?? 0) + 1);
  const inside = (n) => n >= 1 && n <= claims;
  const numbers = (from, to) => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  const ascending = [...given.keys()].sort((left, right) => left - right);
  return {
    left_out: numbers(1, Math.min(claims, most)).filter((n) => !given.has(n)),
    repeated: ascending.filter((n) => given.get(n) > 1 && inside(n)),
    invented: ascending.filter((n) => !inside(n)),
    together: numbers(most + 1, claims).some((n) => !given.has(n)) && stripped(text) === "",
    recommendation: recommendationDiffers(reply, dissent),
  };
}

function recommendationDiffers({ v, recommendation = NOTHING }, dissent) {
  const made = hasText(recommendationOf(dissent));
  if (v === 1 || made === (recommendation.kind !== "")) return "";
  return made ? "left_out" : "invented";
}

// Whether `differences` found any.
export function differs({ left_out: out, repeated, invented, together, recommendation }) {
  return out.length + repeated.length + invented.length > 0 || together || recommendation !== "";
}

// The first fact in which a reply differs from what its event told, or falls short of `dissent` (undefined: only the event is compared):
// "answers", "outcome", "answered", "referred", "declined"; "" if none. As Reply.fault.
export function replyFault(reply, event, dissent, most) {
  if (dissent !== undefined && differs(differences(reply, dissent, most))) return "answers";
  const told = { outcome: reply.outcome, ...countsOf(reply) };
  return Object.keys(told).find((name) => event[name] !== told[name]) ?? "";
}
