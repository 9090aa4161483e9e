// SPDX-License-Identifier: AGPL-3.0-or-later
// What a camera wrote into a picture: who, where, when, with what. Source: Exif 2.32, TIFF 6.0.

import { latin } from "./kinds.js";

const TAGS = new Map([
  [0x10e, "title"], [0x10f, "device"], [0x110, "device"], [0x131, "program"], [0x132, "made"], [0x13b, "author"], [0x8298, "rights"],
  [0x9003, "made"], [0xa430, "author"], [0xa431, "device"],
]);
const EXIF_FOLDER = 0x8769;
const GPS_FOLDER = 0x8825;
const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const MOST_ROWS = 200; // a folder that claims more is no camera's

// What the TIFF block `bytes` tells: [{what, value}]; nothing if it is none.
export function exifTells(bytes) {
  const order = latin(bytes.subarray(0, 2));
  if (order !== "II" && order !== "MM") return [];
  const block = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), little: order === "II" };
  try {
    return folder(block, block.view.getUint32(4, block.little), 0);
  } catch (error) {
    if (error instanceof RangeError) return []; // cut short, or pointing outside itself
    throw error;
  }
}

function folder(block, at, depth) {
  if (at === 0 || depth > 2) return [];
  const rows = Math.min(block.view.getUint16(at, block.little), MOST_ROWS);
  const found = [];
  for (let n = 0; n < rows; n += 1) found.push(...entry(block, at + 2 + 12 * n, depth));
  return found;
}

function entry(block, at, depth) {
  const { view, little } = block;
  const tag = view.getUint16(at, little);
  if (tag === EXIF_FOLDER) return folder(block, view.getUint32(at + 8, little), depth + 1);
  if (tag === GPS_FOLDER) return place(block, view.getUint32(at + 8, little));
  const what = TAGS.get(tag);
  if (what === undefined || view.getUint16(at + 2, little) !== 2) return [];
  const value = latin(valueBytes(block, at)).replaceAll("\0", "").trim();
  return value ? [{ what, value }] : [];
}

function valueBytes({ bytes, view, little }, at) {
  const size = (SIZES[view.getUint16(at + 2, little)] ?? 1) * view.getUint32(at + 4, little);
  const from = size <= 4 ? at + 8 : view.getUint32(at + 8, little);
  return bytes.subarray(from, from + Math.min(size, 2000));
}

// Latitude and longitude as degrees, with their letters.
function place(block, at) {
  const rows = Math.min(block.view.getUint16(at, block.little), MOST_ROWS);
  const read = {};
  for (let n = 0; n < rows; n += 1) {
    const row = at + 2 + 12 * n;
    const tag = block.view.getUint16(row, block.little);
    if (tag === 1 || tag === 3) read[tag] = latin(valueBytes(block, row)).slice(0, 1);
    if (tag === 2 || tag === 4) read[tag] = degrees(block, row);
  }
  return read[2] === undefined ? [] : [{ what: "place", value: `${read[2]} ${read[1] ?? ""}, ${read[4] ?? ""} ${read[3] ?? ""}`.trim() }];
}

function degrees({ view, little }, row) {
  const from = view.getUint32(row + 8, little);
  const part = (n) => view.getUint32(from + 8 * n, little) / (view.getUint32(from + 8 * n + 4, little) || 1);
  return (part(0) + part(1) / 60 + part(2) / 3600).toFixed(4);
}
