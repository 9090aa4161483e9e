// SPDX-License-Identifier: AGPL-3.0-or-later
// What looking into a file gives. As src/demur/client/inspection/report.py; tables.json is a copy of
// the one beside that, held to it by tests/client/test_inspection.py.
//
// A file is a string here, one character for each byte, so that both languages search it by the same patterns.

import TABLES from "./tables.json" with { type: "json" };

export { TABLES };
export const LOOKED_AT = 32 * 1024 * 1024;
const UNPACKED = 16 * 1024 * 1024;
export const DEPTH = 3;
export const ENTRIES = 500;
const MOST = 60;
const LONGEST = 300;
const ORDER = new Map(TABLES.order.map((what, n) => [what, n]));

// Collects findings while a file is looked into; files inside share its room: [bytes, entries].
export class Found {
  constructor({ depth = 0, room = [UNPACKED, ENTRIES], partial = false } = {}) {
    Object.assign(this, { depth, room, partial, damaged: false, rows: new Map() });
  }

  add(what, value = "") {
    if (what) this.rows.set(`${what}\0${shown(value)}`, [what, shown(value)]);
  }

  addIf(what, value) {
    if (shown(value)) this.add(what, value);
  }

  // Whether there is room for so many bytes more; what finds none is not looked into.
  take(size) {
    if (size > this.room[0]) {
      this.partial = true;
      return false;
    }
    this.room[0] -= size;
    return true;
  }

  // Takes over what a file inside tells, with its name before each value.
  merge(inner, name) {
    for (const [what, value] of inner.rows.values()) this.add(what, value ? `${name}: ${value}` : name);
    this.partial ||= inner.partial || inner.damaged;
  }

  report(kind, looked, document = false) {
    const rank = ([what]) => ORDER.get(what) ?? ORDER.size;
    const rows = [...this.rows.values()].sort((a, b) => rank(a) - rank(b));
    const findings = rows.slice(0, MOST).map(([what, value]) => ({ what, value }));
    const { partial, damaged } = this;
    const [family, format] = TABLES.formats[kind];
    const bare = ["text", "png", "jpeg", "gif", "webp"].includes(kind) && looked === "whole";
    const passes = bare && findings.length === 0 && !partial && !damaged;
    return { kind, family, format, findings, looked, partial, damaged, more: Math.max(0, rows.length - MOST), document, passes };
  }
}

// POSIX seconds as a day and a time in UTC; as they are where they lie beyond the year 9999.
export function moment(seconds) {
  if (seconds < 0 || seconds >= 253_402_300_800) return String(seconds);
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ");
}

// A value in one line, of at most 300 characters.
export function shown(value) {
  const line = value.slice(0, 8 * LONGEST).replace(/[\0-\x20\x7f-\xa0]+/g, " ");
  return Array.from(trimmed(line, " ")).slice(0, LONGEST).join("");
}

// Python's str.strip(letters).
export function trimmed(text, letters) {
  let start = 0;
  let end = text.length;
  while (start < end && letters.includes(text[start])) start += 1;
  while (end > start && letters.includes(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

export function latin(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode.apply(null, bytes.subarray(at, at + 8192)));
  return parts.join("");
}

export function raw(text) {
  const bytes = new Uint8Array(text.length);
  for (let n = 0; n < text.length; n += 1) bytes[n] = text.charCodeAt(n) > 255 ? 63 : text.charCodeAt(n);
  return bytes;
}

// Bytes as text: UTF-16 after its mark, UTF-8 where it is that, else Latin-1.
export function readable(data) {
  const mark = data.slice(0, 2);
  if (mark === "\xfe\xff") return new TextDecoder("utf-16be").decode(raw(data.slice(2)));
  if (mark === "\xff\xfe") return new TextDecoder("utf-16le", { ignoreBOM: true }).decode(raw(data.slice(2)));
  if (!/[\x80-\uffff]/.test(data)) return data;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw(data));
  } catch {
    return data;
  }
}

// Whole numbers, of as many bytes as are there.
export function be(data, at, size) {
  let value = 0;
  for (let n = at; n < Math.min(at + size, data.length); n += 1) value = value * 256 + data.charCodeAt(n);
  return value;
}

export function le(data, at, size) {
  let value = 0;
  for (let n = Math.min(at + size, data.length) - 1; n >= at; n -= 1) value = value * 256 + data.charCodeAt(n);
  return value;
}

export function* first(iterable, most) {
  let n = 0;
  for (const item of iterable) {
    if (n === most) return;
    n += 1;
    yield item;
  }
}
