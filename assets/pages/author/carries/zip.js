// SPDX-License-Identifier: AGPL-3.0-or-later
// What office documents tell: OOXML and ODF are zip archives with a sheet about who wrote them, when and with what.
// Sources: APPNOTE 6.3.10; ECMA-376 part 2 (core properties), part 1 (app properties); OASIS ODF 1.3 (meta.xml).

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LONGEST = 4_000_000; // bytes of one sheet, unpacked: more is no sheet about a document
const SHEETS = /^(?:docProps\/(?:core|app)\.xml|meta\.xml|word\/(?:comments|document)\.xml|content\.xml|.*\.rels)$/;
const MOST_SHEETS = 40; // an office document has fewer that matter

// Element names and what each tells.
const ELEMENTS = new Map([
  ["dc:creator", "author"], ["meta:initial-creator", "author"], ["cp:lastModifiedBy", "editor"], ["dcterms:created", "made"],
  ["meta:creation-date", "made"], ["dcterms:modified", "changed"], ["dc:date", "changed"], ["Application", "program"],
  ["meta:generator", "program"], ["Company", "organisation"], ["Manager", "author"], ["dc:title", "title"],
]);

// What the archive tells: [{what, value}]; `files` is among them always, so that a plain archive is told too.
export async function zipTells(bytes) {
  const entries = readEntries(bytes);
  const found = [];
  for (const entry of entries.filter(({ name }) => SHEETS.test(name)).slice(0, MOST_SHEETS)) {
    const text = await unpacked(bytes, entry);
    found.push(...readerOf(entry.name)(text));
    if (entry.name === "word/comments.xml") found.push({ what: "comments", value: "" });
  }
  return found.length > 0 ? found : [{ what: "files", value: String(entries.length) }];
}

function readerOf(name) {
  if (name.endsWith(".rels")) return addresses;
  return name === "word/document.xml" || name === "content.xml" ? changes : sheet;
}

// What is fetched from elsewhere when the document is opened, which tells that place who opens it: a template on a server, a picture.
function addresses(text) {
  const rows = [...text.matchAll(/<Relationship\s[^>]*>/g)].map((row) => row[0]).filter((row) => /TargetMode="External"/.test(row));
  return rows.filter((row) => !/\/hyperlink"/.test(row)).map((row) => ({ what: "address", value: plain(/Target="([^"]{1,300})"/.exec(row)?.[1] ?? "") }));
}

function sheet(text) {
  const found = [];
  for (const [name, what] of ELEMENTS) {
    const value = new RegExp(`<${name}(?:\\s[^>]*)?>([^<]{1,300})</${name}>`).exec(text)?.[1];
    if (value?.trim()) found.push({ what, value: plain(value) });
  }
  return found;
}

// Tracked changes keep what was struck out, and who struck it out.
function changes(text) {
  const names = new Set([...text.matchAll(/<w:(?:ins|del)\s[^>]*w:author="([^"]{1,100})"/g)].map((row) => plain(row[1])));
  const found = [...names].map((value) => ({ what: "tracked", value }));
  return /<text:tracked-changes/.test(text) ? [...found, { what: "tracked", value: "" }] : found;
}

function plain(text) {
  return text.trim().replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" })[name]);
}

function readEntries(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) return [];
  const entries = [];
  let at = view.getUint32(end + 16, true);
  while (at + 46 <= bytes.length && view.getUint32(at, true) === ENTRY) {
    const name = view.getUint16(at + 28, true);
    entries.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), method: view.getUint16(at + 10, true),
      size: view.getUint32(at + 20, true), header: view.getUint32(at + 42, true),
    });
    at += 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

async function unpacked(bytes, { header, method, size }) {
  if (header + 30 > bytes.length) return "";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
  const data = bytes.subarray(from, from + size);
  return new TextDecoder().decode(method === 0 ? data.subarray(0, LONGEST) : await inflate(data, "deflate-raw"));
}

// Unpacked bytes, as many as came before a fault or the limit: a sheet that is cut still tells what it tells.
export async function inflate(bytes, format) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const parts = [];
  let size = 0;
  try {
    for (let part = await reader.read(); !part.done && size < LONGEST; part = await reader.read()) {
      parts.push(part.value);
      size += part.value.length;
    }
    await reader.cancel();
  } catch (error) {
    if (!(error instanceof TypeError) && error?.code !== "Z_DATA_ERROR" && error?.code !== "Z_BUF_ERROR") throw error;
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
