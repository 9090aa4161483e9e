// SPDX-License-Identifier: AGPL-3.0-or-later
// Words for bits and back (BIP 39), without the seeds of wallets. Takes the place of @scure/bip39 in our bundles; its list of words stays.
//
// Names and answers are those of @scure/bip39, and what it refuses is refused: a test holds each against the other.

import { sha256 } from "@noble/hashes/sha2.js";

const SIZES = [16, 20, 24, 28, 32]; // bytes of entropy

const binary = (bytes) => Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");

// The bits with those of their checksum, one for each four bytes.
function checked(entropy) {
  if (!(entropy instanceof Uint8Array) || !SIZES.includes(entropy.length)) throw new TypeError("no entropy of a length that has words");
  return binary(entropy) + binary(sha256(entropy)).slice(0, entropy.length / 4);
}

export function entropyToMnemonic(entropy, wordlist) {
  return checked(entropy).match(/.{11}/g).map((group) => wordlist[parseInt(group, 2)]).join(" ");
}

export function mnemonicToEntropy(mnemonic, wordlist) {
  const bits = mnemonic.normalize("NFKD").split(" ").map((word) => {
    const at = wordlist.indexOf(word);
    if (at < 0) throw new Error("a word that is not in the list");
    return at.toString(2).padStart(11, "0");
  }).join("");
  const size = Math.floor(bits.length / 33) * 4;
  const entropy = Uint8Array.from({ length: size }, (_, at) => parseInt(bits.slice(8 * at, 8 * at + 8), 2));
  if (checked(entropy) !== bits) throw new Error("a checksum that does not hold");
  return entropy;
}
