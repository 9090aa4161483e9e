// SPDX-License-Identifier: AGPL-3.0-or-later
// MLKEM768-X25519 (X-Wing, draft-connolly-cfrg-xwing-kem): what age1pq keys are made of. Takes the place of @noble/post-quantum/hybrid.js in
// our bundles, which would carry the NIST curves along for kinds of recipients that Demur refuses; both halves are the same two libraries'.
//
// The names and the answers are those of hybrid.js; a test holds each against the other. A post-quantum half alone or a classical half alone
// opens nothing: both secrets go into the hash, with what the classical half was agreed on.

import { x25519 } from "@noble/curves/ed25519.js";
import { sha3_256, shake256 } from "@noble/hashes/sha3.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { concat, utf8 } from "../record/texts.js";

const LABEL = utf8("\\.//^\\");
const [SEED, CIPHER, PUBLIC] = [32, 1088, 1184]; // bytes of a seed, of ML-KEM's ciphertext and of its public key

export const MLKEM768X25519 = Object.freeze({
  getPublicKey(seed) {
    const { pq, x } = expanded(seed);
    return concat(pq.publicKey, x25519.getPublicKey(x));
  },

  encapsulate(publicKey, random = crypto.getRandomValues(new Uint8Array(2 * SEED))) {
    if (publicKey.length !== PUBLIC + 32 || random.length !== 2 * SEED) throw new TypeError("wrong length");
    const theirs = publicKey.subarray(PUBLIC);
    const { cipherText, sharedSecret } = ml_kem768.encapsulate(publicKey.subarray(0, PUBLIC), random.subarray(0, SEED));
    const ephemeral = random.subarray(SEED);
    const share = x25519.getPublicKey(ephemeral);
    // A share of low order makes a secret that everybody knows; getSharedSecret throws for it.
    const secret = combined(sharedSecret, x25519.getSharedSecret(ephemeral, theirs), share, theirs);
    return { cipherText: concat(cipherText, share), sharedSecret: secret };
  },

  decapsulate(cipherText, seed) {
    if (cipherText.length !== CIPHER + 32) throw new TypeError("wrong length");
    const { pq, x } = expanded(seed);
    const share = cipherText.subarray(CIPHER);
    const secret = ml_kem768.decapsulate(cipherText.subarray(0, CIPHER), pq.secretKey);
    return combined(secret, x25519.getSharedSecret(x, share), share, x25519.getPublicKey(x));
  },
});

// typage names it for a kind of recipient that age.js never gives it.
export const MLKEM768P256 = undefined;

function expanded(seed) {
  if (seed.length !== SEED) throw new TypeError("wrong length");
  const grown = shake256(seed, { dkLen: 96 });
  return { pq: ml_kem768.keygen(grown.subarray(0, 64)), x: grown.subarray(64) };
}

function combined(pq, classical, share, theirs) {
  return sha3_256(concat(pq, classical, share, theirs, LABEL));
}
