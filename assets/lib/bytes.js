// SPDX-License-Identifier: AGPL-3.0-or-later
// Bytes and hexadecimal digits; SHA-256 and HMAC by WebCrypto.

// Whether a text has no half of a surrogate pair, which no bytes stand for. As String.prototype.isWellFormed, which browsers of 2023 lack.
export function isWellFormed(text) {
  return !/\p{Surrogate}/u.test(text);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new TypeError("not lower-case hexadecimal digits");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

export async function hmac(key, message) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}
