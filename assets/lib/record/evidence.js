// SPDX-License-Identifier: AGPL-3.0-or-later
// Evidence: what a client saw that an honest server cannot have signed. Format and kinds: spec/receipt.md, "Evidence"; as
// src/demur/client/evidence.py.
//
// Each kind is a contradiction between things signed by the channel's own keys, so it convinces somebody who trusts neither the author nor
// the server; `demur verify` says so on any machine. What is no contradiction (contradictions.js) must not be made into evidence: it would
// make every later one worthless. Each function gives the file's text; notes and proofs are the signed texts, hashes are bytes.

import { channelLine } from "../receipt.js";
import { writeSections } from "../sections.js";
import { fromUtf8, toBase64, written } from "./texts.js";

const FIRST_LINE = "demur/evidence/v1";

// The log named as in force a roster that its officers did not sign. `roster` is the entry.
export function unsignedRoster(channel, { directory, roster }) {
  return write(channel, "unsigned-roster", [["directory", directory], ["roster", line(roster)]]);
}

// Items were taken away from a thread: two mailbox heads.
export function shorterThread(channel, { older, newer }) {
  return write(channel, "shorter-thread", [["older", older], ["newer", newer]]);
}

// An item was replaced in a thread that also grew. `items` are the item hashes of `newer`, from item 0.
export function changedItem(channel, { older, newer, items }) {
  return write(channel, "changed-item", [["older", older], ["newer", newer], ["items", lines(items)]]);
}

// The log had recorded an item and signed, in `head`, that the mailbox did not hold it. `items` are the item hashes of `later`, a head that
// counts it; `opening` is {body, event, r}: whoever reads the evidence reads the event, never a sealed body; `proof` its place in the record.
export function withheldItem(channel, { head, later, items, opening, proof }) {
  const parts = [["head", head], ["later", later], ["items", lines(items)], ["opening", line(opening)], ["proof", proof]];
  return write(channel, "withheld-item", parts);
}

// A promised entry is not in the tree of a checkpoint later than its due time. `leaves` are all of that tree.
export function brokenPromise(channel, { promise, checkpoint, leaves }) {
  return write(channel, "broken-promise", [["promise", promise], ["checkpoint", checkpoint], ["hashes", lines(leaves)]]);
}

// Two checkpoints are not of one record. `leaves` are all of the newer tree; none if the sizes are equal.
export function forkedRecord(channel, { older, newer, leaves = [] }) {
  const hashes = leaves.length > 0 ? [["hashes", lines(leaves)]] : [];
  return write(channel, "forked-record", [["older", older], ["newer", newer], ...hashes]);
}

// The log's times run backwards: a checkpoint, and a `smaller` one or a mailbox `head` that came before it.
export function backDated(channel, { larger, smaller, head }) {
  const before = smaller === undefined ? ["head", head] : ["smaller", smaller];
  return write(channel, "back-dated", [before, ["larger", larger]]);
}

// The log named what it had replaced. `seen` and `shown` are {note: directory, line: the statement that it named, on a line}; `shown` came
// later.
export function olderStatement(channel, { seen, shown }) {
  const parts = [["seen", seen.note], ["seen-statement", seen.line], ["shown", shown.note], ["shown-statement", shown.line]];
  return write(channel, "older-statement", parts);
}

// A statement as it stands in evidence.
export function line(value) {
  return `${fromUtf8(written(value, "evidence"), "evidence")}\n`;
}

function lines(hashes) {
  return hashes.map((hash) => `${toBase64(hash)}\n`).join("");
}

function write(channel, kind, parts) {
  return writeSections(FIRST_LINE, [["channel", channelLine(channel)], ["kind", `${kind}\n`], ...parts]);
}
