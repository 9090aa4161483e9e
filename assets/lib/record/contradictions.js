// SPDX-License-Identifier: AGPL-3.0-or-later
// What cannot all be true of one honest log: predicates over things that it signed. Rules in spec/receipt.md, "Evidence".
// As src/demur/client/contradictions.py.
//
// Times are compared only with times that the same log stated, and one counts as later than another only if they lie more than MARGIN
// seconds apart: an honest log's own slowness, never a guess about clocks of others. Heads are as head.js opens them, checkpoints as policy.js accepts them.

import { chainOf, MARGIN } from "./head.js";
import { rootOf } from "./merkle.js";
import { LOG_PQ } from "./policyfile.js";
import { same } from "./texts.js";

// Seconds from signing a checkpoint to showing it: witnesses that do not answer, a full disk, a machine that is down.
export const SHOWN_LATE = 90_000;

// Whether two heads of one mailbox cannot both be honest. Two heads of one minute may have been signed in either order.
export function contradict(older, newer) {
  if (older.mailbox !== newer.mailbox) return false;
  if (older.count === newer.count) return !same(older.last, newer.last);
  return newer.count < older.count && newer.time > older.time + MARGIN;
}

// Whether `items`, the item hashes of `newer`, show that it does not extend `older`. Chains only grow, so this needs no time.
export function replaced(older, newer, items) {
  const chain = chainOf(items);
  const fits = items.length === newer.count && same(chain.at(-1), newer.last);
  return fits && older.mailbox === newer.mailbox && older.count < newer.count && !same(chain[older.count], older.last);
}

// Whether `head` leaves out item `n`, which stood at `index` in the record that the head itself names, since `recorded` (log's time).
export function withheld(head, n, { index, recorded }) {
  return head.count <= n && index < head.size && head.time > recorded + MARGIN;
}

// When the log says that it signed a checkpoint, whatever witnesses say.
export function logTime(accepted) {
  return accepted.times[LOG_PQ];
}

// Whether a checkpoint was signed after a promise was due: by the log's own time, and by what witnesses say. A witness whose clock runs ahead
// convicts nobody.
export function laterThan(notAfter, accepted) {
  return Math.min(accepted.time, logTime(accepted)) > notAfter + MARGIN;
}

// Whether two checkpoints of one size have different roots: two records.
export function twoRoots({ checkpoint: first }, { checkpoint: second }) {
  return first.size === second.size && !same(first.root, second.root);
}

// Whether `leaves`, all leaf hashes of `newer`'s tree, show that it does not extend `older`'s.
export function rewritten({ checkpoint: older }, { checkpoint: newer }, leaves) {
  if (leaves.length !== newer.size || !same(rootOf(leaves), newer.root)) return false;
  return older.size < leaves.length && !same(rootOf(leaves.slice(0, older.size)), older.root);
}

// Whether the log states an earlier time for a checkpoint that it must have signed later, because it is larger.
export function wentBack(smaller, larger) {
  return larger.checkpoint.size > smaller.checkpoint.size && logTime(larger) + MARGIN < logTime(smaller);
}

// Whether a checkpoint larger than the record that `head` names states a time long before the head's.
export function wentBackAfter(head, larger) {
  return larger.checkpoint.size > head.size && logTime(larger) + SHOWN_LATE < head.time;
}
