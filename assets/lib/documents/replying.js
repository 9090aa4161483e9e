// SPDX-License-Identifier: AGPL-3.0-or-later
// The reply that an office makes. Format: spec/reply.md; as src/demur/dissent/documents/replying.py.
//
// A promise in the past, an empty answer and one that says only "No." are refused before anything is signed: what is recorded cannot be
// taken back.

import { Refusal } from "../errors.js";
import { OUTCOMES } from "../events.js";
import { LEAST, letters } from "./letters.js";
import { hasText, isDate } from "./reading.js";
import { ANSWERS, differences, NOTHING, readReply, replyDocument } from "./reply.js";

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

// Throws, with the first claim, where `differences` finds any.
export function checkAgainst(reply, dissent, most) {
  const found = differences(reply, dissent, most);
  if (found.repeated.length > 0) throw new Refusal("unanswered", { n: found.repeated[0], times: 2 });
  const n = found.left_out[0] ?? found.invented[0] ?? (found.together ? most + 1 : undefined);
  if (n !== undefined) throw new Refusal("unanswered", { n, times: 0 });
  if (found.recommendation === "left_out") throw new Refusal("empty", { what: "recommendation" });
  if (found.recommendation !== "") throw new Refusal("no-recommendation");
}
