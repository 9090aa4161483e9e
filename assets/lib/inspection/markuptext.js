// SPDX-License-Identifier: AGPL-3.0-or-later
// What XML and HTML tell. As src/demur/client/inspection/markuptext.py.

import { first, latin, raw, readable, TABLES } from "./report.js";
import { addPaths } from "./unpacking.js";

const TAG = /<(\/?)([A-Za-z][A-Za-z0-9_.:-]*)(?=[ \t\r\n/>])([^<>]*)>([^<]*)/g;
const ATTRIBUTE = /([A-Za-z_][A-Za-z0-9_.:-]{0,100})[ \t\r\n]{0,20}=[ \t\r\n]{0,20}(?:"([^"]*)"|'([^']*)'|([^ \t\r\n"'>]+))/g;
const COMMENT = /<!--((?:[^-]|-[^-]){0,4000})/g;
const INSTRUCTION = /<\?(?!xml[ \t\r\n]|xpacket)([^<>]{1,2000})>/g;
const ENTITY = /<!(?:ENTITY|DOCTYPE)[ \t\r\n]([^<>]{1,2000})/g;
const CDATA = /<!\[CDATA\[([^\]]{1,4000})/g;
const REFERENCE = /&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|[A-Za-z]{1,6});/g;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
const FETCHED = /^(?:https?:|ftp:|file:|\/\/|\\\\)/i;
const CSS = /(?:url\([ \t]*["']?|@import[ \t]+["'])((?:https?:|file:|\/\/)[^)"' \t]{1,300})/gi;
const DATA = /^[ \t\r\n]*data:([A-Za-z0-9/+.-]{0,60})[^,]{0,40};base64,([A-Za-z0-9+/= \t\r\n]+)/;
const TARGETS = ["xlink:href", "src", "href", "data", "target", "r:link", "svg:href"];
const PACKETS = [ // where XMP begins
  ...["<?xpacket begin", "<x:xmpmeta", "adobe:ns:meta/", "<rdf:RDF", "22-rdf-syntax-ns#"],
  ...["<\0?\0x\0p\0a\0c\0k\0e\0t\0", "<\0x\0:\0x\0m\0p\0m\0e\0t\0a\0"],
];
const PACKET = 262_144; // characters of a packet that are looked at
const MOST = 400;
const set = (words) => new Set(words.split(" "));
const TRACKED = set("ins del movefrom moveto rprchange pprchange sectprchange tblprchange cellins celldel tracked-changes changed-region insertion deletion rfmt rcc rrc");
const COMMENTED = set("annotation comment cm threadedcomment commentex presence");
const LOADING = set("img image script iframe link use object embed video audio source frame input feimage attachedtemplate");
const CONFIGURED = set("PrinterName PrinterSetup PrinterPaperFromSetup CurrentDatabaseDataSource");
const PREFIXES = set("sodipodi inkscape illustrator serif sketch figma");
const HIDDEN_ELEMENTS = set("vanish specvanish hidden-text hidden-paragraph");
const TRANSPARENT = new Set(TABLES.transparent);
const UNSAID = set("viewport content-type charset content-language");
const HIDING = [
  ["sheet", "state", ["hidden", "veryhidden"]], ["sld", "show", ["0", "false"]], ["*", "text:display", ["none"]], ["*", "table:display", ["false"]],
  ["*", "presentation:visibility", ["hidden"]], ["row", "hidden", ["1", "true"]], ["col", "hidden", ["1", "true"]], ["definedname", "hidden", ["1", "true"]],
];
const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
const lower = (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

// Whether it begins as markup does, or has an XMP packet in it; in UTF-16 and UTF-32 too.
export function isMarkup(text) {
  const start = text.slice(0, 400).replaceAll("\0", "").replace(/^\xfe\xff|^\xff\xfe|^\xef\xbb\xbf/, "");
  return /^[ \t\r\n]*</.test(start) || PACKETS.some((mark) => text.includes(mark));
}

// Notes what every XMP packet tells that stands among other bytes.
export function packets(text, found, nested) {
  let at = packet(text, 0);
  while (at >= 0 && found.take(Math.min(text.length - at, PACKET))) {
    markup(text.slice(at, at + PACKET), found, nested);
    at = packet(text, at + PACKET);
  }
}

function packet(text, start) {
  const places = PACKETS.map((mark) => text.indexOf(mark, start)).filter((at) => at >= 0);
  if (places.length === 0) return -1;
  const at = Math.min(...places);
  return text[at] === "<" ? at : Math.max(start, at - 40);
}

// Text in UTF-16 or UTF-32 as UTF-8, one character for each byte.
function narrow(text) {
  const at = text.slice(0, 400).indexOf("<");
  if (at < 0 || !text.slice(Math.max(0, at - 3), at + 4).includes("\0")) return text;
  if (text.slice(at + 1, at + 4) === "\0\0\0" || text.slice(Math.max(0, at - 3), at) === "\0\0\0") return text.replaceAll("\0", "");
  const little = text[at + 1] === "\0";
  const start = little ? at % 2 : (at + 1) % 2;
  const wide = new TextDecoder(little ? "utf-16le" : "utf-16be", { ignoreBOM: true }).decode(raw(text.slice(start)));
  return latin(new TextEncoder().encode(wide));
}

export function markup(given, found, nested) {
  const text = narrow(given);
  besideTags(text, found);
  let current;
  let sessions = 0;
  for (const [, closing, name, inside, after] of text.matchAll(TAG)) {
    const local = lower(last(name));
    if (closing) {
      if (current?.[0] === local) current = undefined;
      continue;
    }
    const attributes = attributesOf(inside.split('"').length % 2 === 0 ? `${inside}>${after}` : inside);
    tellAttributes(local, attributes, found);
    tellElement(local, attributes, found, nested);
    if (local === "rsid") sessions += 1;
    current = telling(local, attributes, current);
    if (current && after.replace(/[ \t\r\n]/g, "")) found.addIf(current[1], `${current[2]}${plain(after.slice(0, 2000))}`);
  }
  if (sessions) found.add("identifier", `rsid ${sessions}`);
}

function last(name, sign = ":") {
  return name.slice(name.lastIndexOf(sign) + 1);
}

function attributesOf(inside) {
  const found = new Map();
  if (!inside.includes("=")) return found;
  for (const [, key, a, b, c] of inside.matchAll(ATTRIBUTE)) found.set(lower(key), plain(a || b || c || ""));
  return found;
}

function besideTags(text, found) {
  for (const [pattern, what] of [[COMMENT, "note"], [INSTRUCTION, "note"], [ENTITY, "note"], [CDATA, "note"], [CSS, "address"]]) {
    for (const match of first(text.matchAll(pattern), MOST)) found.addIf(what, plain(match[1]));
  }
  addPaths(text, found);
}

function telling(local, attributes, current) {
  const label = attributes.get("meta:name") || attributes.get("config:name") || attributes.get("name") || "";
  if (local === "config-item") return CONFIGURED.has(label) ? [local, "printer", `${label}: `] : undefined;
  if ((local === "user-defined" || local === "property") && label) return [local, "property", `${label}: `];
  if (TRANSPARENT.has(local) && current) return current;
  const what = own(TABLES.elements, local);
  return what ? [local, what, ""] : undefined;
}

function tellAttributes(local, attributes, found) {
  for (const [key, value] of attributes) {
    const prefix = key.includes(":") ? key.slice(0, key.lastIndexOf(":")) : "";
    const name = last(key);
    const what = own(TABLES.attributes, name) ?? "";
    if (prefix === "xmlns" || key === "xmlns" || (name === "url" && local !== "abspath")) continue;
    if (PREFIXES.has(prefix) && !what) found.addIf("property", `${name}: ${value}`);
    else found.addIf(local === "abspath" && what ? "path" : what, value);
  }
}

function tellElement(local, attributes, found, nested) {
  writtenBy(local, attributes, found);
  hidden(local, attributes, found);
  fetched(local, attributes, found, nested);
  if (local === "meta") meta(attributes, found);
  if (["trkpt", "wpt", "rtept"].includes(local) && attributes.has("lat")) found.add("place", `${attributes.get("lat")} ${attributes.get("lon") ?? ""}`);
  if (["script", "macro", "event-listener"].includes(local)) found.add("script", "");
}

function writtenBy(local, attributes, found) {
  const author = [...attributes].find(([key]) => last(key) === "author")?.[1] ?? "";
  if (TRACKED.has(local) && (author || local === "tracked-changes" || local === "changed-region")) found.add("tracked", author);
  if (COMMENTED.has(local)) found.add("comments", author);
  if (["cmauthor", "author", "person", "credit"].includes(local)) found.addIf("author", attributes.get("name") ?? "");
}

function meta(attributes, found) {
  const name = attributes.get("name") || attributes.get("property") || attributes.get("http-equiv") || "";
  const content = attributes.get("content") ?? "";
  const what = own(TABLES.elements, last(last(name.toLowerCase()), "."));
  if (content && !UNSAID.has(name.toLowerCase())) found.addIf(what || "property", what ? content : `${name}: ${content}`);
}

function hidden(local, attributes, found) {
  const name = attributes.get("name") || attributes.get("table:name") || "";
  for (const [element, attribute, values] of HIDING) {
    if ((element === "*" || element === local) && values.includes((attributes.get(attribute) ?? "").toLowerCase())) found.add("hidden", name);
  }
  if (HIDDEN_ELEMENTS.has(local) && !["0", "false"].includes(attributes.get("w:val") ?? "1")) found.add("hidden", name);
}

function fetched(local, attributes, found, nested) {
  const target = attributes.get(TARGETS.find((key) => attributes.has(key))) ?? "";
  const inner = DATA.exec(target);
  if (inner) nested(inner[1] || "data", base64(inner[2]), found);
  else if (local === "relationship") {
    const external = (attributes.get("targetmode") ?? "").toLowerCase() === "external";
    found.addIf(external && !(attributes.get("type") ?? "").endsWith("/hyperlink") ? "address" : "", target);
  } else if ((LOADING.has(local) && FETCHED.test(target)) || target.toLowerCase().startsWith("file:")) found.addIf("address", target);
}

function base64(text) {
  const clean = text.replace(/[^A-Za-z0-9+/]/g, "");
  return atob(clean.slice(0, clean.length - (clean.length % 4)));
}

// The text that markup stands for.
export function plain(text) {
  return readable(text).replace(REFERENCE, (whole, name) => {
    if (!name.startsWith("#")) return own(NAMED, name) ?? whole;
    const code = /^#[xX]/.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : whole;
  });
}
