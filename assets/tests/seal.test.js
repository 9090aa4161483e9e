// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser's modules over the vectors that Python runs too.

import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fromHex, hmac, isWellFormed, sha256, toHex } from "../lib/bytes.js";
import { dump, load } from "../lib/canonical.js";
import { paddedLength, unpack } from "../lib/container.js";
import { nearest, typedWords } from "../lib/typed.js";
import { bitsAsWords, entropyToWords, returnKeys, wordsToEntropy } from "../lib/returning.js";
import { verify } from "../lib/signing.js";

const vector = (name) => JSON.parse(readFileSync(new URL(`../../spec/vectors/${name}.json`, import.meta.url)));

test("canonical JSON is written and read as in Python", () => {
  const { good, bad } = vector("canonical");
  for (const row of good) {
    assert.equal(toHex(dump(row.value)), row.hex);
    assert.deepEqual(load(fromHex(row.hex)), row.value);
  }
  for (const text of bad) assert.throws(() => load(fromHex(text)));
});

test("padded lengths are those of Python", () => {
  const rows = vector("padme");
  for (const [size, length] of Object.entries(rows.lengths)) assert.equal(paddedLength(Number(size)), length);
  for (const [size, length] of Object.entries(rows["floor 1"])) assert.equal(paddedLength(Number(size), 1), length);
});

test("a container opens, and none with a flipped bit does", async () => {
  const rows = vector("container");
  for (const row of rows.containers) {
    const head = dump(row.manifest);
    const parts = [new Uint8Array(8), head, fromHex(row.signature), ...row.manifest.files.map((file) => fromHex(row.files[file.name]))];
    new DataView(parts[0].buffer).setBigUint64(0, BigInt(head.length));
    const whole = new Uint8Array(row.length);
    whole.set(Buffer.concat(parts));
    assert.equal(toHex(await sha256(whole)), row.sha256);
    const opened = await unpack(whole, { by: fromHex(rows.public), floor: row.floor });
    assert.deepEqual(opened.manifest, row.manifest);
    for (let place = 3; place < whole.length * 8; place += 397) {
      const flipped = whole.slice();
      flipped[place >> 3] ^= 1 << (place & 7);
      await assert.rejects(unpack(flipped, { by: fromHex(rows.public), floor: row.floor }));
    }
  }
});

test("return words grow the keys that they grow in Python", async () => {
  const rows = vector("return-words");
  for (const row of rows.return) {
    assert.equal(entropyToWords(fromHex(row.entropy)), row.words);
    assert.equal(toHex(wordsToEntropy(row.words)), row.entropy);
    const keys = await returnKeys(fromHex(row.entropy), row.origin);
    assert.equal(keys.identity, row.identity);
    assert.equal(toHex(await sha256(new TextEncoder().encode(keys.recipient))), row.recipient_sha256);
    assert.equal(keys.mailbox, row.mailbox);
    assert.equal(toHex(keys.bearer), row.bearer);
    // PKCS #8 of an Ed25519 seed is this prefix and the seed (RFC 8410).
    const secret = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), keys.sign]), format: "der", type: "pkcs8" });
    assert.equal(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(-32).toString("hex"), row.sign_public);
  }
  for (const { text, words } of rows.typed) assert.deepEqual(typedWords(text), words, JSON.stringify(text));
  for (const [word, near] of Object.entries(rows.nearest)) assert.equal(nearest(word), near, word);
  assert.deepEqual(bitsAsWords(fromHex(rows.channel.digest), 66), rows.channel.six);
  assert.deepEqual(bitsAsWords(fromHex(rows.channel.digest), 132), rows.channel.twelve);
});

test("an event's signature, commitment and salted hash are those of Python", async () => {
  const row = vector("event");
  const { time, signature, ...act } = row.event;
  assert.equal(typeof time, "number");
  await verify(fromHex(row.public), "demur/act/v1", dump(act), fromHex(signature));
  await assert.rejects(verify(fromHex(row.public), "demur/act/v1", dump({ ...act, seq: act.seq + 1 }), fromHex(signature)));
  assert.equal(toHex(await hmac(fromHex(row.r), dump(row.event))), row.commitment);
  assert.equal(toHex(await hmac(fromHex(row.salt), await sha256(fromHex(row.sealed)))), row.salted);
  const item = { body: row.item.body, event: row.event, n: row.item.n, r: row.r };
  assert.equal(toHex(await sha256(dump(item))), row.item.hash);
});

test("a seat's request is signed over what it says", async () => {
  const row = vector("seat-request");
  const signature = row.header.split("signature=")[1];
  const said = { body: toHex(await sha256(new Uint8Array())), method: row.method, nonce: row.nonce, origin: row.origin, path: row.path, seat: row.seat, time: row.now };
  await verify(fromHex(row.public), "demur/request/v1", dump(said), fromHex(signature));
  await assert.rejects(verify(fromHex(row.public), "demur/request/v1", dump({ ...said, method: "POST" }), fromHex(signature)));
});

test("a text with half a letter has no bytes, and is refused", () => {
  for (const text of ["\ud800", "a\udc00", "\udc00\ud800", "🙂\ud83d"]) {
    assert.equal(isWellFormed(text), false);
    assert.throws(() => dump(text));
  }
  for (const text of ["", "a", "🙂", "\u200e\ufeff\u0000"]) assert.ok(isWellFormed(text));
});
