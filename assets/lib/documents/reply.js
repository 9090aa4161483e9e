// SPDX-License-Identifier: AGPL-3.0-or-later
// The reply: an outcome, and one answer to each claim. Format: spec/reply.md; as src/demur/dissent/documents/reply.py.
//
// A reply that passes over a claim is refused before it is sealed: the oldest way to bury a dissent is to answer something else. Claims beyond
// the charter's limit are owed one answer together: else whoever files three thousand of them could keep an office from ever replying.

import { dump } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { Refusal, refuse } from "../errors.js";
import { OUTCOMES } from "../events.js";
import { checkTexts, hasText, readDocument } from "./reading.js";

export const ANSWERS = ["answered", "referred", "declined"];
const MEMBERS = ["outcome", "text", "signed_by", "appeal", "answers", "commitments"];

// The bytes of reply.json of {outcome, text, signed_by, appeal, answers: [{claim, kind, text, to}], commitments: [{text, date}]}.
export function replyDocument(reply) {
  return dump({ v: 1, type: "reply", ...reply });
}

// Reads reply.json. Throws unless it is exactly one.
export function readReply(data) {
  const { v, type, ...reply } = readDocument(data, "reply", MEMBERS);
  const { answers, commitments } = reply;
  if (!Array.isArray(answers) || !answers.every((row) => exact(row, ["claim", "kind", "text", "to"]))) refuse("document", "answers");
  if (!Array.isArray(commitments) || !commitments.every((row) => exact(row, ["text", "date"]))) refuse("document", "commitments");
  checkTexts([reply.text, reply.signed_by, reply.appeal]);
  checkTexts([...answers.flatMap((row) => [row.text, row.to]), ...commitments.flatMap((row) => [row.text, row.date])]);
  if (answers.some((row) => !Number.isSafeInteger(row.claim) || !ANSWERS.includes(row.kind))) refuse("document", "answers");
  return OUTCOMES.includes(reply.outcome) ? reply : refuse("document", "outcome");
}

// How many claims were answered, referred, declined: what the event says too.
export function countsOf({ answers }) {
  return Object.fromEntries(ANSWERS.map((kind) => [kind, answers.filter((row) => row.kind === kind).length]));
}

// {reply, bytes} of what a seat wrote, as `from_template` takes it: answers sorted by claim; `most` is how many claims the case's charter allows.
export function makeReply({ outcome, text = "", signed_by = "", appeal = "", answers, commitments = [] }, { claims }, most) {
  const sorted = [...answers].sort((left, right) => left.claim - right.claim).map((row) => ({ to: "", ...row }));
  checkAgainst({ answers: sorted, text }, claims, most);
  const reply = { outcome, text, signed_by, appeal, answers: sorted, commitments };
  if (!OUTCOMES.includes(outcome)) throw new Refusal("empty", { what: "outcome" });
  const scope = outcome === "out_of_scope";
  if ((sorted.length === 0 || scope) && !hasText(text)) throw new Refusal("empty", { what: "text" });
  if (scope && !hasText(appeal)) throw new Refusal("empty", { what: "appeal" });
  sorted.forEach(checkAnswer);
  for (const row of commitments) if (!hasText(row.text) || !hasText(row.date)) throw new Refusal("empty", { what: "commitment" });
  try {
    return { reply, bytes: replyDocument(reply) };
  } catch {
    throw new Refusal("text", { why: "half-a-letter" });
  }
}

function checkAnswer({ claim, kind, text, to }) {
  if (!ANSWERS.includes(kind)) throw new Refusal("empty", { what: "kind", n: claim });
  if (!hasText(text)) throw new Refusal("empty", { what: "answer", n: claim });
  if (kind === "referred" && !hasText(to)) throw new Refusal("empty", { what: "to", n: claim });
}

// Throws unless every claim has its answer: each up to `most` exactly one, each beyond at most one of its own, and `text` answers those that
// have none.
export function checkAgainst({ answers, text }, claims, most) {
  const given = new Map();
  for (const { claim } of answers) given.set(claim, (given.get(claim) ?? 0) + 1);
  for (const { n } of claims) {
    const times = given.get(n) ?? 0;
    if (times > 1 || (n <= most && times === 0)) throw new Refusal("unanswered", { n, times });
  }
  const odd = [...given.keys()].find((n) => n < 1 || n > claims.length);
  if (odd !== undefined) throw new Refusal("unanswered", { n: odd, times: 0 });
  if (given.size < claims.length && !hasText(text)) throw new Refusal("unanswered", { n: most + 1, times: 0 });
}
