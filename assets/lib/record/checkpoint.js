// SPDX-License-Identifier: AGPL-3.0-or-later
// Checkpoints (c2sp.org/tlog-checkpoint): origin, size and root of the record, as the text of a signed note. Exactly three lines.
// As src/demur/record/checkpoint.py.

import { refuse } from "../errors.js";
import { EMPTY_ROOT } from "./merkle.js";
import { checkOrigin, decimal, hashFrom, same } from "./texts.js";

const CODE = "checkpoint";

// {origin, size, root}
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") refuse(CODE, "not-three-lines");
  const tree = { origin: checkOrigin(lines[0], CODE), size: decimal(lines[1], CODE), root: hashFrom(lines[2], CODE) };
  if (tree.size === 0 && !same(tree.root, EMPTY_ROOT)) refuse(CODE, "not-the-empty-root");
  return Object.freeze(tree);
}
