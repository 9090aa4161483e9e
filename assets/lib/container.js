// SPDX-License-Identifier: AGPL-3.0-or-later
// Containers: what is inside every sealed file. Format: spec/container.md; as src/demur/seal/container.py.

import { load } from "./canonical.js";
import { fromHex, sha256, toHex } from "./bytes.js";
import { verify } from "./signing.js";

export const DOMAIN = "demur/manifest/v1";
export const FLOOR = 32768;

// Padmé: lengths that say little.
export function paddedLength(size, floor = FLOOR) {
  const n = Math.max(size, floor);
  if (n < 2) return n;
  const exponent = Math.floor(Math.log2(n));
  const free = 2 ** Math.max(exponent - (Math.floor(Math.log2(exponent)) + 1), 0);
  return Math.ceil(n / free) * free;
}

// The manifest and the files of a container whose signature, hashes and padding all hold; throws otherwise.
export async function unpack(data, { by, floor = FLOOR } = {}) {
  const size = Number(new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0));
  let at = 8 + size;
  if (size < 1 || size > 2 ** 20 || at + 64 > data.length) throw new Error("not a container");
  const head = data.subarray(8, at);
  const manifest = load(head);
  if (by && manifest.by !== toHex(by)) throw new Error("signed by another key");
  await verify(fromHex(manifest.by), DOMAIN, head, data.subarray(at, at + 64));
  at += 64;
  const files = new Map();
  for (const row of manifest.files) {
    const part = data.subarray(at, at + row.size);
    if (part.length !== row.size || toHex(await sha256(part)) !== row.sha256 || files.has(row.name)) throw new Error("a file does not fit");
    files.set(row.name, part);
    at += row.size;
  }
  if (data.length !== paddedLength(at, floor) || data.subarray(at).some((byte) => byte !== 0)) throw new Error("the padding is not plain");
  return { manifest, files };
}
