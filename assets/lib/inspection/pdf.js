// SPDX-License-Identifier: AGPL-3.0-or-later
// What a PDF tells. As src/demur/client/inspection/pdf.py.

import { unfiltered } from "./filters.js";
import { embeddedFont } from "./fonts.js";
import { isMarkup, markup } from "./markuptext.js";
import { profile } from "./profiles.js";
import { first, raw, readable, TABLES, trimmed } from "./report.js";

const OBJECT = /([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}obj/g;
const STREAM = /stream(?:\r\n|\n|\r)/g;
const ESCAPED = /\/[^\x00-\x20()<>[\]{}/%#]{0,60}#[^\x00-\x20()<>[\]{}/%]{0,60}/g;
const KEY = /\/([^\x00-\x20()<>[\]{}/%]{1,60})[ \t\r\n]{0,9}(?=(\(|<[0-9A-Fa-f]|([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}R))/g;
const SUBTYPE = /\/Subtype[ \t\r\n]{0,9}\/([A-Za-z0-9]{1,30})/g;
const IDENTITY = /\/ID[ \t\r\n]{0,9}\[[ \t\r\n]{0,9}<([0-9A-Fa-f]{1,64})>/;
const INFO = /\/Info[ \t\r\n]{1,9}([0-9]{1,10})[ \t\r\n]/g;
const COVERS = /[ \t\r\n](?:f|F|f\*|b|B|b\*|B\*)(?:[ \t\r\n]|$)/g;
const WRITES = /T[jJ][ \t\r\n]|[ \t\r\n]3[ \t\r\n]Tr/;
const NOTED = new Set(
  "Text FreeText Highlight Underline StrikeOut Squiggly Stamp Caret Ink Square Circle Line Polygon PolyLine Sound FileAttachment".split(" "),
);
const PRESENT = [
  ["/Encrypt", "encrypted"], ["/JavaScript", "script"], ["/JS", "script"], ["/Launch", "script"], ["/EmbeddedFile", "attachment"], ["/AcroForm", "form"],
  ["/XFA", "form"], ["/OCProperties", "hidden"], ["/PieceInfo", "property"], ["/Thumb ", "thumbnail"], ["/ByteRange", "identifier"],
  ["/SubmitForm", "address"], ["/Redact", "covered"],
];
const ELSEWHERE = new Map(Object.entries({
  F: "attachment", UF: "attachment", ID: "identifier", Name: "author", Location: "place", Reason: "note", ContactInfo: "author", Contents: "comments",
  T: "author", V: "note", TU: "note", URI: "note", RC: "comments", Subj: "title", NM: "identifier", M: "changed",
}));
const KEYS_OF = new Map(Object.entries(TABLES.pdf));
// A stream that is a picture of points, one that holds a picture's file, and one that is a font.
const IMAGE = /\/Subtype[ \t\r\n]{0,9}\/Image(?![A-Za-z])/;
const NESTED = /\/(?:DCT|DCTDecode|JPXDecode)(?![A-Za-z])|\/Filter[ \t\r\n]{0,9}\[?[ \t\r\n]{0,9}[0-9]/;
const FONT = /\/Length[123][ \t\r\n]|\/Subtype[ \t\r\n]{0,9}\/(?:Type1C|CIDFontType0C|OpenType)/;
const HEADER = 4096;
const ESCAPES = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };
const STREAMS = 400;
const KEYS = 20_000;
const LONGEST = 2_000;
const STRING_COST = 2048;

export function pdf(data, found, nested) {
  const start = Math.max(0, data.indexOf("%PDF-"));
  if (start) found.add("leading", String(start));
  versions(data, found, nested);
  const document = { objects: new Map(), bodies: [unescaped(data)], asked: new Set() };
  read(document, document.bodies[0]);
  streams(data, document, found, nested);
  for (const body of document.bodies.slice(1)) read(document, body);
  for (const body of document.bodies) {
    for (const [name, what] of PRESENT) if (body.includes(name)) found.add(what, "");
    keys(body, document, found);
  }
  information(document, found);
}

function read(document, body) {
  for (const match of first(body.matchAll(OBJECT), KEYS)) object(document, match[1], [body, match.index + match[0].length]);
}

function named(document, number) {
  const [where, at] = document.objects.get(number)?.at(-1) ?? ["", 0];
  return where.slice(at, at + 400).split("endobj")[0];
}

function object(document, number, place) {
  if (!document.objects.has(number)) document.objects.set(number, []);
  document.objects.get(number).push(place);
}

function versions(text, found, nested) {
  const ends = text.split("%%EOF").length - 1;
  if (ends > (text.slice(0, 4096).includes("/Linearized") ? 2 : 1)) found.add("revision", String(ends));
  if (!ends) {
    found.damaged = true;
    return;
  }
  const after = text.lastIndexOf("%%EOF") + 5;
  if (trimmed(text.slice(after), "\r\n \t\0")) {
    found.add("trailing", String(text.length - after));
    nested("", text.slice(after), found);
  }
}

function unescaped(text) {
  return text.replace(ESCAPED, (name) => name.replace(/#([0-9A-Fa-f]{2})/g, (_, pair) => String.fromCharCode(parseInt(pair, 16))));
}

function streams(text, document, found, nested) {
  let count = 0;
  let reached = 0;
  for (const match of text.matchAll(STREAM)) {
    if (count === STREAMS) {
      found.partial = true;
      break;
    }
    count += 1;
    const start = match.index;
    const begin = start + match[0].length;
    if (text.slice(start - 3, start) === "end") continue;
    const header = headerOf(text, start, found);
    const next = text.indexOf("endstream", begin);
    const end = next > 0 ? next : text.length;
    if (start < reached && !found.take(end - begin)) break; // streams in streams: each is read to its end
    reached = end;
    stream(header, text.slice(begin, end), document, found, nested);
  }
}

// What stands before a stream, from the beginning of its object.
function headerOf(text, end, found) {
  const before = text.slice(Math.max(0, end - HEADER), end);
  let start = -1;
  for (const match of before.matchAll(OBJECT)) start = match.index + match[0].length;
  if (start < 0) found.partial = true;
  return unescaped(before.slice(Math.max(0, start)));
}

function stream(header, data, document, found, nested) {
  if (header.includes("/XRef") || (IMAGE.test(header) && !NESTED.test(header))) return;
  const [text, left] = unfiltered(header, data, (number) => named(document, number), found);
  if (["DCTDecode", "DCT", "JPXDecode"].includes(left)) nested("image", text.replace(/[\r\n]+$/, ""), found);
  else if (left) return;
  else if (header.includes("/ObjStm")) packed(text, document);
  else if (header.includes("/EmbeddedFile")) nested("attachment", text, found);
  else if (text.slice(36, 40) === "acsp") profile(text, found);
  else if (FONT.test(header)) embeddedFont(text, found);
  else if (header.includes("/XFA") || isMarkup(text)) markup(text, found, nested);
  else covered(text, found);
}

function covered(text, found) {
  const written = WRITES.exec(text);
  if (!written) return;
  COVERS.lastIndex = written.index + written[0].length;
  if (written[0][0] !== "T" || COVERS.test(text)) found.add("covered", "");
}

function packed(text, document) {
  const numbers = text.slice(0, headLength(text)).match(/[0-9]{1,10}/g)?.slice(0, KEYS) ?? [];
  const body = unescaped(text);
  document.bodies.push(body);
  for (let at = 0; at < numbers.length - 1; at += 2) object(document, numbers[at], [body, -Number(numbers[at + 1]) - 1]);
}

function headLength(text) {
  return /^[0-9 \r\n\t]*/.exec(text)[0].length;
}

function keys(body, document, found) {
  for (const match of first(body.matchAll(KEY), KEYS)) {
    const what = meaning(match[1], body, match.index);
    const asked = `${what}\0${match[3]}`;
    if (!what || document.asked.has(asked)) continue;
    if (match[3]) document.asked.add(asked);
    for (const value of values(body, match.index + match[0].length, match[3], document, found)) found.addIf(what, value);
  }
  for (const match of first(body.matchAll(SUBTYPE), KEYS)) {
    if (NOTED.has(match[1])) {
      found.add("comments", "");
      break;
    }
  }
  const identity = IDENTITY.exec(body);
  if (identity) found.add("identifier", identity[1]);
}

function meaning(key, body, at) {
  if (key === "T" && body.slice(Math.max(0, at - 300), at + 300).includes("/FT")) return "form";
  return KEYS_OF.get(key) || ELSEWHERE.get(key) || "";
}

function information(document, found) {
  for (const body of document.bodies.slice(0, 40)) {
    for (const reference of first(body.matchAll(INFO), 20)) {
      for (const [where, at] of (document.objects.get(reference[1]) ?? []).slice(0, 20)) madeUp(where, at, document, found);
    }
  }
}

function madeUp(where, at, document, found) {
  if (at < 0) return;
  const end = where.indexOf("endobj", at);
  const block = where.slice(at, Math.min(end > 0 ? end : where.length, at + 20_000));
  for (const match of block.matchAll(KEY)) {
    if (KEYS_OF.has(match[1])) continue;
    for (const value of values(block, match.index + match[0].length, match[3], document, found)) found.addIf("property", `${match[1]}: ${value}`);
  }
}

function* values(body, at, reference, document, found) {
  if (reference === undefined) {
    yield string(body, at, found);
    return;
  }
  for (const [where, place] of (document.objects.get(reference) ?? []).slice(0, 8)) {
    let begin = place >= 0 ? place : headLength(where) - place - 1;
    while (begin < where.length && " \r\n\t".includes(where[begin])) begin += 1;
    if (where[begin] === "(" || (where[begin] === "<" && where[begin + 1] !== "<")) yield string(where, begin, found);
  }
}

// The string that begins at `at`: in parentheses, which may be nested and escaped, or in hexadecimal digits.
function string(body, at, found) {
  if (!found.take(STRING_COST)) return "";
  if (body[at] === "<") {
    const end = body.slice(at, at + 2 * LONGEST).indexOf(">");
    const digits = (end > 0 ? body.slice(at, at + end) : "").replace(/[^0-9A-Fa-f]/g, "");
    let bytes = "";
    for (let n = 0; n < digits.length; n += 2) bytes += String.fromCharCode(parseInt(digits.slice(n, n + 2).padEnd(2, "0"), 16));
    return decoded(bytes);
  }
  let letters = "";
  let depth = 0;
  let place = at;
  while (place < Math.min(body.length, at + LONGEST)) {
    const letter = body[place];
    if (letter === "\\") {
      const [part, next] = escape(body, place + 1);
      letters += part;
      place = next;
      continue;
    }
    if (letter === "(") depth += 1;
    if (letter === ")") depth -= 1;
    if (depth === 0) break;
    letters += letter;
    place += 1;
  }
  return decoded(letters.slice(1));
}

function escape(body, at) {
  const letter = body[at] ?? "";
  const digits = /^[0-7]{1,3}/.exec(body.slice(at, at + 3));
  if (digits) return [String.fromCharCode(parseInt(digits[0], 8) & 255), at + digits[0].length];
  if (letter === "\r" || letter === "\n") return ["", at + 1];
  return [Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : letter, at + 1];
}

function decoded(data) {
  const bytes = String.fromCharCode(...raw(data));
  return readable(bytes.startsWith("\xef\xbb\xbf") ? bytes.slice(3) : bytes).replaceAll("\0", "");
}
