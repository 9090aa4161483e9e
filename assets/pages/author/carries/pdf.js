// SPDX-License-Identifier: AGPL-3.0-or-later
// What a PDF tells of its making: the information dictionary and the XMP packet, also where they are packed. Source: ISO 32000-2, 7.5.7, 14.3.

import { latin } from "./kinds.js";
import { inflate } from "./zip.js";

const KEYS = new Map([
  ["Author", "author"], ["Creator", "program"], ["Producer", "program"], ["CreationDate", "made"], ["ModDate", "changed"],
  ["Title", "title"], ["Company", "organisation"],
]);
const XMP = new Map([
  ["dc:creator", "author"], ["xmp:CreatorTool", "program"], ["pdf:Producer", "program"], ["xmp:CreateDate", "made"],
  ["xmp:ModifyDate", "changed"],
]);
const MOST_STREAMS = 60; // packed streams that are looked into

// What the document tells: [{what, value}].
export async function pdfTells(bytes) {
  const text = latin(bytes);
  const found = [...dictionary(text), ...packet(text)];
  for (const stream of streams(text)) {
    const inner = latin(await inflate(bytes.subarray(...stream), "deflate"));
    found.push(...dictionary(inner), ...packet(inner));
  }
  return found;
}

function dictionary(text) {
  const found = [];
  for (const row of text.matchAll(/\/(Author|Creator|Producer|CreationDate|ModDate|Title|Company)\s*(\((?:\\.|[^\\()]){1,400}\)|<[0-9A-Fa-f\s]{2,800}>)/gs)) {
    const value = decoded(row[2]);
    if (value) found.push({ what: KEYS.get(row[1]), value });
  }
  return found;
}

function packet(text) {
  const found = [];
  for (const [name, what] of XMP) {
    const value = new RegExp(`<${name}[^>]*>(?:\\s*<[^>]*>)*\\s*([^<]{1,300})|\\s${name}="([^"]{1,300})"`).exec(text);
    const words = (value?.[1] ?? value?.[2] ?? "").trim();
    if (words) found.push({ what, value: utf8(words) });
  }
  return found;
}

// Packed streams that may hold such a dictionary or packet: [from, to].
function streams(text) {
  const found = [];
  for (const row of text.matchAll(/\/Type\s*\/(?:ObjStm|Metadata)\b[^]{0,400}?stream\r?\n/g)) {
    const from = row.index + row[0].length;
    const to = text.indexOf("endstream", from);
    if (to > from && row[0].includes("FlateDecode") && found.length < MOST_STREAMS) found.push([from, to]);
  }
  return found;
}

// A string of a PDF: Latin letters, or UTF-16 after its mark.
function decoded(token) {
  const raw = token.startsWith("<")
    ? (token.replace(/[<>\s]/g, "").match(/../g) ?? []).map((pair) => String.fromCharCode(parseInt(pair, 16))).join("")
    : token.slice(1, -1).replace(/\\([0-7]{1,3})/g, (_, digits) => String.fromCharCode(parseInt(digits, 8) & 255)).replace(/\\(.)/gs, "$1");
  const bytes = Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  const wide = bytes[0] === 0xfe && bytes[1] === 0xff;
  return (wide ? new TextDecoder("utf-16be").decode(bytes.subarray(2)) : utf8(raw)).replaceAll("\0", "").trim();
}

// Letters that were read one byte each, read as UTF-8 where they are that.
function utf8(text) {
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}
