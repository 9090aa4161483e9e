// SPDX-License-Identifier: AGPL-3.0-or-later
// What a file carries beside what its reader sees: {kind, tells: [{what, value}]}. Runs in node too. The codes have sentences on the page.

import { exifTells } from "./exif.js";
import { carriesKind, imageKind, jpegSegments, latin, pngChunks } from "./kinds.js";
import { pdfTells } from "./pdf.js";
import { zipTells } from "./zip.js";

export const LOOKED_AT = 32 * 1024 * 1024; // bytes: of a larger file only its kind is told
const MOST = 30; // lines: a list that nobody reads tells nobody

export async function look(bytes) {
  const kind = carriesKind(bytes);
  if (kind === "" || bytes.length > LOOKED_AT) return { kind, tells: [] };
  const seen = new Set();
  const tells = (await telling(kind, bytes)).filter(({ what, value }) => {
    const row = `${what}\0${value}`;
    return !seen.has(row) && seen.add(row);
  });
  return { kind, tells: tells.slice(0, MOST) };
}

async function telling(kind, bytes) {
  if (kind === "pdf") return pdfTells(bytes);
  if (kind === "zip") return zipTells(bytes);
  if (kind === "tiff") return exifTells(bytes);
  return imageKind(bytes) ? pictureTells(kind, bytes) : [];
}

function pictureTells(kind, bytes) {
  if (kind === "png") return [...pngChunks(bytes)].flatMap(chunkTells);
  if (kind === "jpeg") return [...jpegSegments(bytes)].flatMap(segmentTells);
  const at = latin(bytes).indexOf("EXIF"); // WebP: four letters and a length, then the block
  return at > 0 ? exifTells(bytes.subarray(at + 8)) : [];
}

function chunkTells({ type, data }) {
  if (type === "eXIf") return exifTells(data);
  if (type !== "tEXt" && type !== "iTXt") return [];
  const [name, ...rest] = latin(data).split("\0");
  const value = rest.filter(Boolean).join(" ").slice(0, 300);
  return [{ what: "note", value: `${name}: ${value}` }];
}

function segmentTells({ kind, data }) {
  if (kind === 0xfe) return [{ what: "note", value: latin(data).slice(0, 300) }];
  return latin(data.subarray(0, 6)) === "Exif\0\0" ? exifTells(data.subarray(6)) : [];
}
