// SPDX-License-Identifier: AGPL-3.0-or-later
// What cameras and picture programs write: TIFF with Exif and GPS, IPTC, Photoshop's resources. As src/demur/client/inspection/exif.py.

import { markup } from "./markuptext.js";
import { profile } from "./profiles.js";
import { be, le, readable, TABLES, trimmed } from "./report.js";
import { addWords, words } from "./unpacking.js";

const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const NUMBERS = new Set([3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18]);
const UTF_8 = 129; // texts of Exif 3.0
const FOLDERS = new Set([34665, 40965, 330]);
const GPS = 34853;
const ROWS = 300;
const BLOCK = 65_536;
const QUIET = new Set([
  254, 255, 256, 257, 258, 259, 262, 263, 266, 273, 274, 277, 278, 279, 282, 283, 284, 296, 301, 317, 318, 319, 320, 322, 323, 324, 325, 338, 339, 347, 512,
  513, 514, 529, 530, 531, 532, 40960, 40961, 40962, 40963, 37121,
]);
const tagged = (tag, otherwise) => TABLES.tags[tag] ?? otherwise;

export function tiff(data, found, nested) {
  const order = data.slice(0, 2);
  if ((order !== "II" && order !== "MM") || data.length < 8) {
    found.damaged = true;
    addWords(data, found);
    return;
  }
  const number = order === "II" ? (at, size) => le(data, at, size) : (at, size) => be(data, at, size);
  const block = { data, number, little: order === "II", big: number(2, 2) === 43, seen: new Set(), settings: 0 };
  const queue = [block.big ? number(8, 8) : number(4, 4)];
  while (queue.length > 0 && block.seen.size < 64) {
    const at = queue.shift();
    if (!at || block.seen.has(at)) continue;
    block.seen.add(at);
    queue.push(...folder(block, at, found, nested));
  }
  if (queue.some((at) => at && !block.seen.has(at))) found.partial = true;
  if (block.settings) found.add("settings", String(block.settings));
}

function folder(block, at, found, nested) {
  const [width, count] = block.big ? [20, 8] : [12, 2];
  let rows = block.number(at, count);
  if (rows > ROWS || at + count + rows * width > block.data.length) {
    found.damaged = true;
    rows = Math.min(rows, ROWS, Math.max(0, Math.floor((block.data.length - at - count) / width)));
  }
  const further = [];
  for (let n = 0; n < rows; n += 1) further.push(...row(block, at + count + n * width, found, nested));
  return [...further, block.number(at + count + rows * width, block.big ? 8 : 4)];
}

function row(block, at, found, nested) {
  const tag = block.number(at, 2);
  const kind = block.number(at + 2, 2);
  const value = valueOf(block, at, kind, found, QUIET.has(tag));
  if (FOLDERS.has(tag) || tag === GPS) {
    const size = [4, 8].includes(SIZES[kind]) ? SIZES[kind] : 4;
    const places = [];
    for (let n = 0; n < Math.min(value.length, 16 * size); n += size) places.push(numberIn(block, value.slice(n, n + size)));
    if (tag !== GPS) return places;
    for (const place of places) gps(block, place, found);
    return [];
  }
  if (found.take(value.length)) tell(block, tag, kind, value, found, nested);
  return [];
}

function numberIn(block, value) {
  return block.little ? le(value, 0, value.length) : be(value, 0, value.length);
}

function valueOf(block, at, kind, found, quiet = false) {
  const size = (SIZES[kind] ?? 1) * (block.big ? block.number(at + 4, 8) : block.number(at + 4, 4));
  const [inline, place] = block.big ? [8, at + 12] : [4, at + 8];
  const start = size <= inline ? place : block.number(place, inline);
  const value = block.data.slice(start, start + Math.min(size, BLOCK));
  if (!quiet) {
    if (size > BLOCK) found.partial = true;
    if (value.length < Math.min(size, BLOCK)) found.damaged = true;
  }
  return value;
}

function tell(block, tag, kind, value, found, nested) {
  if (tag === 513 || tag === 514) found.add("thumbnail", "");
  else if (tag >= 40091 && tag <= 40095) found.addIf(TABLES.tags[tag], readable(`\xff\xfe${value}`).replaceAll("\0", ""));
  else if (tag === 37510) found.addIf("note", comment(value, block));
  else if (!isQuiet(tag, kind, value) && !inside(tag, value, found, nested)) other(block, tag, kind, value, found);
}

// Whether a value is a measure of the picture: a number, and no text where a number must stand.
function isQuiet(tag, kind, value) {
  return QUIET.has(tag) && (NUMBERS.has(kind) || !(words(value).length > 0 || asText(value)));
}

function isText(kind, value) {
  return kind === 2 || kind === UTF_8 || (!NUMBERS.has(kind) && value.length < 2000 && asText(value) !== "");
}

// Bytes as a text, where they are one whatever they are declared as; else nothing.
function asText(value) {
  const text = trimmed(readable(value).replaceAll("\0", " "), " ");
  return !/[\x00-\x1f\x7f-\x9f]/.test(text) && /[A-Za-z\xaa-\u{10ffff}]{2}/u.test(text) ? text : "";
}

function inside(tag, value, found, nested) {
  if (tag === 700) markup(value, found, nested);
  else if (tag === 33723) iptc(value, found);
  else if (tag === 34377) photoshop(value, found, nested);
  else if (tag === 34675) profile(value, found);
  else return false;
  return true;
}

function other(block, tag, kind, value, found) {
  const bytes = !NUMBERS.has(kind);
  if (isText(kind, value)) {
    found.addIf(tagged(tag, "property"), readable(value).replaceAll("\0", " "));
  } else if (value.length > 16 && (bytes || words(value).length > 0)) {
    found.add("property", `${tag} ${value.length}`);
    addWords(value, found);
  } else block.settings += 1;
}

function comment(value, block) {
  const text = value.slice(8);
  return readable(value.startsWith("UNICODE") ? (block.little ? "\xff\xfe" : "\xfe\xff") + text : text);
}

function gps(block, at, found) {
  const read = {};
  const [width, head] = block.big ? [20, 8] : [12, 2];
  const rows = block.number(at, head);
  if (rows > 64 || at + head + rows * width > block.data.length) found.damaged = true;
  for (let n = 0; n < Math.min(rows, 64); n += 1) {
    const place = at + head + width * n;
    const kind = block.number(place + 2, 2);
    gpsRow(block, block.number(place, 2), kind, valueOf(block, place, kind, found), read, found);
  }
  if (2 in read || 4 in read) found.add("place", `${read[2] ?? ""} ${read[1] ?? ""}, ${read[4] ?? ""} ${read[3] ?? ""}`);
  else if (rows) found.add("place", "GPS");
}

function gpsRow(block, tag, kind, value, read, found) {
  if ((tag === 1 || tag === 3) && value.length <= 2) read[tag] = value.slice(0, 1);
  else if ((tag === 2 || tag === 4) && value.length >= 24 && NUMBERS.has(kind)) read[tag] = degrees(block, value);
  else if ((tag === 27 || tag === 28) && kind !== 2) found.addIf("place", comment(value, block).replaceAll("\0", " "));
  else if (isText(kind, value)) found.addIf(tagged(tag, "place"), readable(value).replaceAll("\0", " "));
}

// Degrees to four places, in whole ten-thousandths, so that both languages round alike.
function degrees(block, value) {
  let total = 0n;
  [3600n, 60n, 1n].forEach((seconds, n) => {
    const top = BigInt(numberIn(block, value.slice(8 * n, 8 * n + 4)));
    const below = BigInt(numberIn(block, value.slice(8 * n + 4, 8 * n + 8)));
    total += (top * seconds * 10_000n) / (below || 1n);
  });
  const whole = total / 3600n;
  return `${whole / 10_000n}.${String(whole % 10_000n).padStart(4, "0")}`;
}

export function iptc(data, found) {
  let at = Math.max(0, data.indexOf("\x1c"));
  while (at + 5 <= data.length && data[at] === "\x1c") {
    let size = be(data, at + 3, 2);
    const [record, dataset] = [data.charCodeAt(at + 1), data.charCodeAt(at + 2)];
    at += 5;
    if (size & 0x8000) {
      const wide = Math.min(size & 0x7fff, 8); // the size has a size of its own
      size = be(data, at, wide);
      at += wide;
    }
    const value = data.slice(at, at + size);
    if (value.length < size) found.damaged = true;
    if ((record === 2 && dataset) || asText(value)) found.addIf((record === 2 && TABLES.iptc[dataset]) || "property", readable(value.slice(0, 2000)));
    at += size;
  }
}

export function photoshop(data, found, nested) {
  let at = data.indexOf("8BIM");
  while (at >= 0 && at + 12 <= data.length && data.startsWith("8BIM", at)) {
    const name = data.charCodeAt(at + 6);
    const start = at + 7 + name + (1 - (name % 2));
    const size = be(data, start, 4);
    found.addIf("property", readable(data.slice(at + 7, at + 7 + name)));
    resource(be(data, at + 4, 2), data.slice(start + 4, start + 4 + size), found, nested);
    at = start + 4 + size + (size % 2);
  }
}

function resource(number, data, found, nested) {
  if (number === 0x0404) iptc(data, found);
  else if (number === 0x0422 || number === 0x0423) tiff(data, found, nested);
  else if (number === 0x0424) markup(data, found, nested);
  else if (number === 0x040f) profile(data, found);
  else if (number === 0x0409 || number === 0x040c) found.add("thumbnail", "");
  else addWords(data, found);
}
