// SPDX-License-Identifier: AGPL-3.0-or-later
// From return words to keys. Format: spec/return-words.md; as src/demur/seal/returning.py and words.py.

import { bech32 } from "@scure/base";
import { entropyToMnemonic, mnemonicToEntropy } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { identityToRecipient } from "age-encryption";
import { toHex } from "./bytes.js";

const utf8 = new TextEncoder();

export function wordsToEntropy(words) {
  return mnemonicToEntropy(words, wordlist);
}

// Where a word stands in the list, -1 if it is none.
export function wordIndex(word) {
  return wordlist.indexOf(word);
}

export function entropyToWords(entropy) {
  return entropyToMnemonic(entropy, wordlist);
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
