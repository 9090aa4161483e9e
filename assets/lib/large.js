// SPDX-License-Identifier: AGPL-3.0-or-later
// Containers of one large file, sealed and opened as streams. Format: spec/container.md, the same bytes; as src/demur/seal/large.py.
//
// A manifest stands before the file and holds its hash, so sealing reads the file twice: once to hash, once to encrypt. The sealed parts are
// kept as Blobs until the filing is answered: ciphertext, which a browser may put on its disk, and never the file itself.

import { sha256 } from "@noble/hashes/sha2.js";
import { sealStream, openStream } from "./age.js";
import { toHex } from "./bytes.js";
import { FLOOR, paddedLength, readHead, signedHead } from "./container.js";
import { Refusal, refuse } from "./errors.js";

const PIECE = 1_048_576; // bytes
const MAX_HEAD = 1_048_648; // a length, a manifest of 1 MiB at most, and its signature

// SHA-256 (hex) of a Blob; `tell` is told how many bytes were read.
export async function hashOf(blob, tell = () => {}) {
  const hash = sha256.create();
  let done = 0;
  for await (const piece of piecesOf(blob)) {
    hash.update(piece);
    tell((done += piece.length));
  }
  return toHex(hash.digest());
}

// The sealed container of `blob`: {size, sha256 (hex), blob}. `manifest.files` has one row, with its name; `hash` is that of the file (hex).
export async function sealLarge(blob, { manifest, hash, seed, recipients, tell = () => {} }) {
  const rows = [{ name: manifest.files[0].name, sha256: hash, size: blob.size }];
  const { head } = await signedHead({ ...manifest, files: rows }, seed);
  const plain = streamOf(containerPieces(head, blob, tell));
  const [digest, parts] = [sha256.create(), []];
  let [held, size] = [[], 0];
  for await (const piece of readAll(await sealStream(plain, recipients))) {
    digest.update(piece);
    held.push(piece);
    size += piece.length;
    if (held.length >= 16) {
      parts.push(new Blob(held));
      held = [];
    }
  }
  return { size, sha256: toHex(digest.digest()), blob: new Blob([...parts, ...held]) };
}

// What a sealed container of one file holds: {manifest, blob}, its signature by `by` (bytes), hash and padding proven. `sealed` is a Blob.
export async function openLarge(sealed, { identities, by }) {
  const pieces = readAll(await openStream(sealed.stream(), identities));
  let head = new Uint8Array(0);
  let opened;
  while (opened === undefined) {
    const { value, done } = await pieces.next();
    if (done || head.length > MAX_HEAD) refuse("container", "cut");
    head = joined(head, value);
    opened = await headOf(head, by);
  }
  const [row] = opened.manifest.files;
  const taking = { left: row.size, total: 0, digest: sha256.create(), parts: [] };
  take(taking, head.subarray(opened.length));
  for await (const piece of pieces) take(taking, piece);
  if (taking.left > 0 || toHex(taking.digest.digest()) !== row.sha256) throw new Refusal("forged", { why: "file" });
  if (opened.length + taking.total !== paddedLength(opened.length + row.size, FLOOR)) refuse("container", "padding");
  return { manifest: opened.manifest, blob: new Blob(taking.parts) };
}

// The head once enough of it is there; a head that is whole and wrong is refused.
async function headOf(data, by) {
  if (data.length < 8) return undefined;
  const size = Number(new DataView(data.buffer, data.byteOffset, 8).getBigUint64(0));
  if (size < 1 || size > 2 ** 20) refuse("container", "cut");
  if (data.length < 8 + size + 64) return undefined;
  const opened = await readHead(data, { by });
  return opened.manifest.files.length === 1 ? opened : refuse("container", "number-of-files");
}

function take(taking, piece) {
  const part = piece.subarray(0, taking.left);
  if (piece.subarray(part.length).some((byte) => byte !== 0)) refuse("container", "padding");
  taking.digest.update(part);
  taking.parts.push(part);
  taking.left -= part.length;
  taking.total += piece.length;
}

async function* containerPieces(head, blob, tell) {
  yield head;
  let done = 0;
  for await (const piece of piecesOf(blob)) {
    yield piece;
    tell((done += piece.length));
  }
  const length = head.length + blob.size;
  for (let zeros = paddedLength(length) - length; zeros > 0; zeros -= PIECE) yield new Uint8Array(Math.min(zeros, PIECE));
}

// A file that changed since it was chosen, or is gone, cannot be read any more: better than a hash that does not fit.
async function* piecesOf(blob) {
  for (let at = 0; at < blob.size; at += PIECE) {
    try {
      yield new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer());
    } catch {
      throw new Refusal("file-changed");
    }
  }
}

function streamOf(pieces) {
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        controller.error(error);
      }
    },
  });
}

// The pieces of a stream. Not every browser can walk one.
async function* readAll(stream) {
  const reader = stream.getReader();
  try {
    for (let row = await reader.read(); !row.done; row = await reader.read()) yield row.value;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    refuse("sealed-file", "cannot-open");
  }
}

function joined(left, right) {
  const whole = new Uint8Array(left.length + right.length);
  whole.set(left);
  whole.set(right, left.length);
  return whole;
}
