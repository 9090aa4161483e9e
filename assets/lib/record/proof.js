// SPDX-License-Identifier: AGPL-3.0-or-later
// Proofs that travel (c2sp.org/tlog-proof, v1): index, audit path, checkpoint; verified offline against a policy.
// As src/demur/record/proof.py.

import { refuse } from "../errors.js";
import { verifyInclusion } from "./merkle.js";
import { parseNote } from "./note.js";
import { accept } from "./policy.js";
import { decimal, fromBase64, hashFrom, toBase64 } from "./texts.js";

const CODE = "proof";
const FORM = /^c2sp\.org\/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/=]+)\n)?index ([0-9]+)\n((?:[A-Za-z0-9+/=]{44}\n){0,63})\n/;

// {index, hashes, checkpoint: the signed note, verbatim}. `extra`, which nothing authenticates, is checked for form and left out.
export function parseProof(text) {
  const match = FORM.exec(text) ?? refuse(CODE, "form");
  const [head, extra, index, lines] = match;
  if (extra !== undefined && fromBase64(extra, CODE).length === 0) refuse(CODE, "form");
  const checkpoint = text.slice(head.length);
  parseNote(checkpoint);
  const hashes = lines.split("\n").slice(0, -1).map((line) => hashFrom(line, CODE));
  return Object.freeze({ index: decimal(index, CODE), hashes, checkpoint });
}

// The text of a proof of its parts.
export function proofText({ index, hashes, checkpoint }) {
  return `c2sp.org/tlog-proof@v1\nindex ${index}\n${hashes.map((hash) => `${toBase64(hash)}\n`).join("")}\n${checkpoint}`;
}

// The checkpoint, as policy.js accepts it, whose tree holds the entry with this leaf hash, and its `index` there.
export async function verifyProof(text, leaf, policy) {
  const { index, hashes, checkpoint } = parseProof(text);
  const accepted = await accept(policy, checkpoint);
  const { size, root } = accepted.checkpoint;
  verifyInclusion(leaf, index, size, hashes, root);
  return Object.freeze({ ...accepted, index });
}
