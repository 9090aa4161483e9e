// SPDX-License-Identifier: AGPL-3.0-or-later
// Ed25519 (RFC 8032): by WebCrypto, or in JavaScript where a browser lacks it. As src/demur/record/ed25519.py and seal/signing.py.
//
// A public key of small order accepts a signature that nobody made; whoever smuggled one into a policy would own a witness without a
// secret. Such keys, and keys in a second spelling, are refused before either way sees them. Both ways check the equation without the
// cofactor and compare R byte for byte, as OpenSSL does for Python: a signature must not hold here and fail there.

import { ed25519 } from "@noble/curves/ed25519.js";
import { Refusal } from "./errors.js";
import { concat } from "./record/texts.js";

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n; // the order of the base point
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_ORDER = new Set([0n, 1n, P - 1n, ORDER_8, P - ORDER_8]); // the y of the eight points that 8 sends to 0
const PKCS8 = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20); // what stands before a seed (RFC 8410)

let way; // "webcrypto" or "portable", once it is known

// Sets the way, "webcrypto" or "portable", or with nothing lets the next use find out. For tests, which run both.
export function choose(name) {
  way = name;
}

// Throws unless `bytes` are an Ed25519 public key that can be trusted.
export function checkPublic(bytes) {
  const y = bytes.length === 32 ? little(bytes) & (2n ** 255n - 1n) : P;
  if (y >= P || SMALL_ORDER.has(y)) throw new Refusal("signing-key", { why: "not-public" });
}

// Whether `signature` is by the holder of `publicKey` (32 bytes) over `message`. Throws for a key that cannot be trusted.
export async function verifyEd25519(publicKey, message, signature) {
  checkPublic(publicKey);
  if (signature.length !== 64) return false;
  try {
    if ((await chosen()) === "portable") return await holds(publicKey, message, signature);
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch {
    return false; // not a point of the curve
  }
}

// The signature of the holder of `seed` (32 bytes) over `message`, 64 bytes.
export async function signEd25519(seed, message) {
  checkSeed(seed);
  if ((await chosen()) === "portable") return ed25519.sign(message, seed);
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await secret(seed, false), message));
}

// The public key of `seed`, 32 bytes.
export async function publicEd25519(seed) {
  checkSeed(seed);
  if ((await chosen()) === "portable") return ed25519.getPublicKey(seed);
  const { x } = await crypto.subtle.exportKey("jwk", await secret(seed, true));
  return Uint8Array.from(atob(x.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function checkSeed(seed) {
  if (seed.length !== 32) throw new Refusal("signing-key", { why: "not-a-seed" });
}

async function chosen() {
  way ??= await crypto.subtle.importKey("raw", new Uint8Array(32).fill(0x66).fill(0x58, 0, 1), "Ed25519", false, ["verify"]).then(
    () => "webcrypto",
    () => "portable",
  );
  return way;
}

function secret(seed, extractable) {
  const wrapped = new Uint8Array([...PKCS8, ...seed]);
  return crypto.subtle.importKey("pkcs8", wrapped, "Ed25519", extractable, ["sign"]);
}

async function holds(publicKey, message, signature) {
  const [r, s] = [signature.subarray(0, 32), little(signature.subarray(32))];
  if (s >= L) return false;
  const hashed = new Uint8Array(await crypto.subtle.digest("SHA-512", concat(r, publicKey, message)));
  const [base, point] = [ed25519.Point.BASE, ed25519.Point.fromBytes(publicKey)];
  const found = base.multiplyUnsafe(s).subtract(point.multiplyUnsafe(little(hashed) % L));
  return found.toBytes().every((byte, at) => byte === r[at]);
}

function little(bytes) {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
