// SPDX-License-Identifier: AGPL-3.0-or-later
// The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1), as C2SP logs use it: leaves, roots, and the two proofs checked.
// As src/demur/record/merkle.py; making proofs is the log's work, not a browser's.
//
// Indexes and sizes go up to 2^53 and are halved by division: JavaScript shifts only 32 bits.

import { refuse } from "../errors.js";
import { isNumber, same, sha256 } from "./texts.js";

const [LEAF, NODE] = [Uint8Array.of(0), Uint8Array.of(1)];
const half = (value) => Math.floor(value / 2);

export const EMPTY_ROOT = sha256();

export function leafHash(entry) {
  return sha256(LEAF, entry);
}

export function nodeHash(left, right) {
  return sha256(NODE, left, right);
}

// The root over leaf hashes: linear, for evidence and for whoever checks a whole record.
export function rootOf(leaves) {
  const edge = []; // of complete subtrees, the largest first: [how many leaves, hash]
  for (const leaf of leaves) {
    let [count, node] = [1, leaf];
    while (edge.at(-1)?.[0] === count) [count, node] = [2 * count, nodeHash(edge.pop()[1], node)];
    edge.push([count, node]);
  }
  return edge.length === 0 ? EMPTY_ROOT : edge.map(([, node]) => node).reduceRight((right, left) => nodeHash(left, right));
}

// Throws unless `leaf` stands at `index` in the tree of `size` under `root` (RFC 9162 section 2.1.3.2).
export function verifyInclusion(leaf, index, size, proof, root) {
  if (!isNumber(index) || !isNumber(size) || index >= size) refuse("proof", "not-in-the-tree");
  const climb = new Climb(index, size - 1);
  let result = leaf;
  for (const part of proof) {
    result = climb.fromLeft() ? nodeHash(part, result) : nodeHash(result, part);
    climb.up();
  }
  if (climb.last !== 0 || !same(result, root)) refuse("proof", "another-root");
}

// Throws unless the tree of `size` under `root` extends that of `old` under `oldRoot` (RFC 9162 section 2.1.4.2).
export function verifyConsistency(old, oldRoot, size, root, proof) {
  if (!isNumber(old) || !isNumber(size) || old > size) refuse("proof", "went-back");
  if (old === 0 || old === size) {
    const expected = old === 0 ? EMPTY_ROOT : root;
    if (proof.length > 0 || !same(oldRoot, expected)) refuse("proof", "two-records");
    return;
  }
  const whole = (BigInt(old) & BigInt(old - 1)) === 0n; // the old tree is one complete subtree: its root is not sent again
  const parts = whole ? [oldRoot, ...proof] : proof;
  if (parts.length === 0) refuse("proof", "empty");
  const climb = new Climb(old - 1, size - 1);
  while (climb.at % 2 === 1) climb.up(); // to the largest complete subtree that ends the old tree: the proof starts with its hash
  let [first, second] = [parts[0], parts[0]];
  for (const part of parts.slice(1)) {
    if (climb.fromLeft()) [first, second] = [nodeHash(part, first), nodeHash(part, second)];
    else second = nodeHash(second, part);
    climb.up();
  }
  if (climb.last !== 0 || !same(first, oldRoot) || !same(second, root)) refuse("proof", "rewritten");
}

// A way from a leaf to the root: where it stands, and where the last node of that height stands.
class Climb {
  constructor(at, last) {
    this.at = at;
    this.last = last;
  }

  // Whether the next sibling stands to the left.
  fromLeft() {
    if (this.last === 0) refuse("proof", "too-long");
    const left = this.at % 2 === 1 || this.at === this.last;
    while (left && this.at % 2 === 0 && this.at !== 0) this.up(); // a last node without sibling moves up as it is
    return left;
  }

  up() {
    [this.at, this.last] = [half(this.at), half(this.last)];
  }
}
