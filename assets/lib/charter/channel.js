// SPDX-License-Identifier: AGPL-3.0-or-later
// What a channel is known by: origin, log keys, officers, first policy; and the words that stand on the poster.
// Format: spec/channel.md; as src/demur/charter/channel.py.
//
// Trust does not come from the server. Whoever holds the six words can check that every key a server shows belongs to the channel they
// mean. A channel here is {origin, practice, log: {ed25519, "ml-dsa-44"}, officers, k, first, policy, logKey, digest (hex), words: [6],
// longWords: [12], changes: [{statement, proof, size, policy}]}: `first` is the first policy, which the words cover, `policy` the one
// after every change that is known, both as policy.js reads them.

import { fromHex, toHex } from "../bytes.js";
import { dump } from "../canonical.js";
import { Refusal, refuse } from "../errors.js";
import { bitsAsWords } from "../returning.js";
import { logKey } from "../record/note.js";
import { parsePolicy } from "../record/policy.js";
import { LOG_PQ } from "../record/policyfile.js";
import { same, sha256 } from "../record/texts.js";

const CODE = "channel";
const MEMBERS = ["k", "log", "officers", "origin", "policy", "type", "v"];

// Reads a channel document. Throws unless it is exactly one, whose parts fit each other.
export function readChannel(document) {
  if (!exact(document, MEMBERS) || !exact(document.log, ["ed25519", "ml-dsa-44"])) refuse(CODE, "members");
  const { v, type, origin, log, officers, k, policy } = document;
  if (v !== 1 || type !== "channel") refuse(CODE, "type");
  if (![origin, log.ed25519, log["ml-dsa-44"], policy].every((part) => typeof part === "string")) refuse(CODE, "members");
  checkOfficers(officers, k);
  const [key, first] = reading(() => [logKey(log.ed25519), parsePolicy(policy)]);
  if (key.name !== origin) refuse(CODE, "log-name");
  if (first.log.vkey !== log.ed25519 || first.witnesses.get(LOG_PQ).vkey !== log["ml-dsa-44"]) refuse(CODE, "another-log");
  const bare = { origin, log: Object.freeze({ ...log }), officers: Object.freeze([...officers]), k };
  return known({ ...bare, practice: origin.startsWith("practice-"), first, policy: first, logKey: key, changes: Object.freeze([]) });
}

function known(channel) {
  const digest = sha256(dump(channelDocument(channel)));
  const words = { words: Object.freeze(bitsAsWords(digest, 66)), longWords: Object.freeze(bitsAsWords(digest, 132)) };
  return Object.freeze({ ...channel, digest: toHex(digest), ...words });
}

function checkOfficers(officers, k) {
  if (!Array.isArray(officers) || officers.length === 0) refuse(CODE, "officers");
  if (!officers.every((key) => typeof key === "string" && /^[0-9a-f]{64}$/.test(key))) refuse(CODE, "officers");
  if (officers.some((key, at) => at > 0 && officers[at - 1] >= key)) refuse(CODE, "officers-order");
  if (!Number.isSafeInteger(k) || k < 1 || k > officers.length) refuse(CODE, "k");
}

function reading(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(CODE, error.message);
  }
}

// The channel document of spec/channel.md.
export function channelDocument({ origin, log, officers, k, first }) {
  return { v: 1, type: "channel", origin, log: { ...log }, officers: [...officers], k, policy: first.text };
}

// Whether two channels are one: the same document, whatever changes of policy are known.
export function sameChannel(one, other) {
  return same(fromHex(one.digest), fromHex(other.digest));
}

// Whether `value` is an object with exactly these members.
export function exact(value, members) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return Object.keys(value).length === members.length && members.every((name) => Object.hasOwn(value, name));
}
