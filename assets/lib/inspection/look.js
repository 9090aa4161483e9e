// SPDX-License-Identifier: AGPL-3.0-or-later
// Looking into a file: its kind, then what its kind's reader finds. As src/demur/client/inspection/look.py; same findings by
// spec/vectors/inspection.json. Runs in node too.

import { placesOf } from "../../pages/web/marks.js";
import { gzip, tar, zipArchive } from "./archives.js";
import { photoshop, tiff } from "./exif.js";
import { font } from "./fonts.js";
import { kindOf } from "./kinds.js";
import { markup, packets } from "./markuptext.js";
import { aiff, boxes, flac, matroska, mp3, ogg, riff } from "./media.js";
import { ole } from "./ole.js";
import { pdf } from "./pdf.js";
import { gif, jpeg, png, webp } from "./pictures.js";
import { DEPTH, Found, latin, LOOKED_AT, readable } from "./report.js";
import { directory, jsonText, lines, mail, postscript, rtf } from "./textual.js";
import { addPaths, addWords } from "./unpacking.js";

const MARKS = 10; // places that are shown

function psd(data, found, nested) {
  photoshop(data, found, nested);
  addWords(data.slice(0, 65_536), found);
}

const READERS = {
  ...{ png, jpeg, gif, webp, tiff, psd, pdf, rtf, postscript, ole, mail, vcard: directory, calendar: directory, ldif: directory },
  ...{ json: jsonText, notebook: jsonText, html: markup, svg: markup, xml: markup, xmp: markup, markup, mp4: boxes, heif: boxes, jxl: boxes, jp2: boxes },
  ...{ mp3, aac: mp3, flac, ogg, wav: riff, avi: riff, riff, aiff, matroska, tar, gzip, font },
  ...Object.fromEntries(
    "torrent yaml latex source patch key track drawing catalogue settings playlist genealogy encoded netpbm".split(" ").map((kind) => [kind, lines]),
  ),
};
const ZIPS = new Set(["zip", "ooxml", "odf", "epub"]);
const OPAQUE = new Set(["7z", "bzip2", "xz", "zstd", "lz4", "compress", "lzip", "unknown"]);

// What a file tells; `bytes` is a Uint8Array, `whole` its size where only its beginning is given.
export function look(bytes, whole = bytes.length) {
  if (whole > LOOKED_AT) return notLookedInto(latin(bytes.subarray(0, 1024 * 1024)));
  const found = new Found();
  const kind = into(latin(bytes), found);
  return found.report(kind.name, how(kind.name), kind.strong && kind.name !== "text");
}

function notLookedInto(start) {
  const kind = kindOf(start);
  return new Found({ partial: true }).report(kind.text ? "unknown" : kind.name, "no", true);
}

function how(kind) {
  if (OPAQUE.has(kind)) return "no";
  return Object.hasOwn(READERS, kind) || ZIPS.has(kind) || kind === "text" ? "whole" : "words";
}

function into(data, found) {
  const kind = kindOf(data);
  if (kind.controls) found.add("control", String(kind.controls));
  if (ZIPS.has(kind.name)) zipArchive(data, found, nested, kind.name !== "zip");
  else if (Object.hasOwn(READERS, kind.name)) READERS[kind.name](data, found, nested);
  else if (kind.name === "text") {
    addPaths(data, found);
    marks(data, found);
  } else addWords(data, found);
  if (!kind.text) everywhere(data, kind, found);
  return kind;
}

function marks(data, found) {
  if (!/[\x80-\xff]/.test(data) || !found.take(data.length)) return;
  for (const { shown } of placesOf(readable(data), MARKS)) found.add("marks", shown);
}

// What any program may write into any format: an XMP packet, and folders of somebody's machine.
function everywhere(data, kind, found) {
  if (!["pdf", "png", "jpeg", "svg", "xmp"].includes(kind.name)) {
    packets(data, found, nested);
  }
  addPaths(data, found);
}

function nested(name, data, found) {
  if (!data) return;
  if (found.depth >= DEPTH || !found.take(data.length)) {
    found.partial = true;
    return;
  }
  const inner = new Found({ depth: found.depth + 1, room: found.room });
  const kind = into(data, inner);
  if (name && !["text", "png", "jpeg", "gif", "webp"].includes(kind.name)) found.add("embedded", name);
  if (how(kind.name) !== "whole") inner.partial = true;
  found.merge(inner, name);
}

// The codes of the sentences that stand before the findings. As `introduction` in words.py.
export function introduction({ family, findings, looked, partial, damaged, passes }) {
  const said = [`family-${family}${["text", "image"].includes(family) && !passes ? "-more" : ""}`];
  if (looked === "no") {
    if (family !== "unknown") said.push("looked-no");
  } else {
    const unread = damaged || partial; // of which it is never said that nothing was found
    const none = unread ? "" : looked === "words" ? "words-none" : "none";
    const how = findings.length === 0 ? none : looked === "words" ? "words" : "found";
    if (!passes && family !== "text" && how) said.push(`looked-${how}`);
    if (damaged) said.push("looked-damaged");
    if (partial) said.push("looked-partial");
  }
  return said;
}
