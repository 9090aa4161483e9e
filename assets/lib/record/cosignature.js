// SPDX-License-Identifier: AGPL-3.0-or-later
// Cosignatures (c2sp.org/tlog-cosignature) of checkpoints, Ed25519 (0x04) and ML-DSA-44 (0x06). As src/demur/record/cosignature.py.
//
// A cosignature says: at this time, this was the largest consistent tree I had seen. The log cosigns its own checkpoints with ML-DSA-44,
// under the name origin/pq, so that a record signed today still binds when Ed25519 falls; that never counts as a witness.

import { checkPublic, verifyEd25519 } from "../ed25519.js";
import { refuse } from "../errors.js";
import { verifyMlDsa44 } from "../lean/mldsa44.js";
import { parseCheckpoint } from "./checkpoint.js";
import { parseVkey } from "./note.js";
import { concat, isNumber, u64, utf8 } from "./texts.js";

const [COSIGNATURE_ED25519, COSIGNATURE_MLDSA44] = [0x04, 0x06];
const SIZES = { [COSIGNATURE_ED25519]: [32, 64], [COSIGNATURE_MLDSA44]: [1312, 2420] }; // public key, signature
const CODE = "note";

export const pqName = (origin) => `${origin}/pq`;

// A cosigner's public key, as in note.js, and `time(signature)`: the POSIX seconds, never 0, that a signature states.
export function cosignerKey(vkey) {
  const key = parseVkey(vkey);
  if (key.bytes.length !== SIZES[key.kind]?.[0]) refuse(CODE, "key-type");
  if (key.kind === COSIGNATURE_ED25519) checkPublic(key.bytes);
  return Object.freeze({ ...key, check: (text, signature) => holds(key, text, signature), time: (signature) => split(key, signature).time });
}

function split(key, signature) {
  if (signature.length !== 8 + SIZES[key.kind][1]) refuse(CODE, "cosignature-length");
  const time = Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0));
  return isNumber(time) && time > 0 ? { time, body: signature.subarray(8) } : refuse(CODE, "cosignature-time");
}

async function holds(key, text, signature) {
  const { time, body } = split(key, signature);
  const tree = parseCheckpoint(text);
  if (key.kind === COSIGNATURE_ED25519) return verifyEd25519(key.bytes, utf8(`cosignature/v1\ntime ${time}\n${text}`), body);
  const message = concat(utf8("subtree/v1\n\0"), prefixed(key.name), u64(time), prefixed(tree.origin), u64(0), u64(tree.size), tree.root);
  return verifyMlDsa44(key.bytes, message, body);
}

function prefixed(text) {
  const bytes = utf8(text);
  return bytes.length < 256 ? concat(Uint8Array.of(bytes.length), bytes) : refuse(CODE, "key-name");
}
