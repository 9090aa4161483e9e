// SPDX-License-Identifier: AGPL-3.0-or-later
// What the browser's readers make of frozen files: {kind, name, text, now} as JSON, a line each; answered by {name, found}.

import { createInterface } from "node:readline";
import { toHex } from "../../assets/lib/bytes.js";
import { readCharter } from "../../assets/lib/charter/model.js";
import { readRoster } from "../../assets/lib/charter/roster.js";
import { parseKey } from "../../assets/lib/authorkey.js";
import { openedPromise, parseReceipt, verifyReceipt } from "../../assets/lib/receipt.js";
import { readableEntry } from "../../assets/lib/record/entry.js";
import { leafHash } from "../../assets/lib/record/merkle.js";

const utf8 = (text) => new TextEncoder().encode(text);
const leaf = (statement) => toHex(leafHash(readableEntry(statement)));

const READERS = {
  async receipt(text, now) {
    const parsed = await parseReceipt(utf8(text));
    const [found, { notAfter }] = [await verifyReceipt(parsed, { now }), await openedPromise(parsed)];
    const indexes = found.proven.slice(-1).flatMap(() => found.proven.map((row) => row.index));
    return { state: indexes.length > 0 ? "recorded" : "promised", indexes, due: notAfter, origin: parsed.channel.origin };
  },
  charter(text) {
    const statement = JSON.parse(text);
    const { id, seats, custodian, clocks } = readCharter(statement);
    return { id, leaf: leaf(statement), seats: seats.map((seat) => seat.id), custodian, clocks: [...clocks.keys()].sort() };
  },
  roster(text) {
    const statement = JSON.parse(text);
    return { leaf: leaf(statement), seats: [...readRoster(statement).holders.keys()].sort() };
  },
  async key(text) {
    const { case: id, words } = await parseKey(utf8(text));
    return { case: id, words };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { kind, name, text, now } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ name, found: await READERS[kind](text, now) })}\n`);
}
