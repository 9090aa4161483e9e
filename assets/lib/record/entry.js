// SPDX-License-Identifier: AGPL-3.0-or-later
// Entries of the record: case entries hide, readable entries show. Format: spec/entry.md; as src/demur/record/entry.py.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { refuse } from "../errors.js";
import { checkOrigin, concat, read, same, utf8, written } from "./texts.js";

const CODE = "entry";
const [LEAF, OPEN] = [utf8("demur/leaf/v1\0"), utf8("demur/open/v1\0")];
const MAX_READABLE = 60_000; // bytes, so that a bundle's 16-bit length always suffices

// HMAC-SHA256(key = r, canonical JSON of `event`), 32 bytes.
export function commit(event, r) {
  if (r.length !== 32) refuse(CODE, "key-length");
  return hmac(sha256, r, written(event, CODE));
}

// The bytes of a case entry, always 46.
export function caseEntry(commitment) {
  return commitment.length === 32 ? concat(LEAF, commitment) : refuse(CODE, "commitment-length");
}

// Throws unless the case entry `data` commits to `event` under `r`.
export function openEntry(data, event, r) {
  if (!same(data, caseEntry(commit(event, r)))) refuse(CODE, "another-event");
}

// The bytes of a readable entry, at most 60,000.
export function readableEntry(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) refuse(CODE, "not-an-object");
  if (value.v !== 1 || typeof value.type !== "string" || value.type === "") refuse(CODE, "version-or-type");
  checkOrigin(value.origin, CODE);
  const data = concat(OPEN, written(value, CODE));
  return data.length <= MAX_READABLE ? data : refuse(CODE, "too-large");
}

// {commitment} of a case entry or {value} of a readable one.
export function readEntry(data) {
  const head = data.subarray(0, LEAF.length);
  if (same(head, LEAF) && data.length === LEAF.length + 32) return { commitment: data.subarray(LEAF.length) };
  if (!same(head, OPEN) || data.length > MAX_READABLE) refuse(CODE, "unknown-kind");
  const value = read(data.subarray(OPEN.length), CODE);
  readableEntry(value);
  return { value };
}

// The event of cover entry number `n`.
export function coverEvent(origin, n) {
  return { v: 1, type: "cover", origin, n };
}
