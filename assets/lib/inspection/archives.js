// SPDX-License-Identifier: AGPL-3.0-or-later
// What archives tell; office documents are zip archives. As src/demur/client/inspection/archives.py.

import { markup } from "./markuptext.js";
import { ENTRIES, latin, le, moment, readable, trimmed } from "./report.js";
import { addWords, inflate } from "./unpacking.js";

const END = "PK\x05\x06";
const ENTRY = "PK\x01\x02";
const LOCAL = "PK\x03\x04";
const MARKUP = /\.(?:xml|rels|vml|opf|ncx|x?html?|svg|xmp|fodt|fods|fodp|rdf)$/i;
const LISTED = 20;
const PARTS = [
  [/^(?:docProps\/thumbnail|Thumbnails\/)/, "thumbnail"], [/(?:vbaProject|Basic\/|Scripts\/)/, "script"], [/printerSettings/, "printer"],
  [/(?:embeddings\/|ObjectReplacements\/|Object [0-9]+)/, "embedded"], [/(?:comments|threadedComments)[A-Za-z0-9]*\.xml|annotations/, "comments"],
  [/notesSlides\/|notesSlide/, "note"], [/(?:externalLinks\/|attachedTemplate)/, "address"], [/(?:VersionList|Versions\/|revisions\/|revisionHeaders)/, "revision"],
  [/(?:customXml\/|docMetadata\/|LabelInfo)/, "property"], [/_xmlsignatures|META-INF\/documentsignatures/, "identifier"],
];
const two = (value) => String(value).padStart(2, "0");

export function zipKind(data) {
  const names = new Set(entriesOf(data).map(({ name }) => name));
  if (names.has("[Content_Types].xml") || [...names].some((name) => /^(?:word|xl|ppt|docProps)\//.test(name))) return "ooxml";
  if (names.has("META-INF/container.xml")) return "epub";
  return names.has("content.xml") || names.has("meta.xml") ? "odf" : "zip";
}

function endOf(data) {
  const from = Math.max(0, data.length - 65_558);
  const at = data.slice(from).lastIndexOf(END);
  return at < 0 ? -1 : from + at;
}

// The files that the archive's directory names; where it has none, those that stand one after the other.
export function entriesOf(data) {
  const end = endOf(data);
  let at = end >= 0 ? le(data, end + 16, 4) : -1;
  if (end >= 0 && ![ENTRY, END].includes(data.slice(at, at + 4))) at = end - le(data, end + 12, 4);
  const found = [];
  while (at >= 0 && data.startsWith(ENTRY, at) && found.length < 10 * ENTRIES) {
    found.push(entry(data, at + 6, at + 46, le(data, at + 42, 4), at + 28));
    at += 46 + le(data, at + 28, 2) + le(data, at + 30, 2) + le(data, at + 32, 2);
  }
  return found.length > 0 ? found : inARow(data);
}

function inARow(data) {
  const found = [];
  let at = data.indexOf(LOCAL);
  while (at >= 0 && found.length < 10 * ENTRIES) {
    found.push(entry(data, at + 4, at + 30, at, at + 26));
    at = data.indexOf(LOCAL, at + 30 + found.at(-1).packed);
  }
  return found;
}

function entry(data, fields, name, at, length) {
  const number = (offset, size) => le(data, fields + offset, size);
  const stamp = number(6, 2);
  const day = number(8, 2);
  const time = `${1980 + (day >> 9)}-${two((day >> 5) & 15)}-${two(day & 31)} ${two(stamp >> 11)}:${two((stamp >> 5) & 63)}`;
  const count = le(data, length, 2);
  return {
    ...{ name: readable(data.slice(name, name + count)), flags: number(2, 2), method: number(4, 2), packed: number(14, 4), size: number(18, 4) },
    ...{ at, time },
  };
}

export function zipArchive(data, found, nested, office) {
  const entries = entriesOf(data);
  sums(data, entries, found);
  const end = endOf(data);
  if (end < 0) found.damaged = true;
  else found.addIf("note", readable(data.slice(end + 22)));
  const times = [...new Set(entries.map(({ time }) => time).filter((time) => !time.startsWith("1980-0")))].sort();
  found.addIf("changed", times.at(-1) ?? "");
  if (!office) {
    found.add("files", String(entries.length));
    for (const { name } of entries.slice(0, LISTED)) found.addIf("files", name);
  }
  for (const each of entries) {
    if (found.room[1] <= 0) {
      found.partial = true;
      break;
    }
    found.room[1] -= 1;
    file(data, each, found, nested, office);
  }
}

// Whether the files that the directory names are all that is there, and are what it says of them.
function sums(data, entries, found) {
  let covered = 0;
  for (const each of entries) {
    const local = entry(data, each.at + 4, each.at + 30, each.at, each.at + 26);
    const later = (each.flags & 8) !== 0;
    covered += startOf(data, each) - each.at + each.packed + (later ? 24 : 0);
    if (!data.startsWith(LOCAL, each.at) || local.name !== each.name || (!later && local.packed !== each.packed)) found.damaged = true;
  }
  const begin = data.indexOf(ENTRY);
  if (begin > covered) found.add("hidden", String(begin - covered));
  if (new Set(entries.map(({ name }) => name)).size < entries.length) found.damaged = true;
}

export function startOf(data, { at }) {
  return at + 30 + le(data, at + 26, 2) + le(data, at + 28, 2);
}

function file(data, each, found, nested, office) {
  if (each.flags & 1) {
    found.add("encrypted", each.name);
    found.partial = true;
    return;
  }
  const start = startOf(data, each);
  let inner = data.slice(start, start + each.packed);
  if (each.method === 8) inner = inflate(inner, found);
  else if (each.method !== 0) {
    found.partial = true;
    return;
  }
  if (inner.length !== each.size && !(each.flags & 8) && !found.partial) found.damaged = true;
  if (office) part(each.name, inner, found, nested);
  else if (inner) nested(each.name, inner, found);
}

function part(name, data, found, nested) {
  for (const [pattern, what] of PARTS) if (pattern.test(name)) found.add(what, name);
  if (MARKUP.test(name)) {
    if (found.take(data.length)) markup(wide(data), found, nested);
  } else if (name.includes("printerSettings")) addWords(data, found, "printer");
  else if (data && name !== "mimetype") nested(name, data, found);
}

function wide(data) {
  const mark = data.slice(0, 2);
  return mark === "\xff\xfe" || mark === "\xfe\xff" ? latin(new TextEncoder().encode(readable(data))) : data;
}

const FIELDS = [["files", 0, 100], ["author", 265, 32], ["author", 297, 32], ["path", 157, 100], ["path", 345, 155]];

export function tar(data, found, nested) {
  let at = 0;
  let count = 0;
  while (at + 512 <= data.length && data[at] !== "\0") {
    at = member(data, at, found, nested);
    count += 1;
  }
  found.add("files", String(count));
  if (at > data.length || count === 0) found.damaged = true;
  if (/[^\0]/.test(data.slice(at))) {
    found.add("trailing", String(data.length - at));
    addWords(data.slice(at), found);
  }
}

function member(data, at, found, nested) {
  const head = data.slice(at, at + 512);
  const size = octal(head.slice(124, 136));
  if (octal(head.slice(136, 148))) found.add("changed", moment(octal(head.slice(136, 148))));
  for (const [what, start, length] of FIELDS) found.addIf(what, readable(head.slice(start, start + length).split("\0")[0]));
  const inner = data.slice(at + 512, at + 512 + size);
  if ("xgLK".includes(head[156])) addWords(inner, found);
  else if (inner && found.room[1] > 0) {
    found.room[1] -= 1;
    nested(readable(head.slice(0, 100).split("\0")[0]), inner, found);
  } else if (inner) found.partial = true;
  return at + 512 + Math.floor((size + 511) / 512) * 512;
}

function octal(field) {
  const digits = /^[0-7]{1,11}/.exec(trimmed(field, " \0"));
  return digits ? parseInt(digits[0], 8) : 0;
}

export function gzip(data, found, nested) {
  const flags = data.length > 10 ? data.charCodeAt(3) : 0;
  let at = 10;
  if (le(data, 4, 4)) found.add("changed", moment(le(data, 4, 4)));
  if (flags & 4) {
    const size = le(data, at, 2);
    addWords(data.slice(at + 2, at + 2 + size), found);
    at += 2 + size;
  }
  for (const [bit, what] of [[8, "path"], [16, "note"]]) {
    if (!(flags & bit)) continue;
    const end = data.indexOf("\0", at);
    found.addIf(what, readable(end >= 0 ? data.slice(at, end) : ""));
    at = end >= 0 ? end + 1 : data.length;
  }
  at += flags & 2 ? 2 : 0;
  nested("", inflate(data.slice(at), found), found);
}

