// SPDX-License-Identifier: AGPL-3.0-or-later
// From return words to keys. Format: spec/return-words.md; as src/demur/seal/returning.py and words.py.

import { bech32 } from "@scure/base";
import { identityToRecipient } from "age-encryption";
import { toHex } from "./bytes.js";
import { wordlist } from "./lean/english.js";
import { concat, sha256 } from "./record/texts.js";

const utf8 = new TextEncoder();
const [ENTROPY, BITS] = [16, 132]; // bytes; bits of the entropy and its checksum

// Where a word stands in the list, -1 if it is none.
export function wordIndex(word) {
  return wordlist.indexOf(word);
}

// The 16 bytes of twelve words with a space between them. Throws unless the checksum fits; it never says what was typed.
export function wordsToEntropy(words) {
  const indices = words.split(" ").map(wordIndex);
  if (indices.length !== BITS / 11 || indices.includes(-1)) throw new TypeError("not return words");
  const binary = indices.map((index) => index.toString(2).padStart(11, "0")).join("");
  const entropy = Uint8Array.from({ length: ENTROPY }, (_, at) => parseInt(binary.slice(8 * at, 8 * at + 8), 2));
  if (entropyToWords(entropy) !== words) throw new TypeError("not return words");
  return entropy;
}

// Twelve words for 16 bytes: 128 bits, and 4 of their hash, which catch fifteen typing errors in sixteen.
export function entropyToWords(entropy) {
  if (entropy.length !== ENTROPY) throw new TypeError("not 16 bytes");
  return bitsAsWords(concat(entropy, sha256(entropy).subarray(0, 1)), BITS).join(" ");
}

// The first `bits` of a digest as words, 11 bits each: channel words.
export function bitsAsWords(digest, bits) {
  const binary = Array.from(digest, (byte) => byte.toString(2).padStart(8, "0")).join("").slice(0, bits);
  return binary.match(/.{11}/g).map((group) => wordlist[parseInt(group, 2)]);
}

export async function returnKeys(entropy, origin) {
  const secret = await crypto.subtle.importKey("raw", entropy, "HKDF", false, ["deriveBits"]);
  const grow = async (label, length) => {
    const how = { name: "HKDF", hash: "SHA-256", salt: utf8.encode(`demur/v1/return/${origin}`), info: utf8.encode(label) };
    return new Uint8Array(await crypto.subtle.deriveBits(how, secret, 8 * length));
  };
  const identity = bech32.encode("age-secret-key-pq-", bech32.toWords(await grow("age-pq", 32)), false).toUpperCase();
  return {
    identity,
    recipient: await identityToRecipient(identity),
    sign: await grow("sign", 32),
    mailbox: toHex(await grow("box-id", 16)),
    bearer: await grow("box-auth", 32),
  };
}
