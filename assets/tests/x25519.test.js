// SPDX-License-Identifier: AGPL-3.0-or-later
// lib/lean/x25519.js is the X25519 of RFC 7748, and answers and refuses as the library that it takes the place of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { x25519 as theirs } from "@noble/curves/ed25519.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { x25519 as ours } from "../lib/lean/x25519.js";
import { sha256, utf8 } from "../lib/record/texts.js";

const drawn = (label, n) => sha256(utf8(`${label} ${n}`));
const P = 2n ** 255n - 19n;
const bytesOf = (number) => Uint8Array.from({ length: 32 }, (_, at) => Number((number >> BigInt(8 * at)) & 255n));

test("what RFC 7748 multiplies comes to what stands there", () => {
  const rows = [
    ["a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"],
    ["4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493", "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"],
  ];
  for (const [scalar, u, found] of rows) assert.equal(toHex(ours.scalarMult(fromHex(scalar), fromHex(u))), found);
  let [k, u] = [ours.GuBytes, ours.GuBytes];
  for (let n = 0; n < 1000; n += 1) [k, u] = [ours.scalarMult(k, u), k];
  assert.equal(toHex(k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
});

test("keys and secrets are the library's, for any secret and any point", () => {
  assert.deepEqual(ours.GuBytes, theirs.GuBytes);
  const scalars = [...Array.from({ length: 40 }, (_, n) => drawn("scalar", n)), new Uint8Array(32), new Uint8Array(32).fill(255)];
  const points = [drawn("point", 1), bytesOf(2n), bytesOf(P - 2n), bytesOf(P + 2n), bytesOf(2n ** 255n - 1n), new Uint8Array(32).fill(255), bytesOf(9n + 2n ** 255n)];
  for (const scalar of scalars) {
    assert.deepEqual(ours.getPublicKey(scalar), theirs.getPublicKey(scalar));
    assert.deepEqual(ours.scalarMultBase(scalar), theirs.scalarMultBase(scalar));
    for (const point of points) assert.deepEqual(ours.getSharedSecret(scalar, point), theirs.getSharedSecret(scalar, point));
  }
});

test("points of low order, and what is not 32 bytes, are refused by both", () => {
  const eighth = 325606250916557431795983626356110631294008115727848805560023387167927233504n;
  const other = 39382357235489614581723060781553021112529911719440698176882885853963445705823n;
  for (const low of [0n, 1n, eighth, other, P - 1n, P, P + 1n].map(bytesOf)) {
    assert.throws(() => ours.getSharedSecret(drawn("scalar", 0), low));
    assert.throws(() => theirs.getSharedSecret(drawn("scalar", 0), low));
  }
  for (const bad of [new Uint8Array(31), new Uint8Array(33), "09", undefined]) {
    assert.throws(() => ours.scalarMult(drawn("scalar", 0), bad));
    assert.throws(() => theirs.scalarMult(drawn("scalar", 0), bad));
    assert.throws(() => ours.scalarMultBase(bad));
  }
});
