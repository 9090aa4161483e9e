// SPDX-License-Identifier: AGPL-3.0-or-later
// Which kind of file this is: by content, never by name. As src/demur/client/inspection/kinds.py.

import { zipKind } from "./archives.js";
import { raw, TABLES } from "./report.js";

const SIGNATURES = TABLES.signatures.map(([kind, at, digits]) => [kind, at, digits.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16)))]);
const SIGNS = TABLES.signs.map(([kind, pattern, sure, needed]) => [kind, new RegExp(pattern, "i"), sure, needed]);
const HEADER = /^([A-Za-z][A-Za-z0-9-]{0,40}):([ \t]|$)/;
const MBOX = /(?:^|[\r\n])From [^ \t\r\n]{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) /;
const CONTROLS = /[\x00-\x08\x0b\x0e-\x1f\x7f]/g;
const START = /^(?:\xef\xbb\xbf)?[ \t\r\n]*/;

// {name, text, strong, controls}, as the class Kind there.
export function kindOf(data) {
  const text = isText(data);
  const controls = text ? (data.match(CONTROLS)?.length ?? 0) : 0;
  if (text && !controls) return sign(data, 0);
  const binary = binaryKind(data);
  if (binary) return { name: binary, text: false, strong: true, controls: 0 };
  return text ? sign(data, controls) : unknown(data);
}

function isText(data) {
  if (data.includes("\0")) return false;
  if (!/[\x80-\xff]/.test(data)) return true;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(raw(data));
    return true;
  } catch {
    return false;
  }
}

function sign(data, controls) {
  const text = data.slice(START.exec(data)[0].length);
  const head = mail(text);
  if (head) return { name: "mail", text: true, strong: head === "sure", controls };
  const small = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (const [name, pattern, strong, needed] of SIGNS) {
    if ((needed.length === 0 || needed.some((word) => small.includes(word))) && pattern.test(text)) return { name, text: true, strong, controls };
  }
  return { name: "text", text: true, strong: false, controls };
}

function mail(text) {
  if (MBOX.test(text)) return "sure";
  const names = new Set();
  for (const line of text.slice(0, 20_000).split(/\r\n|\n|\r/).slice(0, 200)) {
    const match = HEADER.exec(line);
    if (match) names.add(match[1].toLowerCase());
    else if (line[0] !== " " && line[0] !== "\t") break;
  }
  if (TABLES.headers.transport.some((name) => names.has(name))) return "sure";
  const persons = TABLES.headers.person.filter((name) => names.has(name));
  return persons.length > 1 && persons.some((name) => ["from", "to", "sender"].includes(name)) ? "likely" : "";
}

function binaryKind(data) {
  for (const [kind, at, mark] of SIGNATURES) if (data.startsWith(mark, at)) return kind === "zip" ? zipKind(data) : kind;
  return formed(data);
}

function formed(data) {
  if (["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"].includes(data.slice(4, 8))) return TABLES.brands[data.slice(8, 12)] ?? "mp4";
  const start = data.slice(0, 4);
  if (["RIFF", "RF64", "RIFX"].includes(start)) return { WEBP: "webp", WAVE: "wav", "AVI ": "avi" }[data.slice(8, 12)] ?? "riff";
  if (data.includes("%PDF-")) return "pdf";
  if (start === "FORM") return "iff";
  if (["\xff\xfe", "\xfe\xff"].includes(data.slice(0, 2))) return "utf16";
  return sound(data);
}

// MPEG sound without a tag: eleven bits, then version and layer.
function sound(data) {
  const second = data.length > 2 && data[0] === "\xff" ? data.charCodeAt(1) : 0;
  if ((second & 0xe0) !== 0xe0 || second === 0xff) return "";
  if ((second & 0xf6) === 0xf0) return "aac";
  return second & 6 && (second & 0x18) !== 8 ? "mp3" : "";
}

function unknown(data) {
  if (!data.includes("\0")) {
    const kind = sign(data, 0);
    if (kind.strong) return { ...kind, text: false, controls: 0 };
  }
  return { name: "unknown", text: false, strong: true, controls: 0 };
}
