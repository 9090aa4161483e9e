// SPDX-License-Identifier: AGPL-3.0-or-later
// Receipts: every byte counts, and none of it reads or acts. The vectors that Python runs too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readChannel } from "../lib/charter/channel.js";
import { Refusal } from "../lib/errors.js";
import * as receipts from "../lib/receipt.js";
import { readSections, writeSections } from "../lib/sections.js";
import { bothWays, refused, vectors } from "./support.js";

const utf8 = (text) => new TextEncoder().encode(text);
const file = vectors("receipt");
const texts = new Map(file.accepted.map((row) => [row.name, row.receipt]));
const parsed = (name) => receipts.parseReceipt(utf8(texts.get(name)));

// What Python's findings say, from ours.
function document({ channel, known, promise, proven, heads, acts }) {
  const last = proven.at(-1);
  return {
    kind: "receipt",
    origin: channel.origin,
    channel_words: channel.words.join(" "),
    channel_known: known,
    practice: channel.practice,
    state: last ? "recorded" : "promised",
    promised_at: promise.time,
    due: promise.notAfter,
    heads: heads.length,
    acts,
    ...(last && {
      indexes: proven.map((row) => row.index),
      log_size: last.checkpoint.size,
      checkpoint_time: last.time,
      witnesses: [...last.witnesses],
      unwitnessed: last.unwitnessed,
    }),
  };
}

bothWays("a receipt proves what it says, and is written as it was read", async () => {
  for (const row of file.accepted) {
    const receipt = await receipts.parseReceipt(utf8(row.receipt));
    assert.equal(receipts.receiptText(receipt), row.receipt);
    assert.deepEqual(document(await receipts.verifyReceipt(receipt, { known: receipt.channel, now: row.now })), row.found);
    const alone = await receipts.verifyReceipt(receipt, { now: row.now });
    assert.equal(alone.known, false);
  }
});

bothWays("a promise that is overdue without its proof does not hold", async () => {
  for (const row of file.due) {
    const receipt = await parsed(row.name);
    await refused(() => receipts.verifyReceipt(receipt, { now: row.now }), "receipt-due", row.name);
  }
});

bothWays("a receipt with a changed piece is refused", async () => {
  for (const row of file.refused) {
    const text = row.replace.reduce((whole, [old, now]) => whole.replaceAll(old, now), texts.get(row.name));
    const work = async () => receipts.verifyReceipt(await receipts.parseReceipt(utf8(text)), { now: row.now });
    await refused(work, "receipt", JSON.stringify(row.replace).slice(0, 120));
  }
});

test("flipped bits are refused wherever they fall, by a Refusal and no other error", async () => {
  const data = utf8(texts.get("whole"));
  for (let bit = 5; bit < data.length * 8; bit += 997) {
    const flipped = data.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    const work = async () => receipts.verifyReceipt(await receipts.parseReceipt(flipped), { now: file.accepted[0].now });
    await refused(work, undefined, `bit ${bit}`);
  }
});

test("a receipt of another channel is refused", async () => {
  const receipt = await parsed("complete");
  const known = readChannel(vectors("channel").accepted[0].document);
  await refused(() => receipts.verifyReceipt(receipt, { known, now: file.accepted[0].now }), "other-channel", "another channel");
});

test("a receipt grows by proofs, heads and acts into the bytes that Python writes", async () => {
  const whole = await parsed("whole");
  let grown = receipts.makeReceipt({ channel: whole.channel, promise: whole.promise });
  grown = receipts.withProofs(grown, whole.proofs);
  for (const head of whole.heads) grown = receipts.withHead(receipts.withHead(grown, head), head);
  for (const act of whole.acts) grown = receipts.withAct(grown, act);
  assert.equal(receipts.receiptText(grown), texts.get("whole"));
  const trees = await receipts.checkpointsOf(whole);
  const sizes = trees.map((row) => row.accepted.checkpoint.size);
  assert.ok(sizes.length > 1 && sizes.every((size, at) => at === 0 || sizes[at - 1] <= size));
});

test("sections are read in their one form", async () => {
  const sections = [["one", "a\n"], ["two-b", ""], ["one", "=x\n\n"]];
  const text = writeSections("first/v1", sections);
  assert.deepEqual(readSections(utf8(text), "first/v1", "receipt"), sections);
  const bad = ["", "first/v1", "first/v2\n", "first/v1\nx\n", "first/v1\n=== One\n", "first/v1\n=== \n", "first/v1\n=== one", `first/v1\n=== ${"a".repeat(41)}\n`];
  for (const odd of bad) await refused(() => readSections(utf8(odd), "first/v1", "receipt"), "receipt", odd);
  await refused(() => readSections(Uint8Array.of(0x66, 0xff), "f", "receipt"), "receipt", "no UTF-8");
  assert.throws(() => readSections(utf8("\ufefffirst/v1\n"), "first/v1", "receipt"), Refusal);
});
