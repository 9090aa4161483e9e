// SPDX-License-Identifier: AGPL-3.0-or-later
// The filters of a PDF's streams, one after the other, as they are named. As src/demur/client/inspection/filters.py.

import { latin } from "./report.js";
import { inflate } from "./unpacking.js";

const NAMES = /\/(FlateDecode|Fl|LZWDecode|LZW|ASCII85Decode|A85|ASCIIHexDecode|AHx|RunLengthDecode|RL|CCITTFaxDecode|CCF|JBIG2Decode|DCTDecode|DCT|JPXDecode|Crypt|[A-Za-z0-9]{1,40}Decode)(?![A-Za-z0-9._-])/g;
const REFERRED = /\/(?:Filter|DecodeParms|DP)[ \t\r\n]{0,9}\[?[ \t\r\n]{0,9}([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}R/g;
const KEPT = new Set(["DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode"]);
const BLANK = /[\x00\t\n\x0c\r ]+/g;
const ROW = 1 << 20;
const LZW_COST = 8;
const READERS = {
  ...{ FlateDecode: flate, Fl: flate, LZWDecode: packed, LZW: packed, ASCII85Decode: ascii85, A85: ascii85 },
  ...{ ASCIIHexDecode: hexadecimal, AHx: hexadecimal, RunLengthDecode: runs, RL: runs },
};

// [what a stream holds, the filter of a picture that is left]; `named` gives the object of a number, for what stands elsewhere.
export function unfiltered(head, stream, named, found) {
  const header = head + elsewhere(head, named, found);
  const names = Array.from(header.matchAll(NAMES), ([, name]) => name);
  if (names.length === 0 && /\/Filter[ \t\r\n]{0,9}[[/]/.test(header) && !/\/Filter[ \t\r\n]{0,9}\[[ \t\r\n]*\]/.test(header)) found.partial = true;
  let data = stream;
  for (const name of names) {
    if (KEPT.has(name)) return [data, name];
    if (Object.hasOwn(READERS, name)) data = READERS[name](data, header, found);
    else if (name !== "Crypt" || !header.includes("/Identity")) found.partial = true;
  }
  return [data, ""];
}

function elsewhere(header, named, found) {
  const texts = [];
  for (const [, number] of [...header.matchAll(REFERRED)].slice(0, 4)) {
    const text = named(number);
    if (!text) found.partial = true;
    texts.push(text);
  }
  return texts.join(" ");
}

function flate(data, header, found) {
  return predicted(inflate(data, found, true), header, found);
}

function packed(data, header, found) {
  if (!found.take(LZW_COST * data.length)) return "";
  return predicted(lzw(data, /\/EarlyChange[ \t\r\n]{1,9}0/.test(header) ? 0 : 1, found), header, found);
}

const FRESH = [...Array.from({ length: 256 }, (_, n) => String.fromCharCode(n)), "", ""];

// Codes of nine to twelve bits, the highest bit first; 256 begins anew, 257 ends.
function lzw(data, early, found) {
  let table = FRESH.slice();
  const out = [];
  let before = "";
  let [bits, held, width] = [0, 0, 9];
  for (let at = 0; at < data.length; at += 1) {
    held = (held << 8) | data.charCodeAt(at);
    bits += 8;
    if (bits < width) continue;
    bits -= width;
    const code = held >> bits;
    held &= (1 << bits) - 1;
    if (code === 257) return out.join("");
    if (code === 256) {
      [table, before, width] = [FRESH.slice(), "", 9];
      continue;
    }
    if (code > table.length || (code === table.length && !before)) {
      found.damaged = true;
      return out.join("");
    }
    const entry = code < table.length ? table[code] : before + before[0];
    if (!found.take(entry.length)) return out.join("");
    out.push(entry);
    if (before && table.length < 4096) table.push(before + (entry[0] ?? ""));
    before = entry;
    width = Math.min(12, Math.max(9, 32 - Math.clz32(table.length + early)));
  }
  if (out.length === 0) found.damaged = true;
  return out.join("");
}

function ascii85(data, _, found) {
  if (!found.take(data.length)) return "";
  const text = data.replace(BLANK, "").replace(/^<~/, "").split("~")[0];
  const out = [];
  let group = "";
  for (const letter of text) {
    if (letter === "z" && !group) out.push("\0\0\0\0");
    else if (letter >= "!" && letter <= "u") {
      group += letter;
      if (group.length === 5) {
        out.push(base85(group));
        group = "";
      }
    } else {
      found.damaged = true;
      break;
    }
  }
  if (group.length > 1) out.push(base85(group.padEnd(5, "u")).slice(0, group.length - 1));
  return out.join("");
}

function base85(group) {
  let value = 0;
  for (const letter of group) value = value * 85 + letter.charCodeAt(0) - 33;
  return String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function hexadecimal(data, _, found) {
  if (!found.take(data.length)) return "";
  const digits = data.replace(BLANK, "").split(">")[0];
  const clean = /^[0-9A-Fa-f]*/.exec(digits)[0];
  if (clean.length < digits.length) found.damaged = true;
  return (clean + "0".repeat(clean.length % 2)).replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)));
}

function runs(data, _, found) {
  const out = [];
  let at = 0;
  while (at < data.length && data.charCodeAt(at) !== 128) {
    const size = data.charCodeAt(at);
    const part = size < 128 ? data.slice(at + 1, at + 2 + size) : data.slice(at + 1, at + 2).repeat(257 - size);
    if (!found.take(part.length + 1)) break;
    out.push(part);
    at += size < 128 ? 2 + size : 2;
  }
  return out.join("");
}

function number(header, key, otherwise) {
  return Number(new RegExp(`/${key}[ \\t\\r\\n]{1,9}([0-9]{1,6})`).exec(header)?.[1] ?? otherwise);
}

// Bytes of which each row tells only how it differs: as PNG or TIFF have it.
function predicted(data, header, found) {
  const kind = number(header, "Predictor", 1);
  const [colours, depth] = [number(header, "Colors", 1), number(header, "BitsPerComponent", 8)];
  const width = Math.floor((number(header, "Columns", 1) * colours * depth + 7) / 8);
  const step = Math.max(1, Math.floor((colours * depth) / 8));
  if (kind < 2 || !data) return data;
  const known = kind > 9 || (kind === 2 && depth === 8);
  if (!known || !(width > 0 && width <= ROW) || !found.take(data.length)) {
    found.partial = true;
    return data;
  }
  const out = [];
  let above = new Uint8Array(width);
  const marked = kind !== 2 ? 1 : 0;
  for (let at = 0; at < data.length; at += width + marked) {
    const row = Uint8Array.from(data.slice(at + marked, at + marked + width), (letter) => letter.charCodeAt(0));
    undone(row, above, step, marked ? data.charCodeAt(at) : 1);
    out.push(latin(row));
    above = new Uint8Array(width);
    above.set(row);
  }
  return out.join("");
}

function undone(row, above, step, kind) {
  for (let n = 0; n < row.length; n += 1) {
    const left = n >= step ? row[n - step] : 0;
    const corner = n >= step ? above[n - step] : 0;
    const guess = [0, left, above[n], (left + above[n]) >> 1][kind] ?? (kind === 4 ? nearest(left, above[n], corner) : 0);
    row[n] = (row[n] + guess) & 255;
  }
}

function nearest(left, above, corner) {
  const guess = left + above - corner;
  const [a, b, c] = [left, above, corner].map((value) => Math.abs(guess - value));
  return a <= b && a <= c ? left : b <= c ? above : corner;
}
