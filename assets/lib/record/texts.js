// SPDX-License-Identifier: AGPL-3.0-or-later
// The words that all signed texts of the record are made of: origins, numbers, base64, hashes. Each has one spelling, because a text
// with two has two hashes, and a verifier that forgives one can be shown a record that others refuse. As src/demur/record/texts.py.
//
// `code` is the one that a Refusal gets; hashes are Uint8Array of 32 bytes.

import { sha256 as digest } from "@noble/hashes/sha2.js";
import { dump, load } from "../canonical.js";
import { refuse } from "../errors.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);

// The text of UTF-8 bytes.
export function fromUtf8(bytes, code) {
  try {
    return decoder.decode(bytes);
  } catch {
    return refuse(code, "not-utf-8");
  }
}

// The canonical JSON of `value`, and the value of canonical JSON.
export const written = (value, code) => canonically(() => dump(value), code);
export const read = (bytes, code) => canonically(() => load(bytes), code);

function canonically(work, code) {
  try {
    return work();
  } catch (error) {
    return refuse(code, `not-canonical: ${error.message}`);
  }
}

// SHA-256 over the parts, at once and not later: a proof is a chain of these.
export function sha256(...parts) {
  const hash = digest.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

// Eight bytes, the largest first.
export function u64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

// A URL without scheme, at most 120 characters.
export function checkOrigin(text, code) {
  const good = typeof text === "string" && text.length <= 120 && /^[a-z0-9][a-z0-9.-]*(?:\/[a-z0-9._-]+)*$/.test(text);
  return good ? text : refuse(code, "origin");
}

export function isNumber(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

// A whole number below 2^53 in ASCII digits without leading zeros.
export function decimal(text, code) {
  const good = /^(?:0|[1-9][0-9]{0,15})$/.test(text) && isNumber(Number(text));
  return good ? Number(text) : refuse(code, "number");
}

export function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return btoa(text);
}

// Standard base64, and only as it would be written back.
export function fromBase64(text, code) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    refuse(code, "base64");
  }
  return toBase64(bytes) === text ? bytes : refuse(code, "base64");
}

// Base64 of exactly 32 bytes.
export function hashFrom(text, code) {
  const bytes = fromBase64(text, code);
  return bytes.length === 32 ? bytes : refuse(code, "hash");
}

// A list of hashes in base64, such as a server's proof of growth.
export function hashesFrom(value, code) {
  if (!Array.isArray(value) || !value.every((row) => typeof row === "string")) refuse(code, "hash");
  return value.map((row) => hashFrom(row, code));
}
