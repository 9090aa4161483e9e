// SPDX-License-Identifier: AGPL-3.0-or-later
// What sound and film tell. As src/demur/client/inspection/media.py.

import { tiff } from "./exif.js";
import { markup } from "./markuptext.js";
import { profile } from "./profiles.js";
import { be, le, moment, readable, TABLES, trimmed } from "./report.js";
import { addWords } from "./unpacking.js";

const EPOCH = 2_082_844_800;
const QUIET_RIFF = new Set(["fmt ", "data", "idx1", "movi", "fact", "avih", "strh", "strf", "dmlh", "vprp", "PEAK", "cue ", "LIST", "COMM", "SSND", "FVER"]);
const BOXES = 20_000;
const sounded = (name) => (Object.hasOwn(TABLES.sound, name) ? TABLES.sound[name] : undefined);

export function mp3(data, found, nested) {
  let at = 0;
  while (data.startsWith("ID3", at)) at = id3(data, at, found, nested);
  const tail = data.slice(-128);
  if (tail.startsWith("TAG")) {
    for (const [what, start, end] of [["title", 3, 33], ["author", 33, 63], ["title", 63, 93], ["made", 93, 97], ["note", 97, 127]]) {
      found.addIf(what, readable(tail.slice(start, end).split("\0")[0]));
    }
  }
  const ape = data.indexOf("APETAGEX");
  if (ape >= 0) addWords(data.slice(ape), found);
  addWords(data.slice(at, at + 4096), found, "program");
  const later = data.indexOf("ID3\x03", at) >= 0 ? data.indexOf("ID3\x03", at) : data.indexOf("ID3\x04", at);
  if (later >= 0) id3(data, later, found, nested);
}

export function id3(data, at, found, nested) {
  const version = data.length > at + 10 ? data.charCodeAt(at + 3) : 0;
  const end = at + 10 + syncsafe(data.slice(at + 6, at + 10));
  const long = version >= 3;
  const head = long ? 10 : 6;
  let place = at + 10;
  while (place + head <= Math.min(end, data.length) && data[place] !== "\0") {
    const name = data.slice(place, place + (long ? 4 : 3));
    const field = long ? data.slice(place + 4, place + 8) : data.slice(place + 3, place + 6);
    const length = version === 4 ? syncsafe(field) : be(field, 0, field.length);
    frame(name, data.slice(place + head, Math.min(place + head + length, end)), found, nested);
    place += head + length;
  }
  if (end > data.length) found.damaged = true;
  return Math.max(end, at + 10);
}

function syncsafe(field) {
  let value = 0;
  for (let n = 0; n < field.length; n += 1) value = value * 128 + (field.charCodeAt(n) & 127);
  return value;
}

function frame(name, data, found, nested) {
  const what = sounded(name) ?? "property";
  if (what === "embedded") {
    found.add("embedded", name);
    const start = Math.max(data.indexOf("\xff\xd8\xff"), data.indexOf("\x89PNG"));
    addWords(data.slice(0, start >= 0 ? start : 200), found);
    if (start >= 0) nested(name, data.slice(start), found);
  } else if (/^(?:T|COM|USL|WXX|W)/.test(name)) {
    const text = frameText(data, /^(?:COM|USL)/.test(name), name.startsWith("W"));
    found.addIf(what, what === "property" ? `${name}: ${text}` : text);
  } else {
    found.add(what, name);
    addWords(data, found);
  }
}

function frameText(data, names, link) {
  if (link && !["\0", "\x01", "\x02", "\x03"].includes(data[0] ?? "")) return readable(data);
  const code = data[0] ?? "";
  let rest = data.slice(1);
  if (names && /^[A-Za-z]{1,3}$/.test(rest.slice(0, 3))) rest = rest.slice(3);
  if (code === "\x01" || code === "\x02") {
    const mark = ["\xff\xfe", "\xfe\xff"].includes(rest.slice(0, 2)) ? "" : "\xfe\xff";
    return readable(mark + rest).replaceAll("\0", " ").replaceAll("\ufeff", "");
  }
  return readable(rest).replaceAll("\0", " ");
}

export function vorbis(data, start, found) {
  let size = le(data, start, 4);
  found.addIf("program", readable(data.slice(start + 4, start + 4 + Math.min(size, 300))));
  let at = start + 4 + size;
  const count = Math.min(le(data, at, 4), 200);
  at += 4;
  for (let n = 0; n < count; n += 1) {
    size = le(data, at, 4);
    const row = readable(data.slice(at + 4, at + 4 + Math.min(size, 4000)));
    const sign = row.indexOf("=");
    if (sign < 0 || at + 4 + size > data.length) {
      found.partial = true;
      return;
    }
    const name = row.slice(0, sign);
    const picture = name.toUpperCase() === "METADATA_BLOCK_PICTURE";
    const what = picture ? "embedded" : (sounded(name.toUpperCase()) ?? "property");
    const value = picture ? "" : row.slice(sign + 1);
    found.addIf(what, what === "property" || what === "embedded" ? `${name}: ${value}` : value);
    at += 4 + size;
  }
}

export function ogg(data, found) {
  let seen = false;
  for (const mark of ["\x03vorbis", "OpusTags", "\x81theora", "Speex   "]) {
    const at = data.indexOf(mark);
    if (at < 0) continue;
    seen = true;
    if (mark === "Speex   ") addWords(data.slice(at, at + 2048), found);
    else vorbis(data, at + mark.length, found);
  }
  if (!seen) addWords(data.slice(0, 8192), found);
}

export function flac(data, found, nested) {
  let at = 4;
  let last = false;
  while (at + 4 <= data.length && !last) {
    const head = data.charCodeAt(at);
    const kind = head & 0x7f;
    const size = be(data, at + 1, 3);
    const inner = data.slice(at + 4, at + 4 + size);
    last = (head & 0x80) !== 0;
    if (kind === 4) vorbis(inner, 0, found);
    else if (kind === 6) frame("APIC", inner, found, nested);
    else if (![0, 1, 3].includes(kind)) addWords(inner, found);
    at += 4 + size;
  }
  if (data.slice(-128, -125) === "TAG") addWords(data.slice(-128), found);
}

export function riff(data, found, nested) {
  const end = 8 + le(data, 4, 4);
  chunks(data, 12, Math.min(end, data.length), le, found, nested);
  if (end > data.length) found.damaged = true;
  if (end + 1 < data.length) {
    found.add("trailing", String(data.length - end));
    nested("", data.slice(end), found);
  }
}

export function aiff(data, found, nested) {
  chunks(data, 12, data.length, be, found, nested);
}

function chunks(data, start, end, number, found, nested) {
  let at = start;
  while (at + 8 <= end) {
    const kind = data.slice(at, at + 4);
    const size = number(data, at + 4, 4);
    const inner = data.slice(at + 8, Math.min(at + 8 + size, end));
    if (kind === "LIST" && !inner.startsWith("movi")) {
      at += 12;
      continue;
    }
    chunk(kind, inner, found, nested);
    at += 8 + size + (size & 1);
  }
}

function chunk(kind, data, found, nested) {
  if (kind === "id3 " || kind === "ID3 ") {
    id3(data, 0, found, nested);
    return;
  }
  if (["iXML", "_PMX", "aXML"].includes(kind)) {
    markup(data, found, nested);
    return;
  }
  const what = (Object.hasOwn(TABLES.riff, kind) && TABLES.riff[kind]) || sounded(kind);
  if (what && kind !== "COMM") found.addIf(what, readable(trimmed(data, "\0")));
  else if (!QUIET_RIFF.has(kind)) addWords(data, found);
}

export function boxes(data, found, nested) {
  const stack = [[0, data.length, ""]];
  let counted = BOXES;
  while (stack.length > 0) {
    let [at, end, parent] = stack.pop();
    while (at + 8 <= end && counted > 0) {
      counted -= 1;
      const [kind, start, stop] = boxAt(data, at, end);
      if (stop > end || stop < start) {
        found.damaged = true;
        addWords(data.slice(at, Math.min(end, at + 65_536)), found);
        break;
      }
      if (TABLES.containers.includes(kind)) stack.push([start + (isFull(kind, data.slice(start + 4, start + 8)) ? 4 : 0), stop, kind]);
      else box(kind, parent, data.slice(start, stop), found, nested);
      at = stop;
    }
  }
  if (counted <= 0) found.partial = true;
  for (const mark of ["Exif\0\0II", "Exif\0\0MM"]) {
    const at = data.indexOf(mark);
    if (at >= 0) tiff(data.slice(at + 6), found, nested);
  }
}

function boxAt(data, at, end) {
  let size = be(data, at, 4);
  let head = 8;
  if (size === 1) {
    size = be(data, at + 8, 8);
    head = 16;
  }
  return [data.slice(at + 4, at + 8), at + head, size === 0 ? end : at + size];
}

function isFull(kind, following) {
  return kind === "meta" && !["hdlr", "mhdr", "keys", "ilst"].includes(following);
}

function box(kind, parent, data, found, nested) {
  if (["mvhd", "tkhd", "mdhd"].includes(kind)) made(data, found);
  else if (kind === "Exif" || kind === "exif") tiff(["II", "MM"].includes(data.slice(4, 6)) ? data.slice(4) : data.slice(data.indexOf("\0\0") + 2), found, nested);
  else if (parent === "ilst" || Object.hasOwn(TABLES.atoms, kind)) {
    found.addIf(TABLES.atoms[kind] ?? "property", atom(kind, data));
    if (data.slice(16, 19) === "\xff\xd8\xff" || data.slice(16, 20) === "\x89PNG") nested(kind, data.slice(16), found);
  } else unknownBox(kind, data, found, nested);
}

function unknownBox(kind, data, found, nested) {
  if (["xml ", "XMP_", "uuid"].includes(kind) && data.slice(0, 2048).includes("<")) {
    markup(data, found, nested);
    addWords(data.slice(0, 16), found);
  } else if (kind === "colr") {
    const at = data.slice(0, 64).indexOf("acsp");
    if (at >= 36) profile(data.slice(at - 36), found);
  } else if (!TABLES.quietBoxes.includes(kind)) {
    if (data.length > 65_536) found.partial = true;
    addWords(data.slice(0, 65_536), found);
  }
}

function made(data, found) {
  const time = data[0] === "\x01" ? be(data, 4, 8) : be(data, 4, 4);
  if (time > EPOCH) found.add("made", moment(time - EPOCH));
}

function atom(kind, data) {
  if (data.slice(4, 8) === "data") return readable(data.slice(16));
  const size = be(data, 0, 2);
  if (kind.startsWith("\xa9") && 4 + size <= data.length) return readable(data.slice(4, 4 + size));
  if (kind === "hdlr" || kind === "loci") return readable(kind === "hdlr" ? data.slice(24) : data.slice(6)).replaceAll("\0", " ");
  return readable(data.startsWith("\0\0\0\0") ? data.slice(6) : data).replaceAll("\0", " ");
}

const FOLDERS = new Set("1a45dfa3 18538067 1549a966 1654ae6b ae 1254c367 7373 67c8 1941a469 61a7 1043a770 45b9 b6 80 63c0".split(" "));

export function matroska(data, found, nested) {
  const stack = [[0, data.length]];
  let counted = BOXES;
  let name = "";
  while (stack.length > 0) {
    let [at, end] = stack.pop();
    while (at < end && counted > 0) {
      counted -= 1;
      const [mark, width] = number(data, at, true);
      const [size, more] = number(data, at + width, false);
      const start = at + width + more;
      const stop = size < 0n ? end : Math.min(start + Number(size), end);
      if (!width || !more || start > end) {
        found.damaged = true;
        break;
      }
      const identity = mark.toString(16);
      if (FOLDERS.has(identity)) {
        stack.push([stop, end]);
        [at, end] = [start, stop];
        continue;
      }
      const inner = data.slice(start, stop);
      if (identity === "45a3") name = readable(inner);
      leaf(identity, name, inner, found, nested);
      at = stop;
    }
  }
}

function leaf(identity, name, data, found, nested) {
  if (identity === "465c") {
    nested("attachment", data, found);
    return;
  }
  let what = TABLES.matroska[identity] ?? "";
  let value = readable(data.slice(0, 2000));
  if (identity === "73a4") [what, value] = ["identifier", Array.from(data.slice(0, 16), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("")];
  if (identity === "4461") [what, value] = ["made", moment(dated(data.slice(0, 8)))];
  if (identity === "4487") {
    what = sounded(name.toUpperCase()) ?? "property";
    value = what === "property" ? `${name}: ${value}` : value;
  }
  found.addIf(what, value);
}

// Nanoseconds from the beginning of 2001, signed, as POSIX seconds.
function dated(data) {
  let value = 0n;
  for (const byte of data) value = value * 256n + BigInt(byte.charCodeAt(0));
  if (data && data.charCodeAt(0) & 0x80) value -= 1n << BigInt(8 * data.length);
  const seconds = value >= 0n ? value / 1_000_000_000n : -((-value + 999_999_999n) / 1_000_000_000n);
  return Number(seconds) + 978_307_200;
}

function number(data, at, keep) {
  const head = at < data.length ? data.charCodeAt(at) : 0;
  const width = [1, 2, 3, 4, 5, 6, 7, 8].find((n) => head & (0x80 >> (n - 1))) ?? 0;
  if (!width || at + width > data.length) return [0n, 0];
  let value = 0n;
  for (let n = at; n < at + width; n += 1) value = value * 256n + BigInt(data.charCodeAt(n));
  if (keep) return [value, width];
  const all = (1n << BigInt(7 * width)) - 1n;
  value &= all;
  return [value === all ? -1n : value, width];
}
