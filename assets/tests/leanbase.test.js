// SPDX-License-Identifier: AGPL-3.0-or-later
// The encodings of our bundles are those of the library that they take the place of: what one writes the other reads, and both refuse alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as theirs from "@scure/base";
import * as ours from "../lib/lean/base.js";
import { sha256, utf8 } from "../lib/record/texts.js";

// Bytes that differ from run to run of the loop and not from run to run of the test.
function drawn(length, n) {
  const parts = Array.from({ length: Math.ceil(length / 32) }, (_, at) => [...sha256(utf8(`${length} ${n} ${at}`))]);
  return Uint8Array.from(parts.flat().slice(0, length));
}

function outcome(work) {
  try {
    const found = work();
    return found instanceof Uint8Array ? [...found] : found;
  } catch {
    return "refused";
  }
}

const changed = (text, at, letter) => text.slice(0, at) + letter + text.slice(at + 1);

test("bytes of any length are written and read alike", () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = drawn(length, 1);
    for (const name of ["base64", "base64nopad"]) {
      const text = theirs[name].encode(bytes);
      assert.equal(ours[name].encode(bytes), text);
      assert.deepEqual(ours[name].decode(text), bytes);
    }
    assert.deepEqual(ours.bech32.toWords(bytes), [...theirs.bech32.toWords(bytes)]);
    const key = theirs.bech32.encode("age1pq", theirs.bech32.toWords(bytes), false);
    assert.equal(ours.bech32.encode("age1pq", ours.bech32.toWords(bytes), false), key);
    assert.deepEqual(outcome(() => ours.bech32.decodeToBytes(key)), outcome(() => theirs.bech32.decodeToBytes(key)));
    assert.equal(outcome(() => ours.bech32.encodeFromBytes("AGE-SECRET-KEY-", bytes)), outcome(() => theirs.bech32.encodeFromBytes("AGE-SECRET-KEY-", bytes)));
  }
});

test("every change of a letter is read alike, or refused alike", () => {
  for (const name of ["base64", "base64nopad"]) {
    for (const length of [1, 2, 3, 16, 32]) {
      const text = theirs[name].encode(drawn(length, 2));
      for (let at = 0; at <= text.length; at += 1) {
        for (const letter of ["A", "B", "/", "=", "-", " ", "\n", "", "é", "AA"]) {
          const odd = changed(text, at, letter);
          assert.deepEqual(outcome(() => ours[name].decode(odd)), outcome(() => theirs[name].decode(odd)), `${name} ${JSON.stringify(odd)}`);
        }
      }
    }
  }
  const key = theirs.bech32.encode("age", theirs.bech32.toWords(drawn(32, 3)));
  for (const whole of [key, key.toUpperCase()]) {
    for (let at = 0; at <= whole.length; at += 1) {
      for (const letter of ["q", "Q", "1", "b", "", " ", "é", "İ", "\u0000"]) {
        const odd = changed(whole, at, letter);
        assert.deepEqual(outcome(() => ours.bech32.decode(odd)), outcome(() => theirs.bech32.decode(odd)), JSON.stringify(odd));
      }
    }
  }
  for (const odd of ["", "1", "1qqqqqq", "age1", "age1qqqqqq", "a12uel5l", "A12UEL5L", "x".repeat(91), `${"a".repeat(84)}1qqqqqq`]) {
    assert.deepEqual(outcome(() => ours.bech32.decode(odd)), outcome(() => theirs.bech32.decode(odd)), odd);
  }
});

test("words that hold no whole bytes are refused alike", () => {
  for (let n = 0; n < 400; n += 1) {
    const words = [...drawn(1 + (n % 9), n)].map((byte) => byte & (n % 2 ? 31 : 63));
    assert.deepEqual(outcome(() => ours.bech32.fromWords(words)), outcome(() => theirs.bech32.fromWords(words)));
    const [mine, other] = [ours.bech32.fromWordsUnsafe(words), theirs.bech32.fromWordsUnsafe(words)];
    assert.deepEqual(mine instanceof Uint8Array ? mine : undefined, other instanceof Uint8Array ? other : undefined);
  }
});
