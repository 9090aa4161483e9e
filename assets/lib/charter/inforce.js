// SPDX-License-Identifier: AGPL-3.0-or-later
// What is in force, proven: charter, seats and keys, read from a server that is not believed. As src/demur/client/directory.py.
//
// A seat's key is taken only if the log signed that it is in force, the officers signed it, and it stands in the record under the channel's
// policy. How long it has stood there is the time of the first checkpoint that held it: a thief of the server who swaps a key must show it
// in public for the charter's waiting time first. A roster that the log named and the officers did not sign is evidence, and the Refusal
// "swapped-key" carries it.

import { toHex } from "../bytes.js";
import { Refusal, refuse, under } from "../errors.js";
import { readableEntry } from "../record/entry.js";
import { line, unsignedRoster } from "../record/evidence.js";
import { leafHash, verifyConsistency } from "../record/merkle.js";
import { accept } from "../record/policy.js";
import { verifyProof } from "../record/proof.js";
import { hashesFrom } from "../record/texts.js";
import { openDirectory } from "./directory.js";
import { checkStatement } from "./officers.js";
import { changed } from "./policies.js";
import { closedBecause, readRoster } from "./roster.js";

export const FRESH = 90_000; // seconds: a day's tick, and an hour for it to come late
const CODE = "bad-answer";

// Verifies an answer of /api/v1/directory. `now` is POSIX seconds; `channel` brings the changes of policy that were seen before.
//
// Gives {channel, directory, current (a checkpoint as policy.js accepts it), charter (the officers' statement), roster or undefined,
// rosterSince, readAt, warnings: codes, notes: {directory, checkpoint, charter, roster, policy}}. `rosterSince` is the time of the first
// checkpoint that held the roster: its keys are at least that old. Notes and lines are the signed texts themselves, "" where there is none.
export async function checkDirectory(answer, channel, { now }) {
  const [note, checkpoint] = [text(answer, "directory"), text(answer, "checkpoint")];
  const directory = await under(CODE, () => openDirectory(note, channel.logKey));
  const whole = await under(CODE, () => changed(channel, answer.policies));
  const policy = lastChange(whole);
  if (directory.policy !== (policy ? leafOf(policy) : "")) refuse(CODE, "another-policy");
  const current = await under(CODE, () => accept(whole.policy, checkpoint));
  checkFresh(directory, current, now);
  const at = { channel: whole, current };
  const charter = shown(answer.charter, directory.charter);
  await under(CODE, () => checkStatement(charter, whole));
  await proven(answer.charter, charter, at);
  const roster = directory.roster ? shown(answer.roster, directory.roster) : undefined;
  if (roster) await checkRosterSigned(roster, whole, note);
  return Object.freeze({
    ...at,
    directory,
    charter,
    roster: roster && (await under(CODE, () => readRoster(roster))),
    rosterSince: roster ? (await proven(answer.roster, roster, at)).time : 0,
    readAt: now,
    warnings: warnings(whole, current, now),
    notes: { directory: note, checkpoint, charter: line(charter), roster: roster ? line(roster) : "", policy: policy ? line(policy) : "" },
  });
}

// Why filing is not open now, "" if it is: a word of roster.js, or "new-charter" until the officers have signed the seats for a new one.
// `charter` is the model of the charter in force.
export function closedNow(found, charter) {
  return found.roster && found.roster.charter !== found.directory.charter ? "new-charter" : closedBecause(charter, found.roster);
}

// Whether the roster has been public for less than the charter's waiting time, `waiting` in seconds.
export function keysAreNew(found, waiting) {
  return found.readAt - found.rosterSince < waiting;
}

function lastChange(channel) {
  return channel.changes.at(-1)?.statement;
}

function leafOf(statement) {
  return toHex(leafHash(readableEntry(statement)));
}

function checkFresh(directory, { checkpoint }, now) {
  if (checkpoint.origin !== directory.origin || checkpoint.size < directory.size) refuse(CODE, "older-record");
  if (Math.abs(now - directory.time) > FRESH) throw new Refusal("another-day");
}

function warnings(channel, current, now) {
  const late = now - current.time > FRESH && !channel.practice;
  return [...(late ? ["tick-late"] : []), ...(current.unwitnessed ? ["unwitnessed"] : [])];
}

// The entry in `part` of the answer, if it is the one with leaf hash `leaf` (hex) that the log signed for.
function shown(part, leaf) {
  const entry = part?.entry;
  if (entry === null || typeof entry !== "object" || Array.isArray(entry)) refuse(CODE, "not-shown");
  let found;
  try {
    found = leafOf(entry);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse(CODE, error.message);
  }
  return found === leaf ? entry : refuse(CODE, "another-entry");
}

// The first checkpoint that held `entry`, in a tree that the current one extends.
async function proven(part, entry, { channel, current }) {
  return under(CODE, async () => {
    const first = await verifyProof(text(part, "proof"), leafHash(readableEntry(entry)), channel.policy);
    const [old, tree] = [first.checkpoint, current.checkpoint];
    verifyConsistency(old.size, old.root, tree.size, tree.root, hashesFrom(part.consistency, CODE));
    return first;
  });
}

async function checkRosterSigned(roster, channel, directory) {
  try {
    await checkStatement(roster, channel);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("swapped-key", { why: error.message, evidence: unsignedRoster(channel, { directory, roster }) });
  }
}

function text(part, name) {
  return typeof part?.[name] === "string" ? part[name] : refuse(CODE, `lacks-${name}`);
}
