// SPDX-License-Identifier: AGPL-3.0-or-later
// What a font tells: who made it, for whom, and when; also a font inside a document. As src/demur/client/inspection/fonts.py.

import { markup } from "./markuptext.js";
import { be, first, Found, moment, readable } from "./report.js";
import { addWords, inflate } from "./unpacking.js";

const EPOCH = 2_082_844_800;
const SFNT = new Set(["\0\x01\0\0", "OTTO", "true", "typ1"]);
const NAMES = { 0: "rights", 7: "rights", 13: "rights", 14: "rights", 1: "title", 4: "title", 6: "title", 16: "title", 3: "identifier", 8: "organisation", 9: "author", 10: "note" };
const ROWS = 300;
const QUIET = new Set(
  ("avar BASE CBDT CBLC CFF CFF2 COLR CPAL EBDT EBLC EBSC GDEF GPOS GSUB HVAR JSTF LTSH MATH MVAR OS/2 PCLT STAT SVG VDMX VORG VVAR " +
    "cmap cvar cvt fpgm fvar gasp glyf gvar hdmx head hhea hmtx kern loca maxp morx name post prep sbix vhea vmtx").split(" "),
);
const TYPE_1 =
  /\/(Notice|Copyright|FullName|FamilyName|FontName|version|Weight|BaseFontName)[ \t\r\n]{0,9}(?:\(((?:[^()\\]|\\.|\([^()]{0,200}\)){1,2000})\)|\/([^ \t\r\n/()]{1,100}))/gs;
const TEXTS = new Set([0, 1, 2, 3, 4, 1200, 1221, 1222, 1238]);
const STANDARD = 391;

export function font(data, found, nested) {
  const start = data.slice(0, 4);
  if (start === "ttcf") {
    for (let at = 12; at < Math.min(12 + 4 * be(data, 8, 4), data.length, 12 + 4 * 64); at += 4) tables(data, directory(data, be(data, at, 4)), found);
  } else if (start === "wOFF") {
    tables(data, packedDirectory(data, found), found);
    const [meta, size, own, more] = [24, 28, 36, 40].map((at) => be(data, at, 4));
    if (size) markup(inflate(data.slice(meta, meta + size), found, true), found, nested);
    if (more) addWords(data.slice(own, own + more), found);
  } else if (SFNT.has(start)) tables(data, directory(data, 0), found);
  else {
    if (start === "wOF2") found.partial = true; // packed in a way that is not unpacked here
    type1(data, found);
    addWords(data, found);
  }
}

// A font inside a document: its texts, named as those of a font.
export function embeddedFont(data, found) {
  const inner = new Found({ room: found.room });
  if (SFNT.has(data.slice(0, 4))) tables(data, directory(data, 0), inner);
  else if (data[0] === "\x01") for (const text of cff(data)) inner.addIf("title", text);
  else if (data.startsWith("%!") || data[0] === "\x80") type1(data, inner);
  else inner.partial = true;
  for (const [, value] of inner.rows.values()) found.add("property", `font: ${value}`);
  found.partial ||= inner.partial || inner.damaged;
}

export function type1(text, found) {
  for (const [, key, a, b] of first(text.matchAll(TYPE_1), 40)) found.addIf(key === "Notice" || key === "Copyright" ? "rights" : "title", readable(a || b));
}

// Name, place, size and unpacked size of each table.
function* directory(data, at) {
  for (let row = at + 12; row < at + 12 + 16 * Math.min(be(data, at + 4, 2), 64); row += 16) {
    yield [data.slice(row, row + 4), be(data, row + 8, 4), be(data, row + 12, 4), be(data, row + 12, 4)];
  }
}

function* packedDirectory(data, found) {
  const count = be(data, 12, 2);
  if (count > 64) found.partial = true;
  for (let row = 44; row < 44 + 20 * Math.min(count, 64); row += 20) yield [data.slice(row, row + 4), ...[4, 8, 12].map((at) => be(data, row + at, 4))];
}

function tables(data, rows, found) {
  let seen = false;
  for (const [name, start, size, whole] of rows) {
    seen = true;
    if (QUIET.has(name.replace(/ +$/, "")) && name !== "name" && name !== "head") continue;
    let block = data.slice(start, start + size);
    if (block.length < size) found.damaged = true;
    if (size < whole) block = inflate(block, found, true);
    table(name, block, found);
  }
  if (!seen) found.damaged = true;
}

function table(name, block, found) {
  if (!found.take(block.length)) return;
  if (name === "name") names(block, found);
  else if (name === "head") {
    for (const [what, at] of [["made", 20], ["changed", 28]]) {
      const seconds = be(block, at, 8);
      if (seconds > EPOCH) found.add(what, moment(seconds - EPOCH));
    }
  } else addWords(block, found);
}

function names(block, found) {
  const [count, texts] = [be(block, 2, 2), be(block, 4, 2)];
  if (count > ROWS) found.partial = true;
  for (let row = 6; row < 6 + 12 * Math.min(count, ROWS); row += 12) {
    const [platform, , , number, size, start] = [0, 2, 4, 6, 8, 10].map((at) => be(block, row + at, 2));
    const text = block.slice(texts + start, texts + start + Math.min(size, 2000));
    found.addIf(NAMES[number] ?? "property", readable(platform === 0 || platform === 3 ? `\xfe\xff${text}` : text));
  }
}

// Its names, and the texts that its first dictionary names.
function cff(data) {
  const [named, tops] = index(data, data.length > 2 ? data.charCodeAt(2) : 4);
  const [dictionaries, after] = index(data, tops);
  const [texts] = index(data, after);
  const said = named.slice(0, 20).map(readable);
  for (const top of dictionaries.slice(0, 20)) said.push(...textNumbers(top).flatMap((n) => (texts[n - STANDARD] === undefined ? [] : [readable(texts[n - STANDARD])])));
  return said;
}

function index(data, at) {
  const [count, width] = [be(data, at, 2), be(data, at + 2, 1)];
  if (!count || width < 1 || width > 4) return [[], at + 2];
  const start = at + 3;
  const places = Array.from({ length: count + 1 }, (_, n) => be(data, start + n * width, width));
  const base = start + (count + 1) * width - 1;
  const rows = places.slice(1).map((end, n) => data.slice(base + places[n], base + Math.min(end, places[n] + 2000)));
  return [rows, base + places.at(-1)];
}

// The operands of operators that name texts.
function textNumbers(top) {
  const said = [];
  let [before, at] = [0, 0];
  while (at < top.length) {
    const byte = top.charCodeAt(at);
    if (byte <= 21) {
      const operator = byte === 12 && at + 1 < top.length ? 1200 + top.charCodeAt(at + 1) : byte;
      if (TEXTS.has(operator)) said.push(before);
      at += byte === 12 ? 2 : 1;
    } else if (byte === 30) {
      while (at + 1 < top.length && (top.charCodeAt(at + 1) & 15) !== 15 && top.charCodeAt(at + 1) >> 4 !== 15) at += 1;
      at += 2;
    } else {
      const [value, size] = operand(top, at);
      before = value;
      at += size;
    }
  }
  return said;
}

function operand(top, at) {
  const byte = top.charCodeAt(at);
  const following = be(top, at + 1, 1);
  if (byte === 28) return [(be(top, at + 1, 2) << 16) >> 16, 3];
  if (byte === 29) return [be(top, at + 1, 4) | 0, 5];
  if (byte >= 247 && byte <= 250) return [(byte - 247) * 256 + following + 108, 2];
  if (byte >= 251 && byte <= 254) return [-(byte - 251) * 256 - following - 108, 2];
  return [byte - 139, 1];
}
