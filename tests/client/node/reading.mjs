// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser's readers, asked whether they would take a text: {kind, text, beside} as JSON, a line each, answered by true or false.
// Anything but a Refusal ends the program: strictness must not come from a fault.

import { createInterface } from "node:readline";
import { fromHex } from "../../../assets/lib/bytes.js";
import { readChannel } from "../../../assets/lib/charter/channel.js";
import { openDirectory } from "../../../assets/lib/charter/directory.js";
import { checkStatement } from "../../../assets/lib/charter/officers.js";
import { readRoster } from "../../../assets/lib/charter/roster.js";
import { choose } from "../../../assets/lib/ed25519.js";
import { Refusal } from "../../../assets/lib/errors.js";
import { parseReceipt, readChannelLine, verifyReceipt } from "../../../assets/lib/receipt.js";
import { parseCheckpoint } from "../../../assets/lib/record/checkpoint.js";
import { readEntry } from "../../../assets/lib/record/entry.js";
import { openHead } from "../../../assets/lib/record/head.js";
import { logKey, parseNote, parseVkey } from "../../../assets/lib/record/note.js";
import { accept, parsePolicy } from "../../../assets/lib/record/policy.js";
import { openPromise } from "../../../assets/lib/record/promise.js";
import { parseProof } from "../../../assets/lib/record/proof.js";

const utf8 = (text) => new TextEncoder().encode(text);

const READERS = {
  note: parseNote,
  vkey: parseVkey,
  checkpoint: parseCheckpoint,
  accepted: (text, policy) => accept(parsePolicy(policy), text),
  policy: parsePolicy,
  promise: (text, vkey) => openPromise(text, logKey(vkey)),
  head: (text, vkey) => openHead(text, logKey(vkey)),
  directory: (text, vkey) => openDirectory(text, logKey(vkey)),
  proof: parseProof,
  entry: (text) => readEntry(fromHex(text)),
  channel: (text) => readChannel(JSON.parse(text)),
  line: (text) => readChannelLine(text, "receipt"),
  roster: (text) => readRoster(JSON.parse(text)),
  statement: async (text, line) => checkStatement(JSON.parse(text), await readChannelLine(line, "receipt")),
  receipt: async (text, now) => verifyReceipt(await parseReceipt(utf8(text)), { now: Number(now) }),
};

choose(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const { kind, text, beside } = JSON.parse(line);
  let taken = true;
  try {
    await READERS[kind](text, beside);
  } catch (error) {
    if (!(error instanceof Refusal)) throw new Error(`${kind}: ${JSON.stringify(text).slice(0, 400)}`, { cause: error });
    taken = false;
  }
  process.stdout.write(`${taken}\n`);
}
