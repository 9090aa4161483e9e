// SPDX-License-Identifier: AGPL-3.0-or-later
// Ed25519 by both ways: they sign the same, accept the same and refuse the same, the keys that nobody should trust among it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ed25519 } from "@noble/curves/ed25519.js";
import { fromHex, toHex } from "../lib/bytes.js";
import { checkPublic, choose, publicEd25519, signEd25519, verifyEd25519 } from "../lib/ed25519.js";
import { sign, publicKey, verify } from "../lib/signing.js";
import { bothWays, refused } from "./support.js";

const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;
const utf8 = (text) => new TextEncoder().encode(text);

// RFC 8032, section 7.1, tests 1 to 3: seed, public key, message, signature.
const RFC8032 = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

function little(value) {
  return Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

bothWays("keys and signatures are those of RFC 8032", async () => {
  for (const [seed, key, message, signature] of RFC8032.map((row) => row.map(fromHex))) {
    assert.deepEqual(await publicEd25519(seed), key);
    assert.deepEqual(await signEd25519(seed, message), signature);
    assert.equal(await verifyEd25519(key, message, signature), true);
    assert.equal(await verifyEd25519(key, utf8("another"), signature), false);
  }
  await refused(() => signEd25519(new Uint8Array(31), utf8("x")), "signing-key", "a short seed");
  await refused(() => publicEd25519(new Uint8Array(33)), "signing-key", "a long seed");
});

bothWays("a flipped bit anywhere in a signature is refused", async () => {
  const [, key, message, signature] = RFC8032[2].map(fromHex);
  for (let bit = 0; bit < 512; bit += 1) {
    const bad = signature.slice();
    bad[bit >> 3] ^= 1 << (bit & 7);
    assert.equal(await verifyEd25519(key, message, bad), false, `bit ${bit}`);
  }
  for (const bad of [signature.slice(1), new Uint8Array(64), new Uint8Array(0)]) assert.equal(await verifyEd25519(key, message, bad), false);
});

bothWays("a second spelling of a signature is refused", async () => {
  const [, key, message, signature] = RFC8032[2].map(fromHex);
  const s = signature.subarray(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const bad = signature.slice();
  bad.set(little(s + L), 32);
  assert.equal(await verifyEd25519(key, message, bad), false);
});

bothWays("a signature that holds only up to a point of small order is refused, as by Python", async () => {
  // R' = R + T with T of order 8: the equation times the cofactor holds, the equation itself does not.
  const torsion = ed25519.Point.fromBytes(fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));
  const [seed, key] = RFC8032[0].map(fromHex);
  const r = 12345678901234567890n;
  const R = ed25519.Point.BASE.multiply(r).add(torsion).toBytes();
  const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
  const message = utf8("two verifiers must not differ");
  const hashed = new Uint8Array(await crypto.subtle.digest("SHA-512", Buffer.concat([R, key, message])));
  const k = hashed.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) % L;
  const crafted = Buffer.concat([R, little((r + k * scalar) % L)]);
  assert.equal(ed25519.verify(crafted, message, key), true); // a verifier with the cofactor is deceived
  assert.equal(await verifyEd25519(key, message, crafted), false);
});

bothWays("keys of small order, in a second spelling, or off the curve vouch for nothing", async () => {
  const small = [0n, 1n, P - 1n, 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n];
  small.push(P - small[3]);
  for (const y of [...small, ...small.map((one) => one | (1n << 255n)), P, P + 1n, P + 3n, 2n ** 255n - 1n]) {
    await refused(() => checkPublic(little(y)), "signing-key", toHex(little(y)));
    await refused(() => verifyEd25519(little(y), utf8("x"), new Uint8Array(64)), "signing-key", toHex(little(y)));
  }
  await refused(() => checkPublic(new Uint8Array(31)), "signing-key", "31 bytes");
  assert.equal(await verifyEd25519(little(2n), utf8("x"), new Uint8Array(64)), false);
});

bothWays("a signature under one domain is none under another", async () => {
  const seed = new Uint8Array(32).fill(7);
  const [key, made] = [await publicKey(seed), await sign(seed, "demur/act/v1", utf8("text"))];
  await verify(key, "demur/act/v1", utf8("text"), made);
  await refused(() => verify(key, "demur/request/v1", utf8("text"), made), "forged", "another domain");
  await refused(() => verify(key, "demur/act/v1", utf8("test"), made), "forged", "another text");
});

test("a browser without Ed25519 is noticed, and gets the other way", async () => {
  const { importKey } = crypto.subtle;
  choose(undefined);
  let asked = 0;
  crypto.subtle.importKey = async () => {
    asked += 1;
    throw new DOMException("unknown", "NotSupportedError");
  };
  try {
    const [seed, key, message, signature] = RFC8032[1].map(fromHex);
    assert.equal(await verifyEd25519(key, message, signature), true);
    assert.deepEqual(await publicEd25519(seed), key);
    assert.equal(asked, 1);
  } finally {
    crypto.subtle.importKey = importKey;
    choose(undefined);
  }
});
