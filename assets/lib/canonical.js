// SPDX-License-Identifier: AGPL-3.0-or-later
// Canonical JSON (RFC 8785) in Demur's profile: strings, integers below 2^53, booleans, lists, objects. As src/demur/canonical.py.

import { isWellFormed } from "./bytes.js";

const utf8 = new TextEncoder();

export function dump(value) {
  return utf8.encode(written(value, 0));
}

// Reads only what `dump` would have written: one text, one meaning.
export function load(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  if (written(value, 0) !== text) throw new TypeError("not canonical JSON");
  return value;
}

function written(value, depth) {
  if (depth > 32) throw new TypeError("nested too deeply");
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") {
    if (!isWellFormed(value)) throw new TypeError("half a surrogate pair");
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) throw new TypeError("not a whole number below 2^53");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => written(item, depth + 1)).join(",")}]`;
  if (value === null || typeof value !== "object") throw new TypeError("no canonical form");
  // JavaScript compares strings by UTF-16 units, as RFC 8785 section 3.2.3 wants.
  const rows = Object.keys(value).sort().map((key) => `${written(key, depth + 1)}:${written(value[key], depth + 1)}`);
  return `{${rows.join(",")}}`;
}
