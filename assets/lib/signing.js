// SPDX-License-Identifier: AGPL-3.0-or-later
// Ed25519 signatures under a domain: what is signed as one thing can never be read as another. As src/demur/seal/signing.py.

import { Refusal } from "./errors.js";
import { publicEd25519, signEd25519, verifyEd25519 } from "./ed25519.js";

const utf8 = new TextEncoder();

export function signed(domain, message) {
  const head = utf8.encode(domain);
  const whole = new Uint8Array(head.length + 1 + message.length);
  whole.set(head);
  whole.set(message, head.length + 1);
  return whole;
}

// Throws unless the holder of `publicKey` (32 bytes) signed `message` under `domain`.
export async function verify(publicKey, domain, message, signature) {
  if (!(await verifyEd25519(publicKey, signed(domain, message), signature))) throw new Refusal("forged");
}

// The signature of the holder of `seed` (32 bytes) over `message` under `domain`, 64 bytes.
export function sign(seed, domain, message) {
  return signEd25519(seed, signed(domain, message));
}

// The public key of a seed, 32 bytes.
export const publicKey = publicEd25519;
