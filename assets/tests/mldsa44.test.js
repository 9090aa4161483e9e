// SPDX-License-Identifier: AGPL-3.0-or-later
// What lib/lean/mldsa44.js says of a signature is what the library says that it takes the place of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ml_dsa44 as theirs } from "@noble/post-quantum/ml-dsa.js";
import { verifyMlDsa44 } from "../lib/lean/mldsa44.js";
import { sha256, utf8 } from "../lib/record/texts.js";

const drawn = (label, n) => sha256(utf8(`${label} ${n}`));
const HINTS = 32 + 4 * 576; // where the hints begin
const ENDS = HINTS + 80; // where it says how many there are of each row

function made(n) {
  const { publicKey, secretKey } = theirs.keygen(drawn("key", n));
  const message = new Uint8Array(97 * n).fill(n);
  return { publicKey, message, signature: theirs.sign(message, secretKey, { extraEntropy: drawn("random", n) }) };
}

const changed = (bytes, at, by = 1) => bytes.map((byte, place) => (place === at ? byte ^ by : byte));

test("signatures that the library makes hold", () => {
  for (let n = 0; n < 24; n += 1) {
    const { publicKey, message, signature } = made(n);
    assert.equal(verifyMlDsa44(publicKey, message, signature), true, String(n));
  }
});

test("a changed signature, key or message does not, wherever it was changed; the library says the same", () => {
  const { publicKey, message, signature } = made(3);
  const others = [
    ...[0, 31, 32, 40, 607, 608, 2000, HINTS - 1, HINTS, HINTS + 20, ENDS - 1, ENDS, ENDS + 3].map((at) => [publicKey, message, changed(signature, at)]),
    ...[0, 31, 32, 700, 1311].map((at) => [changed(publicKey, at), message, signature]),
    [publicKey, changed(message, 5), signature],
    [publicKey, message.subarray(1), signature],
  ];
  for (const [key, text, signed] of others) {
    assert.equal(verifyMlDsa44(key, text, signed), false);
    assert.equal(theirs.verify(signed, text, key), false);
  }
});

test("a second spelling of a signature that holds is refused: other hints, in another order, or behind the last", () => {
  const { publicKey, message, signature } = made(4);
  const ends = [...signature.subarray(ENDS)];
  assert.ok(ends[0] >= 2 && ends[3] < 80, "a signature whose first row has two hints and that leaves room");
  const swapped = signature.slice();
  [swapped[HINTS], swapped[HINTS + 1]] = [signature[HINTS + 1], signature[HINTS]];
  const doubled = signature.slice();
  doubled[HINTS + 1] = doubled[HINTS];
  const behind = changed(signature, HINTS + ends[3], 7);
  const back = signature.slice();
  back[ENDS + 1] = ends[0] - 1;
  const over = signature.slice();
  over[ENDS + 3] = 81;
  for (const bad of [swapped, doubled, behind, back, over]) {
    assert.equal(verifyMlDsa44(publicKey, message, bad), false);
    assert.equal(theirs.verify(bad, message, publicKey), false);
  }
});

test("an answer that is too long, and keys and signatures of another length, are refused", () => {
  const { publicKey, message, signature } = made(5);
  const long = signature.slice().fill(0, 32, 35); // z begins with 2^17, more than a signer ever gives
  assert.equal(verifyMlDsa44(publicKey, message, long), false);
  assert.equal(theirs.verify(long, message, publicKey), false);
  for (const [key, signed] of [[publicKey.subarray(1), signature], [publicKey, signature.subarray(1)], [publicKey, new Uint8Array([...signature, 0])]]) {
    assert.equal(verifyMlDsa44(key, message, signed), false);
  }
});
