// SPDX-License-Identifier: AGPL-3.0-or-later
// What files tell: found by content; the author is shown it before anything is sealed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync, deflateSync } from "node:zlib";

import { carriesKind } from "../pages/author/carries/kinds.js";
import { look } from "../pages/author/carries/look.js";

const bytes = (...parts) => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part, typeof part === "string" ? "latin1" : undefined))));
const told = async (data) => (await look(data)).tells.map(({ what, value }) => `${what}: ${value}`);

// --- making files

function u16(value) {
  return [value & 255, value >> 8];
}

function u32(value) {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}

function zip(files, { stored = false } = {}) {
  const local = [];
  const central = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const raw = Buffer.from(text);
    const data = stored ? raw : deflateRawSync(raw);
    const fields = [...u16(20), ...u16(0), ...u16(stored ? 0 : 8), ...u32(0), ...u32(0), ...u32(data.length), ...u32(raw.length), ...u16(name.length), ...u16(0)];
    const head = bytes([0x50, 0x4b, 3, 4, ...fields], name, data);
    central.push(bytes([0x50, 0x4b, 1, 2, ...u16(20), ...fields, ...u16(0), ...u16(0), ...u16(0), ...u32(0), ...u32(at)], name));
    local.push(head);
    at += head.length;
  }
  const folder = bytes(...central);
  const n = u16(central.length);
  return bytes(...local, folder, [0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...n, ...n, ...u32(folder.length), ...u32(at), 0, 0]);
}

// A little-endian TIFF block with Artist, and a place on the equator side of Jakarta.
function exif() {
  const block = Buffer.alloc(220);
  block.write("II*\0", 0, "latin1");
  block.writeUInt32LE(8, 4);
  block.writeUInt16LE(2, 8);
  const row = (at, tag, type, count, value) => {
    block.writeUInt16LE(tag, at);
    block.writeUInt16LE(type, at + 2);
    block.writeUInt32LE(count, at + 4);
    block.writeUInt32LE(value, at + 8);
  };
  row(10, 0x13b, 2, 9, 100);
  block.write("A. Writer", 100, "latin1");
  row(22, 0x8825, 4, 1, 40);
  block.writeUInt16LE(4, 40);
  row(42, 1, 2, 2, "S".charCodeAt(0));
  row(54, 2, 5, 3, 120);
  row(66, 3, 2, 2, "E".charCodeAt(0));
  row(78, 4, 5, 3, 150);
  [[6, 1], [12, 1], [0, 1]].forEach(([top, below], n) => [top, below].forEach((value, m) => block.writeUInt32LE(value, 120 + 8 * n + 4 * m)));
  [[106, 1], [49, 1], [30, 1]].forEach(([top, below], n) => [top, below].forEach((value, m) => block.writeUInt32LE(value, 150 + 8 * n + 4 * m)));
  return block;
}

function jpeg(...segments) {
  const parts = segments.map(([kind, data]) => bytes([0xff, kind, (data.length + 2) >> 8, (data.length + 2) & 255], data));
  return bytes([0xff, 0xd8], ...parts, [0xff, 0xda, 0, 2, 1, 2, 3, 0xff, 0xd9]);
}

function png(...chunks) {
  const rows = chunks.map(([type, data]) => bytes([data.length >>> 24, (data.length >> 16) & 255, (data.length >> 8) & 255, data.length & 255], type, data, [0, 0, 0, 0]));
  return bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], ...rows);
}

// --- kinds

test("plain text carries nothing, in any language and whatever it is called", async () => {
  for (const text of ["The northern crossing", "متن به فارسی", "%not a PDF", "P", ""]) {
    assert.deepEqual(await look(new TextEncoder().encode(text)), { kind: "", tells: [] });
  }
});

test("each kind is known by its content", () => {
  const samples = { zip: "PK\x03\x04", ole: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", rtf: "{\\rtf1", postscript: "%!PS", tiff: "II*\0", sound: "ID3", film: "\x00\x00\x00\x18ftypheic", archive: "\x1f\x8b", pdf: "junk\n%PDF-1.7" };
  for (const [kind, start] of Object.entries(samples)) assert.equal(carriesKind(bytes(start, "................")), kind);
  assert.equal(carriesKind(bytes("x".repeat(257), "ustar")), "archive");
});

test("an image with nothing but its points is of no telling kind", () => {
  assert.equal(carriesKind(png(["IHDR", "0123456789abc"], ["IDAT", "x"], ["IEND", ""])), "");
  assert.equal(carriesKind(jpeg([0xe0, "JFIF\0"], [0xee, "Adobe"])), "");
});

// --- what is told

test("a Word document tells its author, its editor, its company, and who struck something out", async () => {
  const file = zip({
    "docProps/core.xml": "<cp:coreProperties><dc:creator>A. Writer &amp; Co</dc:creator><cp:lastModifiedBy>B. Editor</cp:lastModifiedBy><dcterms:created xsi:type=\"dcterms:W3CDTF\">2026-01-02T03:04:05Z</dcterms:created></cp:coreProperties>",
    "docProps/app.xml": "<Properties><Application>Word</Application><Company>The Department</Company></Properties>",
    "word/document.xml": '<w:del w:id="1" w:author="C. Striker" w:date="2026"><w:delText>old</w:delText></w:del>',
    "word/comments.xml": "<w:comments/>",
  });
  assert.deepEqual((await told(file)).sort(), [
    "author: A. Writer & Co", "comments: ", "editor: B. Editor", "made: 2026-01-02T03:04:05Z", "organisation: The Department", "program: Word", "tracked: C. Striker",
  ]);
});

test("an OpenDocument text tells the same of itself, packed or not", async () => {
  const sheets = { "meta.xml": "<office:meta><meta:initial-creator>A. Writer</meta:initial-creator><meta:generator>Office/7</meta:generator></office:meta>" };
  for (const stored of [true, false]) assert.deepEqual(await told(zip(sheets, { stored })), ["author: A. Writer", "program: Office/7"]);
});

test("a document that fetches something when it is opened tells from where; a link that is only written does not count", async () => {
  const row = (type, target) => `<Relationship Id="r" Type="http://schemas/relationships/${type}" Target="${target}" TargetMode="External"/>`;
  const file = zip({ "word/_rels/settings.xml.rels": row("attachedTemplate", "https://files.example.org/t.dotm"), "word/_rels/document.xml.rels": row("hyperlink", "https://example.org/") });
  assert.deepEqual(await told(file), ["address: https://files.example.org/t.dotm"]);
});

test("an archive without such a sheet tells how many files it holds", async () => {
  assert.deepEqual(await told(zip({ "a.txt": "a", "b.txt": "b" })), ["files: 2"]);
});

test("a PDF tells its author in plain letters, in wide ones, and from inside a packed stream", async () => {
  assert.deepEqual(await told(bytes("%PDF-1.4\n1 0 obj<</Author (A. \\(Writer\\)) /Producer (Maker 1)>>endobj")), ["author: A. (Writer)", "program: Maker 1"]);
  assert.deepEqual(await told(bytes("%PDF-1.4\n<</Author <FEFF0041002e>>>")), ["author: A."]);
  const packed = deflateSync(Buffer.from("<</Author(Hidden Writer)>>"));
  assert.deepEqual(await told(bytes("%PDF-1.5\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n", packed, "\nendstream")), ["author: Hidden Writer"]);
});

test("a photograph tells its place and its owner", async () => {
  const expected = ["author: A. Writer", "place: 6.2000 S, 106.8250 E"];
  assert.deepEqual(await told(jpeg([0xe1, bytes("Exif\0\0", exif())])), expected);
  assert.deepEqual(await told(png(["IHDR", "0"], ["eXIf", exif()])), expected);
});

test("comments inside images are told", async () => {
  assert.deepEqual(await told(jpeg([0xfe, "made at the office"])), ["note: made at the office"]);
  assert.deepEqual(await told(png(["tEXt", "Author\0A. Writer"])), ["note: Author: A. Writer"]);
});

test("a file that is cut short or lies about itself is told by its kind, and breaks nothing", async () => {
  const whole = zip({ "docProps/core.xml": "<dc:creator>A. Writer</dc:creator>".repeat(50) });
  for (let at = 4; at < whole.length; at += 7) assert.equal((await look(whole.subarray(0, at))).kind, "zip");
  const photo = jpeg([0xe1, bytes("Exif\0\0", exif())]);
  for (let at = 3; at < photo.length; at += 3) await look(photo.subarray(0, at));
  const looped = exif();
  looped.writeUInt32LE(8, 30); // the folder of places points at the folder that holds it
  await look(jpeg([0xe1, bytes("Exif\0\0", looped)]));
});
