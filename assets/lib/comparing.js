// SPDX-License-Identifier: AGPL-3.0-or-later
// Holding what one log signed against what it signed elsewhere, and noticing what an honest one cannot have signed. As
// src/demur/client/{comparing,noticing}.py.
//
// What was withheld and came late is no reason to refuse a thread, because the author must be able to read it. No clock is met by it before
// the last head that lacks it, whatever time is claimed; and the evidence is kept.

import { toHex } from "./bytes.js";
import { Refusal } from "./errors.js";
import { contradict, logTime, wentBack, wentBackAfter, withheld } from "./record/contradictions.js";
import { backDated, shorterThread, withheldItem } from "./record/evidence.js";
import { parseProof } from "./record/proof.js";

// Throws "back-dated", with evidence, if a checkpoint states an earlier time than what came before it. `trees` ([{note, accepted}]) are smallest
// first; `heads` are [{note, head}].
export function checkTimes(channel, trees, heads) {
  const evidence = backwards(channel, trees, heads);
  if (evidence !== undefined) throw new Refusal("back-dated", { evidence });
}

// The evidence of times that run backwards, undefined if none do.
function backwards(channel, trees, heads) {
  for (const [at, smaller] of trees.entries()) {
    const larger = trees.slice(at + 1).find((row) => wentBack(smaller.accepted, row.accepted));
    if (larger !== undefined) return backDated(channel, { smaller: smaller.note, larger: larger.note });
  }
  for (const { note, head } of heads) {
    const tree = trees.find((row) => wentBackAfter(head, row.accepted));
    if (tree !== undefined) return backDated(channel, { head: note, larger: tree.note });
  }
  return undefined;
}

// Throws "thread-shorter", with evidence, if two heads ({note, head}) of one mailbox contradict each other.
export function checkOneThread(channel, heads) {
  const sorted = [...heads].sort((left, right) => left.head.time - right.head.time);
  for (const [at, one] of sorted.entries()) {
    const other = sorted.slice(at + 1).find((row) => contradict(one.head, row.head));
    if (other === undefined) continue;
    const evidence = shorterThread(channel, { older: one.note, newer: other.note });
    throw new Refusal("thread-shorter", { before: one.head.count, now: other.head.count, evidence });
  }
}

// What the log must answer for in a thread that holds: [{code, facts, evidence}]. `kept` are [{note, head}] from before, which the mailbox
// extends; `places` is a Map n -> proof of an item.
export function noticed(channel, kept, mailbox, places) {
  const found = mailbox.items.filter(({ n }) => places.has(n)).map((item) => withheldHere(channel, kept, mailbox, item, places.get(item.n)));
  const notes = new Map([...places.values()].map(({ text, accepted }) => [parseProof(text).checkpoint, accepted]));
  const trees = [...notes].map(([note, accepted]) => ({ note, accepted }));
  trees.sort((left, right) => left.accepted.checkpoint.size - right.accepted.checkpoint.size);
  const evidence = backwards(channel, trees, kept);
  if (evidence !== undefined) found.push({ code: "back-dated", facts: {}, evidence });
  return found.filter((row) => row !== undefined);
}

function withheldHere(channel, kept, mailbox, { n, event, r, body }, placed) {
  const recorded = logTime(placed.accepted);
  const lacking = kept.find(({ head }) => withheld(head, n, { index: placed.index, recorded }));
  if (lacking === undefined) return undefined;
  // The first head that holds it, so that asking again makes the same evidence, not more of it.
  const later = [...kept, { note: mailbox.headNote, head: mailbox.head }].find(({ head }) => head.count > n);
  const evidence = withheldItem(channel, {
    head: lacking.note,
    later: later.note,
    items: mailbox.hashes.slice(0, later.head.count),
    opening: { body, event, r: toHex(r) },
    proof: placed.text,
  });
  return { code: "withheld", facts: { n, type: event.type }, evidence };
}
