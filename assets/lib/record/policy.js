// SPDX-License-Identifier: AGPL-3.0-or-later
// Trust policies (c2sp.org/tlog-policy) in Demur's profile, PROTOCOL section 1. As src/demur/record/policy.py.
//
// One `log` line; a witness line `log-pq` for the log's own ML-DSA-44 key, which the quorum demands and which never counts as a witness;
// then the witnesses. A witness whose name starts with `inhouse-` is run by the institution itself: it does not lift "unwitnessed",
// because the institution could then forge time and order alone.

import { toHex } from "../bytes.js";
import { refuse } from "../errors.js";
import { parseCheckpoint } from "./checkpoint.js";
import { pqName } from "./cosignature.js";
import { parseNote, verified } from "./note.js";
import { LOG_PQ, readLines } from "./policyfile.js";
import { sha256, utf8 } from "./texts.js";

const CODE = "policy";
const IN_HOUSE = "inhouse-";
const kept = new Map(); // text -> policy; policies never change and every promise names one

// {text, sha256 (hex), log, witnesses, groups, quorum, demandsWitness, before: []}
export function parsePolicy(text) {
  if (!kept.has(text)) {
    if (kept.size >= 16) kept.clear();
    kept.set(text, parsed(text));
  }
  return kept.get(text);
}

function parsed(text) {
  const { log, witnesses, groups, quorum } = readLines(text);
  const policy = { text, log, witnesses, groups, quorum };
  if (witnesses.get(LOG_PQ).name !== pqName(log.name)) refuse(CODE, "log-pq-name");
  if (met(policy, quorum, (name) => name !== LOG_PQ)) refuse(CODE, "log-pq-not-demanded");
  const demandsWitness = !met(policy, quorum, (name) => !outside(name));
  return Object.freeze({ ...policy, sha256: toHex(sha256(utf8(text))), demandsWitness, before: Object.freeze([]) });
}

// `policy`, in force after others: `before` are [{policy, last}], the oldest first, each with the largest size that it still judges,
// that of the checkpoint in which its replacement was proven under it.
export function policyAfter(policy, before) {
  return Object.freeze({ ...policy, before: Object.freeze([...before]) });
}

// Whether a promise that carries this hash (hex) names this policy, or one that it replaced.
export function namesPolicy(policy, hash) {
  return hash === policy.sha256 || policy.before.some((row) => row.policy.sha256 === hash);
}

// Whether a signature by this name and id on some checkpoint means something.
export function isSigner(policy, { name, id }) {
  const keys = [policy, ...policy.before.map((row) => row.policy)].flatMap((one) => [one.log, ...one.witnesses.values()]);
  return keys.some((key) => key.name === name && key.id === id);
}

// The checkpoint of a signed note that meets the policy of its size:
// {checkpoint, times: {name: POSIX seconds}, witnesses: [outside ones, sorted], time, unwitnessed}. `time` is the lower median of the
// outside witnesses' times, or log-pq's own while unwitnessed.
export async function accept(policy, text) {
  const note = parseNote(text);
  const older = policy.before.length > 0 ? policy.before.find(({ last }) => parseCheckpoint(note.text).size <= last) : undefined;
  return acceptUnder(older?.policy ?? policy, note);
}

async function acceptUnder(policy, note) {
  const signed = await verified(note, [policy.log, ...policy.witnesses.values()]);
  const data = new Map(signed.map(({ key, data: bytes }) => [key, bytes]));
  if (data.size !== signed.length) refuse(CODE, "twice-by-one-key"); // its time would be open
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== policy.log.name || !data.has(policy.log)) refuse(CODE, "not-by-the-log");
  const times = Object.create(null); // a witness may be called `constructor`
  for (const [name, key] of policy.witnesses) if (data.has(key)) times[name] = key.time(data.get(key));
  if (!met(policy, policy.quorum, (name) => name in times)) refuse(CODE, "quorum");
  return judged(policy, checkpoint, times);
}

function judged(policy, checkpoint, times) {
  // A witness that signed with two keys is one witness, and its earlier time is its time.
  const [stated, called] = [new Map(), new Map()];
  for (const name of Object.keys(times).filter(outside).sort()) {
    const whose = policy.witnesses.get(name).name;
    stated.set(whose, Math.min(times[name], stated.get(whose) ?? times[name]));
    if (!called.has(whose)) called.set(whose, name);
  }
  const unwitnessed = stated.size === 0 || !policy.demandsWitness;
  const all = unwitnessed ? [times[LOG_PQ]] : [...stated.values()].sort((left, right) => left - right);
  return Object.freeze({
    checkpoint,
    times: Object.freeze(times),
    witnesses: Object.freeze([...called.values()].sort()),
    time: all[Math.floor((all.length - 1) / 2)],
    unwitnessed,
  });
}

function met(policy, name, signed) {
  if (policy.witnesses.has(name)) return signed(name);
  const { k, members } = policy.groups.get(name);
  return members.filter((member) => met(policy, member, signed)).length >= k;
}

function outside(name) {
  return name !== LOG_PQ && !name.startsWith(IN_HOUSE);
}
