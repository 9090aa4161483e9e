// SPDX-License-Identifier: AGPL-3.0-or-later
// Containers: what is inside every sealed file. Format: spec/container.md; as src/demur/seal/container.py.
//
//     u64 length || manifest || 64-byte signature || files in manifest order || zeros
//
// age hides but does not say who wrote; the manifest's signature does. The zeros hide how long. Nothing is left to choose for whoever
// packs, so nothing can be smuggled out in the padding.

import { dump, load } from "./canonical.js";
import { fromHex, isWellFormed, sha256, toHex } from "./bytes.js";
import { everyManifest } from "./documents/forms.js";
import { Refusal, refuse } from "./errors.js";
import { FLOOR, paddedLength } from "./padme.js";
import { concat, u64, utf8 } from "./record/texts.js";
import { fault } from "./schema.js";
import { publicKey, sign, verify } from "./signing.js";

export { FLOOR, paddedLength };
export const DOMAIN = "demur/manifest/v1";
const CODE = "container";
const SIGNATURE = 64;
const MAX_MANIFEST = 1_048_576;
const MAX_NAME = 255; // bytes of UTF-8, the most that common file systems hold

// A container of `files` (bytes), which `manifest.files` names in order; sizes and hashes are filled in, and `by` from `seed`.
// Gives {bytes, manifest as it was signed}.
export async function pack(manifest, files, seed, { floor = FLOOR } = {}) {
  if (manifest.files.length !== files.length) refuse(CODE, "number-of-files");
  const rows = await Promise.all(
    files.map(async (data, at) => ({ name: manifest.files[at].name, sha256: toHex(await sha256(data)), size: data.length })),
  );
  const { head, manifest: signed } = await signedHead({ ...manifest, files: rows }, seed);
  const length = files.reduce((sum, data) => sum + data.length, head.length);
  const whole = new Uint8Array(paddedLength(length, floor));
  let at = 0;
  for (const part of [head, ...files]) {
    whole.set(part, at);
    at += part.length;
  }
  return { bytes: whole, manifest: signed };
}

// Length, manifest and signature: what stands before the files. Gives {head, manifest}.
export async function signedHead(manifest, seed) {
  const filled = { ...manifest, by: toHex(await publicKey(seed)) };
  checkManifest(filled);
  const head = dump(filled);
  return { head: concat(u64(head.length), head, await sign(seed, DOMAIN, head)), manifest: filled };
}

// {manifest, files: Map name -> bytes} of a container whose signature, hashes and padding all hold. `by`: who must have signed it (bytes).
export async function unpack(data, { by, floor = FLOOR } = {}) {
  const { manifest, length } = await readHead(data, { by });
  const files = new Map();
  let at = length;
  for (const row of manifest.files) {
    const part = data.subarray(at, at + row.size);
    if (part.length !== row.size) refuse(CODE, "cut");
    if (toHex(await sha256(part)) !== row.sha256) throw new Refusal("forged", { why: "file" });
    files.set(row.name, part);
    at += row.size;
  }
  if (data.length !== paddedLength(at, floor) || data.subarray(at).some((byte) => byte !== 0)) refuse(CODE, "padding");
  return { manifest, files };
}

// {manifest, length} of what stands before the files, its signature checked; `data` may be cut after it.
export async function readHead(data, { by } = {}) {
  if (data.length < 8) refuse(CODE, "cut");
  const size = Number(new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0));
  const end = 8 + size + SIGNATURE;
  if (size < 1 || size > MAX_MANIFEST || end > data.length) refuse(CODE, "cut");
  const head = data.subarray(8, 8 + size);
  const manifest = read(head);
  checkManifest(manifest);
  if (by !== undefined && manifest.by !== toHex(by)) throw new Refusal("forged", { why: "another-key" });
  await verify(fromHex(manifest.by), DOMAIN, head, data.subarray(8 + size, end));
  return { manifest, length: end };
}

function read(head) {
  try {
    return load(head);
  } catch (error) {
    return refuse(CODE, `not-canonical: ${error.message}`);
  }
}

// The members that every manifest has (spec/documents.json); those of its type are for who knows what the file is.
// What is wrong with a name is said of the name, before all else: whoever packs can give another.
function checkManifest(manifest) {
  const rows = Array.isArray(manifest?.files) ? manifest.files : [];
  for (const row of rows) if (typeof row?.name === "string") checkName(row.name);
  if (fault(manifest, everyManifest) !== "") refuse(CODE, "manifest");
  if (new Set(manifest.files.map((row) => row.name)).size !== manifest.files.length) refuse(CODE, "one-name-twice");
}

// Throws for a file name that could lead out of a directory or deceive a terminal.
export function checkName(name) {
  const long = name === "" || name === "." || name === ".." || !isWellFormed(name) || utf8(name).length > MAX_NAME;
  if (long || /[/\\\x00-\x1f\x7f]/.test(name)) throw new Refusal("file-name", { name });
}
