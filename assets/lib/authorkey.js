// SPDX-License-Identifier: AGPL-3.0-or-later
// The author's key file: what acts and reads. Format: spec/receipt.md, "Key file"; as src/demur/client/authorkey.py.
//
// Everything in it follows from the twelve return words and mailbox item 0, so the words alone rebuild it. It never goes over the wire.

import { recipientOf } from "./age.js";
import { toHex } from "./bytes.js";
import { dump, load } from "./canonical.js";
import { exact } from "./charter/channel.js";
import { Refusal, refuse, under } from "./errors.js";
import { checkOpening, commitment, leafOf } from "./events.js";
import { same } from "./record/texts.js";
import { returnKeys, wordsToEntropy } from "./returning.js";
import { manifestFault } from "./schema.js";
import { publicKey } from "./signing.js";

const CODE = "key-file";
const MEMBERS = ["origin", "address", "words", "case", "submit", "received", "manifest", "case_key", "token", "salt"];

// The file's bytes.
export function keyBytes(key) {
  return dump({ v: 1, type: "demur/author-key", ...Object.fromEntries(MEMBERS.map((name) => [name, key[name]])) });
}

// Reads a key file's bytes. Throws unless all its parts fit each other.
export function parseKey(data) {
  let document;
  try {
    document = load(data);
  } catch (error) {
    refuse(CODE, `not-canonical: ${error.message}`);
  }
  if (!exact(document, ["v", "type", ...MEMBERS]) || document.v !== 1 || document.type !== "demur/author-key") refuse(CODE, "members");
  const { v, type, ...parts } = document;
  return openKey(parts);
}

// The key file's parts with what they open: {…parts, keys (returnKeys), public (bytes), submitted, receivedEvent, caseRecipient, entries: [2
// leaf hashes]}.
export async function openKey(parts) {
  const texts = [parts.origin, parts.address, parts.words, parts.case, parts.case_key, parts.token, parts.salt];
  if (!texts.every((text) => typeof text === "string") || manifestFault(parts.manifest) !== "") refuse(CODE, "kind");
  if (!/^[0-9a-f]{32}$/.test(parts.case) || ![parts.token, parts.salt].every((text) => /^[0-9a-f]{64}$/.test(text))) refuse(CODE, "number");
  const keys = await keysOf(parts.words, parts.origin);
  const [submit, received] = await under(CODE, () => [checkOpening(parts.submit), checkOpening(parts.received)]);
  const key = {
    ...parts,
    ...{ keys, public: await publicKey(keys.sign), submitted: submit.event, receivedEvent: received.event },
    caseRecipient: await under(CODE, () => recipientOf(parts.case_key)),
    entries: [leafOf(submit.event, submit.r), leafOf(received.event, received.r)],
  };
  checkEvents(key, toHex(commitment(submit.event, submit.r)));
  return Object.freeze(key);
}

function checkEvents({ submitted, receivedEvent, manifest, public: author, ...key }, committed) {
  const here = (part) => part.case === key.case && part.origin === key.origin && part.charter === submitted.charter;
  if (submitted.type !== "submit" || receivedEvent.type !== "received" || !here(submitted) || !here(receivedEvent)) refuse(CODE, "another-case");
  if (receivedEvent.commitment !== committed) refuse(CODE, "another-commitment");
  if (!here(manifest) || manifest.by !== toHex(author)) refuse(CODE, "another-manifest");
}

// Throws unless `promise` is the one of this key's filing.
export function checkPromise(key, promise) {
  const fits = promise.entries.length === 2 && promise.entries.every((leaf, at) => same(leaf, key.entries[at]));
  if (promise.origin !== key.origin || !fits || promise.time !== key.receivedEvent.time) throw new Refusal("other-case");
}

// The keys that twelve return words make for `origin`. Throws "words". What somebody typed is read by
// typed.js first.
export async function keysOf(words, origin) {
  let entropy;
  try {
    entropy = wordsToEntropy(words.trim().toLowerCase().split(/\s+/).join(" "));
  } catch {
    throw new Refusal("words"); // one is wrong, or two are exchanged
  }
  return returnKeys(entropy, origin);
}
