// SPDX-License-Identifier: AGPL-3.0-or-later
// Mailbox heads: the log's signed word on how much a mailbox holds. As src/demur/record/head.py.
//
// Heads chain: `last` covers every item up to the count. A server that takes an item away, or swaps one, must contradict a head that the
// author holds; the two signed heads are then the evidence.

import { fromHex, toHex } from "../bytes.js";
import { refuse } from "../errors.js";
import { openSole } from "./note.js";
import { checkOrigin, decimal, same, sha256, utf8 } from "./texts.js";

const CODE = "head";
const ITEM = utf8("demur/item/v1\0");
const FORM = new RegExp(
  "^demur/head/v1\\norigin (\\S+)\\nmailbox ([0-9a-f]{32})\\ncount ([0-9]+)\\nlast ([0-9a-f]{64})\\n" + "time ([0-9]+)\\nsize ([0-9]+)\\n$",
);

export const START = new Uint8Array(32); // the running hash of an empty mailbox
// Seconds by which two times that one log stated must lie apart before one counts as later than the other.
export const MARGIN = 60;

// The running hash with one more item, of whose bytes `item` is the SHA-256.
export function itemChain(previous, item) {
  if (previous.length !== 32 || item.length !== 32) refuse(CODE, "hash");
  return sha256(ITEM, previous, item);
}

// The running hashes of a mailbox with these item hashes: entry n is that after n items.
export function chainOf(items) {
  const chain = [START];
  for (const item of items) chain.push(itemChain(chain.at(-1), item));
  return chain;
}

// {origin, mailbox, count, last (bytes), time, size}, unverified.
export function parseHead(text) {
  const [, origin, mailbox, count, last, time, size] = FORM.exec(text) ?? refuse(CODE, "form");
  const head = { origin: checkOrigin(origin, CODE), mailbox, count: decimal(count, CODE), last: fromHex(last) };
  if ((head.count === 0) !== same(head.last, START)) refuse(CODE, "count-and-hash");
  return Object.freeze({ ...head, time: decimal(time, CODE), size: decimal(size, CODE) });
}

export function headText({ origin, mailbox, count, last, time, size }) {
  return `demur/head/v1\norigin ${origin}\nmailbox ${mailbox}\ncount ${count}\nlast ${toHex(last)}\ntime ${time}\nsize ${size}\n`;
}

// The head in a note that the log signed, and nobody else.
export async function openHead(text, key) {
  const head = parseHead(await openSole(text, key));
  return head.origin === key.name ? head : refuse(CODE, "another-log");
}

// Throws unless the items with `hashes` (from item 0) are those of `newer`, and extend `older`, the head kept from before. `why` says
// what was done: "taken-away", "replaced", "went-back" are the log's deeds; "count" and "items" may be an answer changed on its way,
// and "same-minute" one that a slow request signed first.
export function compareHeads(older, newer, hashes) {
  if (older.origin !== newer.origin || older.mailbox !== newer.mailbox) refuse(CODE, "another-mailbox");
  if (Math.min(newer.count, hashes.length) < older.count) refuse(CODE, newer.time > older.time + MARGIN ? "taken-away" : "same-minute");
  if (hashes.length !== newer.count) refuse(CODE, "count");
  const chain = chainOf(hashes);
  if (!same(chain[older.count], older.last)) refuse(CODE, "replaced");
  if (!same(chain.at(-1), newer.last)) refuse(CODE, "items");
  if (newer.size < older.size && newer.time > older.time + MARGIN) refuse(CODE, "went-back");
}
