// SPDX-License-Identifier: AGPL-3.0-or-later
// Ed25519 signatures under a domain, by WebCrypto. As src/demur/seal/signing.py.

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
  const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  if (!(await crypto.subtle.verify("Ed25519", key, signature, signed(domain, message)))) throw new Error("the signature does not fit");
}
