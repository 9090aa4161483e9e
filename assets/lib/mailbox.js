// SPDX-License-Identifier: AGPL-3.0-or-later
// The author's mailbox, read and checked against everything the author already holds. As src/demur/client/mailbox.py.
//
// Every answer carries a head signed by the log. The items must chain to it, and every head kept from before must lie on that chain: a server
// that takes an item away, or changes one, contradicts its own signature, and the two heads are the evidence.

import { fromHex, sha256, toHex } from "./bytes.js";
import { unpackBundle } from "./bundle.js";
import { Refusal, refuse, under } from "./errors.js";
import { known } from "./lookups.js";
import { contradict } from "./record/contradictions.js";
import { changedItem, shorterThread } from "./record/evidence.js";
import { chainOf, MARGIN, openHead } from "./record/head.js";
import { same } from "./record/texts.js";
import { readItems, readPages } from "./thread.js";

const CODE = "bad-answer";
const READS = 3; // a head may be signed a moment after the items were read; then both are read again
const HEX64 = /^[0-9a-f]{64}$/;

// The headers that open one mailbox.
export function bearer(keys) {
  return { Authorization: `Bearer ${toHex(keys.bearer)}` };
}

// Reads the whole mailbox: {headNote, head, first (SHA-256 of item 0, hex), items: [{n, event, r (bytes), body (hex or ""), index, commitment,
// hash}], hashes, chain, promise: note or ""}. Throws "no-mailbox" where these words have none.
export async function readMailbox(server, keys, channel) {
  for (let left = READS - 1; ; left -= 1) {
    const answer = await asked(server, keys);
    try {
      return await checkMailbox(answer, keys, channel);
    } catch (error) {
      if (!(error instanceof Refusal) || left === 0) throw error;
    }
  }
}

async function asked(server, keys) {
  try {
    return await readPages((page) => server.getJson(`/api/v1/mailbox/${keys.mailbox}?${page}`, bearer(keys)));
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === 404) throw new Refusal("no-mailbox");
    throw error;
  }
}

// A sealed file of the mailbox by its SHA-256 (hex).
export async function readFile(server, keys, hash) {
  const data = await server.get(`/api/v1/mailbox/${keys.mailbox}/files/${hash}`, bearer(keys));
  return toHex(await sha256(data)) === hash ? data : refuse(CODE, "another-file");
}

// The sealed texts of `items` by their SHA-256, asked for many at a time; those that the server does not give so are left out.
export async function readTexts(server, keys, items) {
  const texts = new Map();
  for (let at = 0; at < items.length; ) {
    const path = `/api/v1/mailbox/${keys.mailbox}/texts?after=${items[at].n - 1}`;
    const answer = await known(() => server.get(path, bearer(keys)));
    if (answer === undefined) break;
    const { header, files } = await under(CODE, () => unpackBundle(answer));
    files.forEach(([, data], n) => texts.set(header.files[n].sha256, data));
    do at += 1;
    while (items[at]?.n <= header.last);
  }
  return texts;
}

// Verifies a mailbox answer: form, head, chain, and that each event continues the one before.
export async function checkMailbox(answer, keys, channel) {
  const headNote = String(answer.head);
  const head = await under(CODE, () => openHead(headNote, channel.logKey));
  const rows = answer.items;
  if (!Array.isArray(rows) || rows.length === 0 || head.mailbox !== keys.mailbox) refuse(CODE, "another-mailbox");
  if (rows[0]?.n !== 0 || !isHash(rows[0].body)) refuse(CODE, "first-item");
  const items = readItems(rows.slice(1), { origin: channel.origin });
  const hashes = [fromHex(rows[0].body), ...items.map((item) => item.hash)];
  const chain = chainOf(hashes);
  if (head.count !== rows.length || !same(chain.at(-1), head.last)) refuse(CODE, "not-the-heads-items");
  const promise = typeof answer.promise === "string" ? answer.promise : "";
  return Object.freeze({ headNote, head, first: rows[0].body, items, hashes, chain, promise });
}

// Throws "thread-shorter" or "item-changed", with evidence, if the mailbox contradicts a head kept from before; "bad-answer" where no two heads
// prove it. `kept` are [{note, head}].
export function compareHeads(channel, kept, mailbox) {
  for (const { note, head: older } of kept) {
    const newer = mailbox.head;
    if (contradict(older, newer)) {
      const evidence = shorterThread(channel, { older: note, newer: mailbox.headNote });
      throw new Refusal("thread-shorter", { before: older.count, now: newer.count, evidence });
    }
    if (older.mailbox !== newer.mailbox) throw new Refusal("other-case");
    if (older.count > newer.count) refuse(CODE, "fewer-items");
    if (!same(mailbox.chain[older.count], older.last)) {
      const evidence = changedItem(channel, { older: note, newer: mailbox.headNote, items: mailbox.hashes });
      throw new Refusal("item-changed", { evidence });
    }
    if (older.size > newer.size && newer.time > older.time + MARGIN) refuse(CODE, "record-went-back");
  }
}

// The time of the latest kept head that does not count item `n`, else 0: an obligation that item n meets was not met before then.
export function notBefore(kept, n) {
  return Math.max(0, ...kept.filter(({ head }) => head.count <= n).map(({ head }) => head.time));
}

function isHash(value) {
  return typeof value === "string" && HEX64.test(value);
}
