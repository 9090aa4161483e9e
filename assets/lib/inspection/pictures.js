// SPDX-License-Identifier: AGPL-3.0-or-later
// What PNG, JPEG, GIF and WebP tell: everything but the parts of a short list. As src/demur/client/inspection/pictures.py.

import { iptc, photoshop, tiff } from "./exif.js";
import { markup } from "./markuptext.js";
import { profile } from "./profiles.js";
import { be, le, readable, TABLES } from "./report.js";
import { addWords, inflate } from "./unpacking.js";

// Chunks in which nobody stands, with the most bytes that each can have by the standard.
const PNG_QUIET = { IHDR: 13, PLTE: 768, IDAT: 2 ** 31, IEND: 0, tRNS: 256, bKGD: 6 };
// Chunks of fixed size that say how a screen or program showed the picture.
const PNG_SETTINGS = { gAMA: 4, cHRM: 32, sRGB: 1, sBIT: 4, pHYs: 9, hIST: 512, cICP: 4, mDCV: 24, cLLI: 8 };
const JPEG_QUIET = new Set([0xdb, 0xc4, 0xcc, 0xdd, 0xdc, 0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);
const WEBP_QUIET = new Set(["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"]);
const EXTENSION = "http://ns.adobe.com/xmp/extension/\0"; // then 32 digits, length and place
const HEX = /^[ \t\r\n]*[a-z0-9]*[ \t\r\n]+[0-9]+([0-9A-Fa-f \t\r\n]*)/;
const two = (data, at) => String(data.charCodeAt(at)).padStart(2, "0");

export function png(data, found, nested) {
  let at = 8;
  let kind = "";
  while (at + 12 <= data.length && kind !== "IEND") {
    const size = be(data, at, 4);
    kind = data.slice(at + 4, at + 8);
    if (at + 12 + size > data.length) break;
    pngChunk(kind, data.slice(at + 8, at + 8 + size), found, nested);
    at += 12 + size;
  }
  if (kind !== "IEND") found.damaged = true;
  after(data.slice(at), found, nested);
}

function pngChunk(kind, data, found, nested) {
  if (Object.hasOwn(PNG_QUIET, kind) && data.length <= PNG_QUIET[kind]) return;
  if (Object.hasOwn(PNG_SETTINGS, kind) && data.length <= PNG_SETTINGS[kind]) found.add("settings", kind);
  else if (kind === "eXIf") tiff(data, found, nested);
  else if (kind === "tEXt" || kind === "zTXt" || kind === "iTXt") pngText(kind, data, found, nested);
  else if (kind === "tIME" && data.length === 7) {
    found.add("changed", `${be(data, 0, 2)}-${two(data, 2)}-${two(data, 3)} ${two(data, 4)}:${two(data, 5)}:${two(data, 6)}`);
  } else if (kind === "iCCP") {
    const [name, rest] = partition(data);
    found.add("profile", readable(name));
    profile(inflate(rest.slice(1), found, true), found);
  } else {
    found.add("property", `${kind} ${data.length}`);
    addWords(data, found);
  }
}

function partition(text, sign = "\0") {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function pngText(kind, data, found, nested) {
  let [name, rest] = partition(data);
  if (kind === "zTXt") rest = inflate(rest.slice(1), found, true);
  if (kind === "iTXt") {
    const packed = rest[0] === "\x01";
    rest = partition(partition(rest.slice(2))[1])[1];
    if (packed) rest = inflate(rest, found, true);
  }
  name = readable(name);
  if (name === "XML:com.adobe.xmp") markup(rest, found, nested);
  else if (name.startsWith("Raw profile type")) rawProfile(rest, found, nested);
  else {
    const what = Object.hasOwn(TABLES.png, name) ? TABLES.png[name] : "property";
    found.add(what, what === "property" || what === "note" ? `${name}: ${readable(rest)}` : readable(rest));
  }
}

// What ImageMagick writes: a name, a length, and hexadecimal digits.
function rawProfile(text, found, nested) {
  const digits = (HEX.exec(text)?.[1] ?? "").replace(/[^0-9A-Fa-f]/g, "");
  let block = "";
  for (let n = 0; n + 1 < digits.length; n += 2) block += String.fromCharCode(parseInt(digits.slice(n, n + 2), 16));
  found.add("property", `Raw profile ${block.length}`);
  if (block.startsWith("Exif\0\0")) tiff(block.slice(6), found, nested);
  else if (block.slice(0, 64).includes("8BIM")) photoshop(block, found, nested);
  else if (block.slice(0, 64).includes("<")) markup(block, found, nested);
  else {
    iptc(block, found);
    addWords(block, found);
  }
}

export function jpeg(data, found, nested) {
  const marker = /\xff[\x01-\xcf\xd8-\xfe]/g;
  let at = 2;
  let scan = false;
  const parts = {};
  for (;;) {
    marker.lastIndex = at;
    const match = marker.exec(data);
    if (!match) break;
    if (!scan && /[^\xff]/.test(data.slice(at, match.index))) found.add("hidden", "");
    const kind = match[0].charCodeAt(1);
    at = match.index + 2;
    if (kind === 0xd9) {
      joined(parts, found, nested);
      after(data.slice(at), found, nested);
      return;
    }
    const size = be(data, at, 2);
    if (kind === 0x01 || kind === 0xd8 || size < 2 || at + size > data.length) break;
    const inner = data.slice(at + 2, at + size);
    if (kind === 0xe1 && inner.startsWith(EXTENSION)) parts.xmp = (parts.xmp ?? "") + inner.slice(75);
    else if (kind === 0xe2 && inner.startsWith("ICC_PROFILE\0")) parts.icc = (parts.icc ?? "") + inner.slice(14);
    else if (kind !== 0xda && !JPEG_QUIET.has(kind)) segment(kind, inner, found, nested);
    else if (!fits(kind, inner)) {
      found.add("hidden", kind.toString(16).toUpperCase().padStart(2, "0")); // more in a table than its numbers
      addWords(inner, found);
    }
    at += size;
    scan = kind === 0xda;
  }
  joined(parts, found, nested);
  found.damaged = true;
}

// What stands in several segments: the rest of a long XMP packet, and a colour profile.
function joined({ xmp, icc }, found, nested) {
  if (xmp !== undefined) {
    found.add("property", "XMP");
    markup(xmp, found, nested);
  }
  if (icc !== undefined) {
    found.add("profile", "APP2");
    profile(icc, found);
  }
}

// Whether a table or header of the picture itself ends where its numbers do.
function fits(kind, data) {
  let at = 0;
  if (kind === 0xdb) {
    while (at < data.length) at += data.charCodeAt(at) >> 4 ? 129 : 65;
    return at === data.length;
  }
  if (kind === 0xc4) {
    while (at + 17 <= data.length) {
      let codes = 0;
      for (let n = 1; n < 17; n += 1) codes += data.charCodeAt(at + n);
      at += 17 + codes;
    }
    return at === data.length;
  }
  const counts = { 0xdd: 2, 0xdc: 2, 0xda: data ? 4 + 2 * data.charCodeAt(0) : -1 };
  return data.length === (counts[kind] ?? (data.length > 5 ? 6 + 3 * data.charCodeAt(5) : -1)) || kind === 0xcc;
}

function segment(kind, data, found, nested) {
  const head = data.slice(0, 40);
  if (kind === 0xe0 && head.startsWith("JFIF\0") && data.length === 14 && data.slice(12, 14) === "\0\0") return;
  if (kind === 0xee && head.startsWith("Adobe") && data.length === 12) return;
  if (kind === 0xfe) {
    found.add("note", readable(data));
    return;
  }
  const reader = SEGMENTS.find(([start]) => head.startsWith(start))?.[1];
  const name = kind >= 0xe0 && kind <= 0xef ? `APP${kind - 0xe0}` : kind.toString(16).toUpperCase().padStart(2, "0");
  if (reader) reader(data, found, nested);
  else {
    found.add("property", name);
    addWords(data, found);
  }
}

function exifSegment(data, found, nested) {
  found.add("property", "Exif");
  tiff(data.slice(6), found, nested);
}

function xmpSegment(data, found, nested) {
  found.add("property", "XMP");
  markup(data.slice(data.indexOf("\0") + 1), found, nested);
}

const small = (_, found) => found.add("thumbnail", "");
const SEGMENTS = [["Exif\0\0", exifSegment], ["http://ns.adobe.com/x", xmpSegment], ["Photoshop", photoshop], ["JFIF", small], ["JFXX", small]];

export function gif(data, found, nested) {
  let at = 13 + colours(data, 10);
  while (at < data.length && data[at] !== "\x3b") {
    if (data[at] === "\x2c" && at + 10 < data.length) at = subBlocks(data, at + 11 + colours(data, at + 9))[0];
    else if (data[at] === "\x21" && at + 2 < data.length) at = extension(data, at, found, nested);
    else break;
  }
  if (data[at] !== "\x3b") {
    found.damaged = true;
    addWords(data.slice(at), found);
    return;
  }
  after(data.slice(at + 1), found, nested);
}

function colours(data, at) {
  const packed = at < data.length ? data.charCodeAt(at) : 0;
  return packed & 0x80 ? 3 << ((packed & 7) + 1) : 0;
}

function extension(data, at, found, nested) {
  const kind = data.charCodeAt(at + 1);
  const [end, inner] = subBlocks(data, at + 2);
  if (kind === 0xfe) found.add("note", readable(inner));
  else if (kind === 0xff) {
    if (inner.startsWith("XMP DataXMP")) markup(data.slice(at, end), found, nested);
    if (!(["NETSCAPE2.0", "ANIMEXTS1.0"].includes(inner.slice(0, 11)) && inner.length <= 16)) {
      found.add("property", readable(inner.slice(0, 11)));
      if (inner.startsWith("ICCRGBG1")) profile(inner.slice(11), found);
      else addWords(inner.slice(11), found);
    }
  } else if (kind !== 0xf9 || inner.length !== 4) found.add("note", readable(inner));
  return end;
}

function subBlocks(data, start) {
  const parts = [];
  let at = start;
  while (at < data.length && data.charCodeAt(at)) {
    const size = data.charCodeAt(at);
    parts.push(data.slice(at + 1, at + 1 + size));
    at += 1 + size;
  }
  return [at + 1, parts.join("")];
}

export function webp(data, found, nested) {
  const claimed = 8 + le(data, 4, 4);
  const end = Math.min(claimed, data.length);
  let at = 12;
  while (at + 8 <= end) {
    const size = le(data, at + 4, 4);
    const inner = data.slice(at + 8, Math.min(at + 8 + size, end));
    if (inner.length < size) found.damaged = true;
    webpChunk(data.slice(at, at + 4), inner, found, nested);
    at += 8 + size + (size & 1);
  }
  if (claimed > data.length) found.damaged = true;
  after(data.slice(Math.max(at, end)), found, nested);
}

function webpChunk(kind, data, found, nested) {
  if (WEBP_QUIET.has(kind)) return;
  if (kind === "EXIF") tiff(data.startsWith("Exif\0\0") ? data.slice(6) : data, found, nested);
  else if (kind === "XMP ") markup(data, found, nested);
  found.add(kind === "ICCP" ? "profile" : "property", kind);
  if (kind === "ICCP") profile(data, found);
  else if (kind !== "XMP ") addWords(data, found);
}

function after(data, found, nested) {
  if (!data) return;
  found.add("trailing", String(data.length));
  nested("", data, found);
  addWords(data.slice(0, 65_536), found);
}
