// SPDX-License-Identifier: AGPL-3.0-or-later
// What this page has seen of a channel: the largest checkpoint, the newest directory. A server that shows less, or other, is refused. As
// src/demur/client/memory.py, but a browser's memory ends with the page: what it saw on another day only a receipt tells.

import { checkDirectory, FRESH } from "./charter/inforce.js";
import { readNamed, rolledBack } from "./charter/named.js";
import { agreed, withoutChanges } from "./charter/policies.js";
import { checkTimes } from "./comparing.js";
import { Refusal, refuse, under } from "./errors.js";
import { olderStatement } from "./record/evidence.js";
import { Record } from "./lookups.js";

const CODE = "bad-answer";

// A checkpoint that was shown, as {note, accepted}.
export function treeOf(found) {
  return { note: found.notes.checkpoint, accepted: found.current };
}

// What is in force, held against `memory` ({found}, which is changed) and the checkpoints `kept` ([{note, accepted}]), such as those of a
// receipt. Gives what charter/inforce.js found.
export async function askInForce(server, channel, { memory, now, kept = [] }) {
  const answer = await server.getJson("/api/v1/directory");
  const seen = memory.found;
  // Asked from the first policy on: one that leaves a change out must be shown whole, to be compared with what was seen.
  const shown = await checkDirectory(answer, withoutChanges(channel), { now });
  if (seen !== undefined) await compareStatements(seen, shown);
  // Under a weaker policy the rest would be judged by the wrong witnesses.
  const found = await held(answer, shown, seen === undefined ? [channel] : [seen.channel, channel], now);
  const record = new Record(server, found.channel);
  for (const older of kept) await record.checkGrown(older, treeOf(found));
  if (seen !== undefined) await record.checkGrown(treeOf(seen), treeOf(found));
  if (seen !== undefined && found.directory.time + FRESH < seen.directory.time) refuse(CODE, "older-directory");
  memory.found = found;
  // Said once: the trees are of one record, and a clock that was set right must not close the page for ever.
  if (seen !== undefined) checkTimes(found.channel, [treeOf(seen), treeOf(found)], []);
  return found;
}

async function held(answer, shown, seen, now) {
  const channel = await under(CODE, async () => {
    let after = shown.channel;
    for (const older of seen) after = await agreed(older, after);
    return after;
  });
  const same = channel.changes.every((change, at) => change.size === shown.channel.changes[at].size);
  return same ? shown : checkDirectory(answer, channel, { now });
}

// Throws "rolled-back" with evidence if the log names what it had replaced; "bad-answer" where no two signatures prove it.
async function compareStatements(seen, shown) {
  for (const name of ["policy", "charter", "roster"]) {
    const [mine, theirs] = [seen.notes[name], shown.notes[name]];
    if (mine !== "" && mine !== theirs) await compareStatement(seen, shown, { mine, theirs });
  }
}

async function compareStatement(seen, shown, { mine, theirs }) {
  const [one, two] = [{ note: seen.notes.directory, line: mine }, { note: shown.notes.directory, line: theirs }];
  const first = await under(CODE, () => readNamed(seen.channel, one));
  const second = theirs === "" ? undefined : await under(CODE, () => readNamed(shown.channel, two));
  if (second !== undefined && rolledBack(first, second)) {
    throw new Refusal("rolled-back", { kind: first.kind, evidence: olderStatement(seen.channel, { seen: one, shown: two }) });
  }
  if (second === undefined || second.number < first.number) refuse(CODE, "older-statement");
  if (second.number === first.number && said(mine) !== said(theirs)) refuse(CODE, "two-statements-of-one-number");
}

// What a statement says, whichever of the officers signed it.
function said(line) {
  const { officers, ...statement } = JSON.parse(line);
  return JSON.stringify(statement); // canonical already: its members are sorted
}
