// SPDX-License-Identifier: AGPL-3.0-or-later
// A log that was restored from a backup has lost what it had signed, and says so in its record for all to see: a `gap` entry. As
// src/demur/client/gaps.py.
//
// Such a confession excuses what a lie would look like: the author is told, keeps the evidence, and reads on. It excuses nothing that the
// backup still held, and nothing that was signed after the restore.

import { Refusal } from "./errors.js";
import { leafOf } from "./events.js";
import { compareHeads } from "./mailbox.js";
import { gapEntries } from "./record/gapentries.js";
import { MARGIN } from "./record/head.js";
import { openPromise } from "./record/promise.js";
import { parseProof } from "./record/proof.js";
import { same } from "./record/texts.js";

// The gap entries of a record from entry `since` on, looked for when something is missing and only then.
export class Gaps {
  noticed = []; // [{code, facts, evidence}]
  #found;

  constructor(record, since) {
    this.record = record;
    this.since = since;
  }

  // [{index, first, time}]: what entries from `first` on were about may be lost, as the log said at `time`.
  async found() {
    this.#found ??= await gapEntries(this.record, this.since);
    return this.#found;
  }

  // Those of the heads `kept` ([{note, head}]) that the mailbox extends; that a gap took the others is noticed. Throws what compareHeads
  // throws where no gap excuses it.
  async surviving(kept, acts, mailbox) {
    const survivors = [];
    let lost;
    for (const row of kept) {
      try {
        compareHeads(this.record.channel, [row], mailbox);
        survivors.push(row);
      } catch (error) {
        const taken = error instanceof Refusal && ["thread-shorter", "item-changed"].includes(error.code);
        if (!taken || !(await this.#excused(row.head, acts, mailbox))) throw error;
        lost = error;
      }
    }
    if (lost !== undefined) this.noticed.push({ code: "lost", facts: {}, evidence: lost.facts.evidence });
    return survivors;
  }

  // Whether a gap came after a promise given at `promised`; that it is broken is noticed.
  async excusesPromise(error, promised) {
    const excused = (await this.found()).some((gap) => promised <= gap.time + MARGIN);
    if (excused) this.noticed.push({ code: "lost-act", facts: {}, evidence: error.facts.evidence });
    return excused;
  }

  async #excused(older, acts, mailbox) {
    for (const gap of await this.found()) {
      const between = older.size <= gap.index && gap.index < mailbox.head.size;
      if (between && !(await this.#heldBefore(gap, acts, mailbox))) return true;
    }
    return false;
  }

  // Whether an act that is missing stood in the record that the backup held: its row was there too, so the gap did not take it.
  async #heldBefore(gap, acts, mailbox) {
    const here = mailbox.items.map(({ event, r }) => leafOf(event, r));
    for (const { promise, proof } of acts.filter((act) => act.proof !== "")) {
      const [leaf] = (await openPromise(promise, this.record.channel.logKey)).entries;
      if (!here.some((known) => same(known, leaf)) && parseProof(proof).index < gap.first) return true;
    }
    return false;
  }
}
