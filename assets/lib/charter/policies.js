// SPDX-License-Identifier: AGPL-3.0-or-later
// Changing the trust policy: signed by the officers, proven under the policy that it replaces. Format: spec/policy.md, "Change"; as
// src/demur/charter/policies.py and client/policies.py.
//
// Whoever holds the channel words accepts a new policy only if it hangs on the first by a chain in which each link is signed by k officers
// and stands in a checkpoint that the policy before it accepts: so neither the server alone, nor the officers without the record, can put
// a weaker one in its place unseen.

import { refuse, under } from "../errors.js";
import { readableEntry } from "../record/entry.js";
import { leafHash } from "../record/merkle.js";
import { parsePolicy, policyAfter } from "../record/policy.js";
import { verifyProof } from "../record/proof.js";
import { same, written } from "../record/texts.js";
import { checkStatement } from "./officers.js";

const CODE = "policy-change";
const MEMBERS = ["officers", "origin", "policy", "previous", "serial", "type", "v"];

// The new policy of a signed statement that follows what is in force in `channel`; members that are not known are passed over.
export async function checkChange(statement, channel) {
  await under(CODE, () => checkStatement(statement, channel));
  if (statement.type === "policy" && Number.isSafeInteger(statement.v) && statement.v !== 1) refuse(CODE, "update");
  if (!MEMBERS.every((name) => Object.hasOwn(statement, name)) || statement.v !== 1 || statement.type !== "policy") refuse(CODE, "members");
  if (statement.serial !== channel.changes.length + 1 || statement.previous !== channel.policy.sha256) refuse(CODE, "does-not-follow");
  const policy = await under(CODE, () => parsePolicy(String(statement.policy)));
  const log = policy.log.vkey === channel.log.ed25519 && policy.witnesses.get("log-pq").vkey === channel.log["ml-dsa-44"];
  return log ? policy : refuse(CODE, "another-log");
}

// The channel after one more change. Throws unless it is signed, follows, and is proven under the policy before it.
export async function withChange(channel, statement, proof) {
  const policy = await checkChange(statement, channel);
  // By that policy's own text, whatever the size: a checkpoint small enough for a still older policy would need none of the witnesses
  // that this change may be about to remove.
  const plain = parsePolicy(channel.policy.text);
  const found = await under(CODE, () => verifyProof(proof, leafHash(readableEntry(statement)), plain));
  const { size } = found.checkpoint;
  const after = policyAfter(policy, [...channel.policy.before, { policy: plain, last: size }]);
  const change = Object.freeze({ statement: structuredClone(statement), proof, size, policy: after });
  return Object.freeze({ ...channel, policy: after, changes: Object.freeze([...channel.changes, change]) });
}

// The channel after all of `rows`, [{statement, proof}], from its first policy on.
export async function withChanges(channel, rows) {
  let after = withoutChanges(channel);
  for (const { statement, proof } of rows) after = await withChange(after, statement, proof);
  return after;
}

// The channel as its words cover it.
export function withoutChanges(channel) {
  return Object.freeze({ ...channel, policy: channel.first, changes: Object.freeze([]) });
}

// Throws unless `newer` knows every change that `older` knows: a server that leaves one out serves an old policy.
export function checkFollows(older, newer) {
  const follows = older.changes.every(({ statement }, at) => {
    const theirs = newer.changes[at];
    return theirs !== undefined && same(written(statement, CODE), written(theirs.statement, CODE));
  });
  if (!follows) refuse(CODE, "left-out");
}

// `newer`, each change that `older` knows too proven in the smaller of the two checkpoints. The log can prove an old change once more in a
// larger tree that it signs alone, and everything smaller would be judged by the old policy again.
export async function agreed(older, newer) {
  checkFollows(older, newer);
  if (older.changes.length === 0) return newer;
  return withChanges(newer, newer.changes.map((change, at) => {
    const mine = older.changes[at];
    return mine !== undefined && mine.size <= change.size ? mine : change;
  }));
}

// `channel` with the changes that a server lists, [{statement, proof}]; `channel` brings those that were seen before.
export async function changed(channel, rows) {
  const isChange = (row) => row !== null && typeof row === "object" && isObject(row.statement) && typeof row.proof === "string";
  if (!Array.isArray(rows) || !rows.every(isChange)) refuse(CODE, "form");
  return agreed(channel, await withChanges(channel, rows));
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
