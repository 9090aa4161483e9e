// SPDX-License-Identifier: AGPL-3.0-or-later
// What our bundles carry in the place of a library is what the library is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MLKEM768X25519 as theirs } from "@noble/post-quantum/hybrid.js";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist as published } from "@scure/bip39/wordlists/english.js";
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import { TomlDate as theirDate } from "smol-toml";
import { wordlist } from "../lib/lean/english.js";
import { identityToRecipient as recipientOf } from "../lib/lean/recipients.js";
import { TomlDate as ourDate } from "../lib/lean/tomldate.js";
import { MLKEM768X25519 as ours } from "../lib/lean/xwing.js";
import { sha256, utf8 } from "../lib/record/texts.js";
import { entropyToWords, wordsToEntropy } from "../lib/returning.js";

const drawn = (label, n) => sha256(utf8(`${label} ${n}`));

test("keys, secrets and ciphertexts are the same from the same randomness", () => {
  for (let n = 0; n < 8; n += 1) {
    const seed = drawn("seed", n);
    const publicKey = ours.getPublicKey(seed);
    assert.deepEqual(publicKey, theirs.getPublicKey(seed));
    const random = new Uint8Array([...drawn("pq", n), ...drawn("x", n)]);
    const made = ours.encapsulate(publicKey, random);
    assert.deepEqual(made, theirs.encapsulate(publicKey, random));
    assert.deepEqual(ours.decapsulate(made.cipherText, seed), made.sharedSecret);
    assert.deepEqual(theirs.decapsulate(made.cipherText, seed), made.sharedSecret);
  }
});

test("what one seals the other opens, with randomness of their own", () => {
  const seed = drawn("seed", 9);
  for (const [one, other] of [[ours, theirs], [theirs, ours]]) {
    const { cipherText, sharedSecret } = one.encapsulate(one.getPublicKey(seed));
    assert.deepEqual(other.decapsulate(cipherText, seed), sharedSecret);
  }
});

test("a secret from a changed ciphertext is another one, as in the library", () => {
  const seed = drawn("seed", 10);
  const { cipherText, sharedSecret } = ours.encapsulate(ours.getPublicKey(seed));
  for (const at of [0, 500, 1087, 1088, 1110]) {
    const changed = cipherText.slice();
    changed[at] ^= 1;
    assert.notDeepEqual(ours.decapsulate(changed, seed), sharedSecret);
    assert.deepEqual(ours.decapsulate(changed, seed), theirs.decapsulate(changed, seed));
  }
});

test("keys that are no keys, and shares of low order, are refused", () => {
  const good = ours.getPublicKey(drawn("seed", 11));
  const lowOrder = good.slice().fill(0, 1184);
  for (const bad of [lowOrder, good.subarray(1), new Uint8Array([...good, 0])]) {
    assert.throws(() => ours.encapsulate(bad));
    assert.throws(() => theirs.encapsulate(bad));
  }
  const { cipherText } = ours.encapsulate(good);
  assert.throws(() => ours.decapsulate(cipherText.slice().fill(0, 1088), drawn("seed", 11)));
  assert.throws(() => ours.decapsulate(cipherText.subarray(1), drawn("seed", 11)));
  assert.throws(() => ours.getPublicKey(new Uint8Array(31)));
});

test("the recipient of an identity is typage's, and what is no identity of ours has none", async () => {
  const identity = await generateHybridIdentity();
  assert.equal(await recipientOf(identity), await identityToRecipient(identity));
  const changed = identity.slice(0, -1) + (identity.endsWith("Q") ? "P" : "Q");
  for (const bad of [changed, identity.toLowerCase(), await identityToRecipient(identity), await generateX25519Identity(), ""]) {
    await assert.rejects(async () => recipientOf(bad), bad);
  }
});

test("the words are those of BIP-39, in order", () => {
  assert.deepEqual(wordlist, published);
});

test("twelve words stand for the bytes that the library makes of them, and no others do", () => {
  for (let n = 0; n < 40; n += 1) {
    const entropy = drawn("entropy", n).subarray(0, 16);
    const words = entropyToMnemonic(entropy, published);
    assert.equal(entropyToWords(entropy), words);
    assert.deepEqual(wordsToEntropy(words), mnemonicToEntropy(words, published));
    const [first, second, ...rest] = words.split(" ");
    for (const bad of [[second, first, ...rest], [first, first, ...rest], [first, second, ...rest.slice(1)], ["zzz", second, ...rest], [words, first]]) {
      const holds = (work) => {
        try {
          return work();
        } catch {
          return undefined;
        }
      };
      assert.deepEqual(holds(() => wordsToEntropy(bad.join(" "))), holds(() => mnemonicToEntropy(bad.join(" "), published)), bad.join(" "));
    }
  }
  assert.throws(() => entropyToWords(new Uint8Array(15)));
});

test("what is a date, and which, is what the library says", () => {
  const days = ["2026-12-01", "2026-02-29", "2024-02-29", "2026-02-30", "2026-13-01", "2026-00-10", "2026-12-32", "0000-01-01", "9999-12-31"];
  const times = ["00:00:00", "23:59:59", "24:00:00", "24:00", "07:32", "23:60:00", "23:59:60", "07:32:00.999999", "99:00:00", "7:3200"];
  const both = days.flatMap((day) => times.flatMap((time) => ["T", "t", " "].map((sign) => [`${day}${sign}${time}`, sign === " "])));
  const rows = [
    ...days.map((day) => [day, 3, false]),
    ...times.map((time) => [time, 4, false]),
    ...both.map(([text, spaced]) => [text, 2, spaced]),
    ...both.flatMap(([text, spaced]) => ["Z", "z", "+07:00", "-23:59", "+24:00", "+00:60"].map((zone) => [`${text}${zone}`, 1, spaced])),
  ];
  let good = 0;
  for (const row of rows) {
    const [mine, yours] = [new ourDate(...row), new theirDate(...row)];
    assert.deepEqual([row, mine.isValid(), mine.getTime()], [row, yours.isValid(), yours.getTime()]);
    good += mine.isValid();
  }
  assert.ok(good > 100 && good < rows.length / 2, `${good} of ${rows.length}`);
});
