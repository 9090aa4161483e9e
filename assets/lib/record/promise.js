// SPDX-License-Identifier: AGPL-3.0-or-later
// Promises: the log's signed word, at once, that entries will be published by a time. As src/demur/record/promise.py.

import { refuse } from "../errors.js";
import { openSole } from "./note.js";
import { checkOrigin, decimal, hashFrom, same } from "./texts.js";

const CODE = "promise";
const FORM = new RegExp(
  "^demur/promise/v1\\norigin (\\S+)\\nchannel ([0-9a-f]{64})\\npolicy ([0-9a-f]{64})\\n" +
    "((?:entry [A-Za-z0-9+/=]{44}\\n){1,2})time ([0-9]+)\\nnot-after ([0-9]+)\\n$",
);

// {origin, channel, policy (hex), entries: [leaf hashes], time, notAfter}, unverified.
export function parsePromise(text) {
  const [, origin, channel, policy, lines, time, after] = FORM.exec(text) ?? refuse(CODE, "form");
  const entries = lines.split("\n").slice(0, -1).map((line) => hashFrom(line.slice(6), CODE));
  const promise = { origin: checkOrigin(origin, CODE), channel, policy, entries, time: decimal(time, CODE), notAfter: decimal(after, CODE) };
  if (entries.length === 2 && same(...entries)) refuse(CODE, "one-entry-twice");
  if (promise.notAfter < promise.time) refuse(CODE, "due-before-made");
  return Object.freeze(promise);
}

// The promise in a note that the log signed, and nobody else.
export async function openPromise(text, key) {
  const promise = parsePromise(await openSole(text, key));
  return promise.origin === key.name ? promise : refuse(CODE, "another-log");
}
