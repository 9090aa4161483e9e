// SPDX-License-Identifier: AGPL-3.0-or-later
// What formats made of letters tell: mail, contacts, calendars, RTF, PostScript, JSON, and others line by line. As
// src/demur/client/inspection/textual.py.

import { type1 } from "./fonts.js";
import { packets } from "./markuptext.js";
import { first, readable, TABLES, trimmed } from "./report.js";
import { addPaths } from "./unpacking.js";

const HEADER = /^([!-9;-~]{1,60}):[ \t]*([^\r\n]*)$/;
const WORD = /=\?([A-Za-z0-9_.-]{1,30})\?([BbQq])\?([^? \t]{1,300})\?=/g;
const FILE = /(?:file)?name\*?[ \t]*=[ \t]*"?([^"\r\n;]{1,200})/gi;
const PACKED = /base64[ \t]*\r?\n(?:[!-9;-~]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n){0,20}){0,20}\r?\n([A-Za-z0-9+/= \t\r\n]{8,})/gi;
const DIRECTORY = new Map(Object.entries({
  FN: "author", N: "author", EMAIL: "author", NICKNAME: "author", ORGANIZER: "author", ATTENDEE: "recipient", CONTACT: "author", ORG: "organisation",
  TITLE: "title", SUMMARY: "title", DESCRIPTION: "note", NOTE: "note", LOCATION: "place", GEO: "place", ADR: "place", PRODID: "program", UID: "identifier",
  DTSTAMP: "changed", CREATED: "made", REV: "changed", "LAST-MODIFIED": "changed", PHOTO: "embedded", ATTACH: "attachment", BEGIN: "", END: "", VERSION: "",
  DN: "author", CN: "author", MAIL: "author", SN: "author",
}));
const TELLING = /"([^"\\]{0,80})"[ \t\r\n]{0,20}:[ \t\r\n]{0,20}("(?:[^"\\]|\\[^\r\n]){0,400}|-?[0-9][0-9.eE+-]{0,30})/g;
const NAMES = /author|creator|owner|user|name|mail|editor|company|org|path|file|host|machine|computer|device|serial|lat|lon|place|city|created|modified|date|time|program|generator|software|version|id$|uuid|comment|title|phone|login|account|license|source|url|kernel/i;
const CONTROL = /\\([a-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\\*|\\[^a-z]|[{}]/g;
const GROUP = /\{[ \t\r\n]*(?:\\\*[ \t\r\n]*)?\\([a-z]{1,32})/g;
const STAMP = /\\(yr|mo|dy|hr|min|sec)([0-9]{1,4})/g;
const DSC = /(?:^|[\r\n])%%([A-Za-z0-9_]{1,40}):[ \t]*([^\r\n]{1,300})/g;
const PDF_MARK = /\/(Author|Creator|Title|Subject|Keywords|Producer)[ \t\r\n]{0,9}\(([^()]{1,300})\)/g;
const NAMED = /^[#;%*/\\"@:.< -]{0,6}([A-Za-z0-9_.+-]{1,40})[ \t]{0,9}[:={([]/;
const REMARK = /\/\*((?:[^*]|\*[^/]){1,600})|(?:^|[\r\n])[ \t]*[#;%][ \t]*([^\r\n]{3,300})|(?:^|[\r\n])(-----BEGIN [A-Z ]{1,60}|[A-Za-z-]{1,20}: [^\r\n]{1,200})/g;
const BENCODED = /[0-9]{1,3}:(created by|comment|name|announce|publisher|source|path)[0-9]{1,4}:([^\x00-\x1f]{1,200})/g;
const CELLS = 300;
const GROUP_COST = 8192;
const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
const linesOf = (text) => text.split(/\r\n|\n|\r/);
const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

export function mail(data, found, nested) {
  headers(data, found);
  for (const match of first(data.matchAll(FILE), CELLS)) found.addIf("attachment", readable(match[1]));
  for (const match of first(data.matchAll(PACKED), 50)) nested("attachment", unpacked(match[1]), found);
  addPaths(data, found);
}

function headers(text, found) {
  let name = "";
  let value = "";
  let heads = true;
  for (const line of linesOf(text)) {
    if (heads && (line[0] === " " || line[0] === "\t") && name) {
      value = `${value} ${trimmed(line, " ")}`.slice(0, 1000);
      continue;
    }
    header(name, value, found);
    const looked = heads || ["received", "message-", "content-"].includes(lower(line.slice(0, 8)));
    const match = looked ? HEADER.exec(line) : null;
    [name, value] = match ? [lower(match[1]), match[2]] : ["", ""];
    heads = match !== null || line.startsWith("From ") || line.startsWith(">From ") || (line.startsWith("--") && line.length > 4);
  }
  header(name, value, found);
}

function header(name, value, found) {
  if (!name) return;
  const what = own(TABLES.headers.what, name) ?? "property";
  const plain = readable(value).replace(WORD, (_, set, code, letters) => encodedWord(code, letters));
  found.addIf(what, what === "property" ? `${name}: ${plain}` : plain);
}

function encodedWord(code, letters) {
  if (code === "B" || code === "b") return readable(unpacked(letters));
  return readable(letters.replaceAll("_", " ").replace(/=([0-9A-Fa-f]{2})/g, (_, pair) => String.fromCharCode(parseInt(pair, 16))));
}

function unpacked(text) {
  const clean = text.replace(/[^A-Za-z0-9+/]/g, "");
  return atob(clean.slice(0, clean.length - (clean.length % 4 === 1 ? 1 : 0)));
}

export function directory(data, found) {
  let last;
  for (const line of linesOf(data).slice(0, 20_000)) {
    if ((line[0] === " " || line[0] === "\t") && last) {
      last = [last[0], `${last[1]}${line.slice(1)}`.slice(0, 1000)];
      continue;
    }
    property(last, found);
    const sign = line.indexOf(":");
    last = sign >= 0 ? [line.slice(0, sign), line.slice(sign + 1)] : undefined;
  }
  property(last, found);
}

function property(row, found) {
  if (!row) return;
  const parts = row[0].split(/[;.]/);
  const name = trimmed(row[0].includes(".") && !row[0].includes(";") ? parts.at(-1) : parts[0], " \t\xef\xbb\xbf").toUpperCase();
  const what = DIRECTORY.has(name) ? DIRECTORY.get(name) : "property";
  let value = readable(row[1]);
  if ((what === "author" || what === "recipient") && row[0].includes(";")) value = `${readable(row[0].slice(row[0].indexOf(";") + 1))} ${value}`;
  found.addIf(what, what === "property" ? `${name}: ${value}` : value);
}

export function rtf(data, found) {
  for (const match of data.matchAll(GROUP)) {
    const what = own(TABLES.rtf, match[1]);
    if (!what) continue;
    const inner = group(data, match.index + match[0].length, found);
    const stamp = [...inner.matchAll(STAMP)].map(([, , number]) => number.padStart(2, "0")).join("");
    found.addIf(what, stamp || letters(inner));
    if (["tracked", "comments", "embedded"].includes(what)) found.add(what, "");
  }
  if (/\\(?:revised|deleted)(?![a-z])/.test(data)) found.add("tracked", "");
  if (/\\v(?![a-z0-9])/.test(data)) found.add("hidden", "");
  if (!data.replace(/[\0\r\n\t ]+$/, "").endsWith("}")) found.damaged = true;
  addPaths(data, found);
}

function group(text, at, found) {
  if (!found.take(GROUP_COST)) return "";
  const end = Math.min(text.length, at + 2000);
  let depth = 1;
  let place = at;
  while (place < end && depth) {
    const letter = text[place];
    if (letter === "\\") {
      place += 2;
      continue;
    }
    if (letter === "{") depth += 1;
    if (letter === "}") depth -= 1;
    place += 1;
  }
  return text.slice(at, depth ? place : place - 1);
}

function letters(inner) {
  const plain = readable(inner.replace(/^ /, "").replace(CONTROL, (whole, word, number, code) => {
    if (code) return String.fromCharCode(parseInt(code, 16));
    if (word === "u" && number) return `\0${parseInt(number, 10) & 0xffff};`;
    if (["\\\\", "\\{", "\\}"].includes(whole)) return whole[1];
    return whole === "{" || whole === "}" ? " " : "";
  }));
  return plain.replace(/\0([0-9]{1,5});[?]?/g, (_, number) => (Number(number) < 0xd800 || Number(number) >= 0xe000 ? String.fromCharCode(Number(number)) : ""));
}

export function postscript(data, found, nested) {
  for (const match of first(data.matchAll(DSC), CELLS)) {
    const what = own(TABLES.postscript, match[1]) ?? "property";
    const value = trimmed(readable(match[2]), "()");
    found.addIf(what, what === "property" ? `${match[1]}: ${value}` : value);
  }
  for (const match of data.matchAll(PDF_MARK)) found.addIf(TABLES.pdf[match[1]], readable(match[2]));
  type1(data, found);
  packets(data, found, nested);
  addPaths(data, found);
}

export function jsonText(data, found) {
  let count = 0;
  for (const match of data.matchAll(TELLING)) {
    if (!NAMES.test(match[1])) continue;
    if (count === CELLS) break;
    count += 1;
    found.addIf("property", `${readable(match[1])}: ${readable(match[2].replace(/^"/, ""))}`);
  }
  if (data.includes('"outputs"')) found.add("embedded", "outputs");
  addPaths(data, found);
}

export function lines(data, found) {
  for (const line of linesOf(data).slice(0, 20_000)) {
    const match = NAMED.exec(trimmed(line.slice(0, 200), " \t"));
    if (match && NAMES.test(match[1])) found.addIf("property", readable(line.slice(0, 1000)));
  }
  for (const match of first(data.matchAll(REMARK), CELLS)) found.addIf("note", readable(match.slice(1).filter(Boolean).join("")));
  for (const match of first(data.matchAll(BENCODED), CELLS)) found.addIf("property", `${match[1]}: ${readable(match[2])}`);
  addPaths(data, found);
}
