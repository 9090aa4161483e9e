// SPDX-License-Identifier: AGPL-3.0-or-later
// The reply: an outcome, one answer to each claim, and one to the recommendation. Format: spec/reply.md; as
// src/demur/dissent/documents/reply.py and replying.py.
//
// A reply that passes over a claim is refused before it is sealed: the oldest way to bury a dissent is to answer something else. Claims beyond
// the charter's limit are owed one answer together: else whoever files three thousand of them could keep an office from ever replying.
// Version 1 has no answer to the recommendation and is judged as it was.

import { dump } from "../canonical.js";
import { Refusal, refuse } from "../errors.js";
import { OUTCOMES } from "../events.js";
import { recommendationOf } from "./dissent.js";
import { LEAST, letters } from "./letters.js";
import { hasText, isDate, readDocument, stripped } from "./reading.js";

export const ANSWERS = ["answered", "referred", "declined"];
const NOTHING = Object.freeze({ kind: "", text: "" });

// The bytes of reply.json of {outcome, text, signed_by, appeal, answers: [{claim, kind, text, to}], commitments: [{text, date}], v}, with
// recommendation: {kind, text} and attachments: [] from version 2 on.
export function replyDocument(reply) {
  return dump({ ...reply, type: "reply" });
}

// Reads reply.json of version 1 or 2. Throws unless it is exactly one.
export function readReply(data) {
  const { type, ...reply } = readDocument(data, "reply");
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

// {reply, bytes} of what a seat wrote, as `from_template` takes it: answers sorted by claim; `dissent` is what it answers, `most` how many
// claims the case's charter allows, `today` the office's own day (year-month-day), `signer` its title where none is named.
export function makeReply(written, dissent, { most, today = "", signer = "" }) {
  const { outcome, text = "", signed_by: told = "", appeal = "", answers, commitments = [], recommendation = NOTHING } = written;
  const sorted = [...answers].sort((left, right) => left.claim - right.claim).map((row) => ({ to: "", ...row }));
  const signed = hasText(told) ? told : signer;
  const reply = { outcome, text, signed_by: signed, appeal, answers: sorted, commitments, recommendation, attachments: [], v: 2 };
  checkAgainst(reply, dissent, most);
  checkWritten(reply);
  if (today !== "") checkReply(reply, today);
  try {
    const bytes = replyDocument(reply);
    readReply(bytes);
    return { reply, bytes };
  } catch {
    throw new Refusal("text", { why: "half-a-letter" });
  }
}

function checkWritten({ outcome, text, appeal, answers, commitments, recommendation }) {
  if (!OUTCOMES.includes(outcome)) throw new Refusal("empty", { what: "outcome" });
  const scope = outcome === "out_of_scope";
  if ((answers.length === 0 || scope) && !hasText(text)) throw new Refusal("empty", { what: "text" });
  if (scope && !hasText(appeal)) throw new Refusal("empty", { what: "appeal" });
  answers.forEach(checkAnswer);
  const { kind } = recommendation;
  if (kind !== "" && !OUTCOMES.includes(kind)) throw new Refusal("empty", { what: "recommendation-kind" });
  if (kind !== "" && !hasText(recommendation.text)) throw new Refusal("empty", { what: "recommendation" });
  for (const row of commitments) if (!hasText(row.text) || !isDate(row.date)) throw new Refusal("empty", { what: "commitment" });
}

function checkAnswer({ claim, kind, text, to }) {
  if (!ANSWERS.includes(kind)) throw new Refusal("empty", { what: "kind", n: claim });
  if (!hasText(text)) throw new Refusal("empty", { what: "answer", n: claim });
  if (kind === "referred" && !hasText(to)) throw new Refusal("empty", { what: "to", n: claim });
}

// Throws for what an office must not sign: a promise that is not after `today`, or an answer of fewer than LEAST letters.
export function checkReply({ answers, commitments, recommendation }, today) {
  const past = commitments.find(({ date }) => date <= today);
  if (past !== undefined) throw new Refusal("promise-past", { date: past.date, today });
  const short = answers.find(({ text }) => letters(text) < LEAST);
  if (short !== undefined) throw new Refusal("too-little", { n: short.claim });
  if (recommendation.kind !== "" && letters(recommendation.text) < LEAST) throw new Refusal("too-little", { n: 0 });
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

// Throws, with the first claim, where `differences` finds any.
export function checkAgainst(reply, dissent, most) {
  const found = differences(reply, dissent, most);
  if (found.repeated.length > 0) throw new Refusal("unanswered", { n: found.repeated[0], times: 2 });
  const n = found.left_out[0] ?? found.invented[0] ?? (found.together ? most + 1 : undefined);
  if (n !== undefined) throw new Refusal("unanswered", { n, times: 0 });
  if (found.recommendation === "left_out") throw new Refusal("empty", { what: "recommendation" });
  if (found.recommendation !== "") throw new Refusal("no-recommendation");
}

// The first fact in which a reply differs from what its event told, or falls short of `dissent` (undefined: only the event is compared):
// "answers", "outcome", "answered", "referred", "declined"; "" if none. As Reply.fault.
export function replyFault(reply, event, dissent, most) {
  if (dissent !== undefined && differs(differences(reply, dissent, most))) return "answers";
  const told = { outcome: reply.outcome, ...countsOf(reply) };
  return Object.keys(told).find((name) => event[name] !== told[name]) ?? "";
}
