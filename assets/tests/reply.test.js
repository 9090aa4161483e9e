// SPDX-License-Identifier: AGPL-3.0-or-later
// Which replies answer a dissent, and how a filing goes beyond its charter: as Python decides it (spec/vectors/reply.json).

import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond, measure } from "../lib/desk/unsealing.js";
import { differences, replyFault } from "../lib/documents/reply.js";
import { checkAgainst, makeReply } from "../lib/documents/replying.js";
import { accepted } from "../lib/errors.js";
import { vectors } from "./support.js";

const { replies, filings, differences: rows } = vectors("reply");

test("the same replies answer a dissent, whether they are read or made", () => {
  for (const { claims: count, most, answered, text, holds: wanted } of replies) {
    const claims = Array.from({ length: count }, (_, at) => ({ n: at + 1 }));
    const answers = answered.map((claim) => ({ claim, kind: "answered", text: "A", to: "" }));
    const about = `${count} claims, ${most} allowed, ${answers.length} answered, text ${JSON.stringify(text)}`;
    const dissent = { claims, prompts: {} };
    assert.equal(accepted(() => checkAgainst({ v: 1, answers, text }, dissent, most)), wanted, about);
    assert.equal(accepted(() => makeReply({ outcome: "in_part", text, answers }, dissent, { most })), wanted, about);
  }
});

test("replies fall short of a dissent in the same ways", () => {
  for (const row of rows) {
    const claims = Array.from({ length: row.claims }, (_, at) => ({ n: at + 1 }));
    const dissent = { claims, prompts: { recommendation: row.recommended } };
    const answers = row.answered.map((claim) => ({ claim, kind: "answered", text: "A", to: "" }));
    const recommendation = { kind: row.kind, text: row.kind ? "R" : "" };
    const reply = { v: row.v, outcome: "in_part", text: row.text, answers, recommendation };
    assert.deepEqual(differences(reply, dissent, row.most), row.differences);
    const told = { outcome: "in_part", answered: answers.length, referred: 0, declined: 0 };
    assert.equal(replyFault(reply, told, dissent, row.most), row.fault);
    assert.equal(replyFault(reply, { ...told, answered: answers.length + 1 }, undefined, 0), row.fault_if_one_more_is_told);
  }
});

test("a filing goes beyond the same limits", () => {
  for (const { measured, limits, facts } of filings) {
    const read = { ...limits, total_bytes: limits.total_bytes || limits.file_bytes }; // as charter/model.js reads them
    assert.deepEqual(beyond(measured, read), facts);
  }
});

test("what is measured is what the charter limits", () => {
  const claims = [{ text: "é" }, { text: "é" }];
  const measured = measure(new Uint8Array(7), { text: "a", claims }, [3, 5]);
  assert.deepEqual(measured, { text_bytes: 7, claims: 2, files: 2, file_bytes: 5, total_bytes: 8 });
  assert.equal(measure(new Uint8Array(1), { text: "a", claims }, []).text_bytes, 4);
  assert.equal(measure(new Uint8Array(1), { text: "ééé", claims }, []).text_bytes, 6);
});
