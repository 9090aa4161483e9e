// SPDX-License-Identifier: AGPL-3.0-or-later
// The text of a word processor's document (.docx, .odt, .fodt), paragraph by paragraph. As src/demur/client/inspection/importing.py.

import { Refusal } from "../errors.js";
import { entriesOf, startOf } from "./archives.js";
import { inflateRaw } from "./inflating.js";
import { latin, raw, readable } from "./report.js";

const LONGEST = 8 * 1024 * 1024;
const TOKEN = /<(\/?)([A-Za-z][A-Za-z0-9_.:-]{0,80})([^<>]*)>|<[^<>]*>?|([^<]+)/g;
const REFERENCE = /&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);/g;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const WORD_SKIPPED = new Set(["w:del", "w:moveFrom", "mc:Fallback", "w:instrText", "w:sectPr", "w:pict", "w:object"]);
const OPEN_SKIPPED = new Set([
  "text:tracked-changes", "office:annotation", "text:note", "text:hidden-text", "text:hidden-paragraph", "draw:frame", "text:ruby-text",
]);
const BREAKS = { "w:tab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-", "text:tab": "\t", "text:line-break": "\n" };

// The text of a document, or of a plain text. Throws "no-import".
export function textOrImport(bytes) {
  const data = latin(bytes);
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return textOf(data);
  }
  if (text.includes("\0") || data.startsWith("PK\x03\x04") || text.includes("<office:text")) return textOf(data);
  if (text.trim() === "") throw new Refusal("no-import");
  return text;
}

export function textOf(data) {
  const part = partOf(data);
  const paragraphs = part.includes("<w:body") ? word(part) : part.includes("<office:text") ? open(part) : [];
  const text = paragraphs.map((row) => row.replace(/^[\r\n]+|[\r\n]+$/g, "")).filter((row) => row.trim()).join("\n\n");
  if (!text) throw new Refusal("no-import");
  return `${text}\n`;
}

function partOf(data) {
  if (!data.startsWith("PK\x03\x04")) return data.length <= LONGEST ? readable(data) : "";
  for (const entry of entriesOf(data)) {
    if (!["word/document.xml", "content.xml"].includes(entry.name) || entry.flags & 1) continue;
    const start = startOf(data, entry);
    const packed = data.slice(start, start + entry.packed);
    if (packed.length > LONGEST) throw new Refusal("no-import");
    if (entry.method !== 8) return readable(packed);
    const { bytes, damaged, full } = inflateRaw(raw(packed), LONGEST);
    if (damaged || full || bytes.length >= LONGEST) throw new Refusal("no-import");
    return readable(latin(bytes));
  }
  return "";
}

function* tokens(part, skipped) {
  let within = "";
  let depth = 0;
  for (const [, closing, name = "", attributes = "", letters = ""] of part.matchAll(TOKEN)) {
    const nesting = closing ? -1 : letters || attributes.endsWith("/") ? 0 : 1;
    if (!within && !skipped.has(name)) yield { name, letters, nesting, standsFor: standsFor(name, attributes, nesting), attributes };
    else if (!within || name === within) {
      depth = Math.max(0, depth + nesting);
      within = depth ? name : "";
    }
  }
}

// The letters that a tag stands for, such as a tab.
function standsFor(name, attributes, nesting) {
  if (nesting < 0) return "";
  if (name === "text:s") return " ".repeat(Number(/text:c=["']([0-9]{1,3})["']/.exec(attributes)?.[1] ?? 1));
  return Object.hasOwn(BREAKS, name) ? BREAKS[name] : "";
}

function word(part) {
  const done = [];
  let line = [];
  let within = false;
  let hidden = false;
  for (const { name, letters, nesting, standsFor: stands, attributes } of tokens(part, WORD_SKIPPED)) {
    if (name === "w:p" && nesting < 1) {
      done.push(line.join(""));
      line = [];
    }
    hidden = name === "w:vanish" ? !/w:val=["'](?:0|false|off)["']/.test(attributes) : hidden && name !== "w:r";
    within = name === "w:t" ? nesting > 0 : within;
    if (!hidden) line.push(within ? plain(letters) : stands);
  }
  return [...done, line.join("")];
}

function open(part) {
  const done = [];
  let line = [];
  let depth = 0;
  for (const { name, letters, nesting, standsFor: stands } of tokens(part.slice(part.indexOf("<office:text")), OPEN_SKIPPED)) {
    if (name === "text:p" || name === "text:h") {
      depth += nesting;
      if (nesting < 1) {
        done.push(line.join(""));
        line = [];
      }
    }
    line.push(stands);
    if (depth > 0) line.push(plain(letters).replace(/[ \t\r\n]+/g, " "));
  }
  return [...done, line.join("")];
}

function plain(text) {
  return text.replace(REFERENCE, (_, name) => {
    if (!name.startsWith("#")) return NAMED[name];
    const code = name[1] === "x" ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : "";
  });
}
