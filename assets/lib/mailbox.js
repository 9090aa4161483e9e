// SPDX-License-Identifier: AGPL-3.0-or-later
// The author's mailbox, read and checked against everything the author already holds. As src/demur/client/mailbox.py.
//
// Every answer carries a head signed by the log. The items must chain to it, and every head kept from before must lie on that chain: a server
// that takes an item away, or changes one, contradicts its own signature, and the two heads are the evidence.

import { fromHex, sha256, toHex } from "./bytes.js";
import { Refusal, refuse, under } from "./errors.js";
import { checkOpening, commitment, itemHash } from "./events.js";
import { contradict } from "./record/contradictions.js";
import { changedItem, shorterThread } from "./record/evidence.js";
import { chainOf, openHead } from "./record/head.js";
import { same } from "./record/texts.js";

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
    return await server.getJson(`/api/v1/mailbox/${keys.mailbox}`, bearer(keys));
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

// Verifies a mailbox answer: form, head, chain, and that each event continues the one before.
export async function checkMailbox(answer, keys, channel) {
  const headNote = String(answer.head);
  const head = await under(CODE, () => openHead(headNote, channel.logKey));
  const rows = answer.items;
  if (!Array.isArray(rows) || rows.length === 0 || head.mailbox !== keys.mailbox) refuse(CODE, "another-mailbox");
  if (rows[0]?.n !== 0 || !isHash(rows[0].body)) refuse(CODE, "first-item");
  const items = rows.slice(1).map((row, at) => badly(() => readItem(at + 1, row)));
  const hashes = [fromHex(rows[0].body), ...items.map((item) => item.hash)];
  const chain = chainOf(hashes);
  if (head.count !== rows.length || !same(chain.at(-1), head.last)) refuse(CODE, "not-the-heads-items");
  checkLinked(items);
  const promise = typeof answer.promise === "string" ? answer.promise : "";
  return Object.freeze({ headNote, head, first: rows[0].body, items, hashes, chain, promise });
}

function badly(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(CODE, error.message);
  }
}

function readItem(n, row) {
  if (row === null || typeof row !== "object" || row.n !== n || !Number.isSafeInteger(row.index)) refuse(CODE, "item-number");
  const { event, r } = checkOpening({ event: row.event, r: row.r });
  if (event.seq !== n || !(row.body === "" || isHash(row.body))) refuse(CODE, "item-place");
  const hash = itemHash({ n, event, r, body: row.body });
  return Object.freeze({ n, event, r, body: row.body, index: row.index, commitment: commitment(event, r), hash });
}

function checkLinked(items) {
  items.slice(1).forEach((newer, at) => {
    const older = items[at];
    const together = ["case", "origin", "charter"].every((name) => older.event[name] === newer.event[name]);
    if (!together || newer.event.prev !== toHex(older.commitment)) refuse(CODE, "not-continued");
  });
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
    if (older.size > newer.size && older.time <= newer.time) refuse(CODE, "record-went-back");
  }
}

// The time of the latest kept head that does not count item `n`, else 0: an obligation that item n meets was not met before then.
export function notBefore(kept, n) {
  return Math.max(0, ...kept.filter(({ head }) => head.count <= n).map(({ head }) => head.time));
}

function isHash(value) {
  return typeof value === "string" && HEX64.test(value);
}
