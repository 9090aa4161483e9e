// SPDX-License-Identifier: AGPL-3.0-or-later
// Bundles: several sealed files in one request, so that a filing arrives whole or not at all. Format: spec/filing.md; as
// src/demur/dissent/bundle.py.

import { sha256, toHex } from "./bytes.js";
import { dump, load } from "./canonical.js";
import { exact } from "./charter/channel.js";
import { refuse } from "./errors.js";
import { concat, u64 } from "./record/texts.js";

export const MEDIA_TYPE = "application/vnd.demur.bundle";
export const UPLOAD = "upload"; // the role of a file that was sent before in parts: the bundle names it and does not carry it
const CODE = "bundle";
const MAX_HEADER = 262_144; // bytes

// How a file stands in a bundle's header.
export async function describe(role, data) {
  return { role, sha256: toHex(await sha256(data)), size: data.length };
}

// A bundle; `header.files` lists what `files` ([role, bytes]) carry and what was uploaded, in order.
export function packBundle(header, files) {
  const head = dump(header);
  if (head.length > MAX_HEADER) refuse(CODE, "header-too-long");
  return concat(u64(head.length), head, ...files.map(([, data]) => data));
}

// A bundle whose files are described here.
export async function makeBundle(header, files) {
  return packBundle({ ...header, files: await Promise.all(files.map(([role, data]) => describe(role, data))) }, files);
}

// {header, files: [[role, bytes]]}. Throws unless every size and hash fits.
export async function unpackBundle(data) {
  if (data.length < 8) refuse(CODE, "cut");
  const size = Number(new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0));
  if (size < 1 || size > MAX_HEADER || 8 + size > data.length) refuse(CODE, "cut");
  const header = readHeader(data.subarray(8, 8 + size));
  const files = [];
  let at = 8 + size;
  for (const row of header.files.filter(({ role }) => role !== UPLOAD)) {
    const part = data.subarray(at, at + row.size);
    if (part.length !== row.size || toHex(await sha256(part)) !== row.sha256) refuse(CODE, "damaged");
    files.push([row.role, part]);
    at += row.size;
  }
  return at === data.length ? { header, files } : refuse(CODE, "more-than-listed");
}

function readHeader(bytes) {
  let header;
  try {
    header = load(bytes);
  } catch (error) {
    refuse(CODE, `not-canonical: ${error.message}`);
  }
  const isSize = (size) => Number.isSafeInteger(size) && size > 0;
  const good = ({ role, sha256: hash, size }) => typeof role === "string" && /^[0-9a-f]{64}$/.test(hash) && isSize(size);
  const rows = header?.files;
  return Array.isArray(rows) && rows.every((row) => exact(row, ["role", "sha256", "size"]) && good(row)) ? header : refuse(CODE, "list");
}
