// SPDX-License-Identifier: AGPL-3.0-or-later
// The receipt: proof that an entry exists, and since when. Format: spec/receipt.md; as src/demur/client/receipt.py.
//
// It neither reads nor acts, so it can be printed, shown, given to a court. Every byte is signed, hashed or refused. A receipt is
// {channel, promise, proofs: [] or [2 texts], heads: [notes], acts: [{promise, proof or ""}]}, each part as it stands in the file.

import { Refusal, refuse, under } from "./errors.js";
import { channelDocument, readChannel, sameChannel } from "./charter/channel.js";
import { withChanges } from "./charter/policies.js";
import { contradict } from "./record/contradictions.js";
import { openHead } from "./record/head.js";
import { parseNote } from "./record/note.js";
import { accept, isSigner, namesPolicy } from "./record/policy.js";
import { openPromise } from "./record/promise.js";
import { parseProof, verifyProof } from "./record/proof.js";
import { fromUtf8, read, same, utf8, written } from "./record/texts.js";
import { readSections, writeSections } from "./sections.js";

const CODE = "receipt";
const FIRST_LINE = "demur/receipt/v1";
const FILING_ENTRIES = 2; // the author's commitment and the log's received event

// --- reading and writing

export function makeReceipt({ channel, promise, proofs = [], heads = [], acts = [] }) {
  return Object.freeze({ channel, promise, proofs: [...proofs], heads: [...heads], acts: acts.map((act) => ({ proof: "", ...act })) });
}

// The receipt's one form.
export function receiptText({ channel, promise, proofs, heads, acts }) {
  const later = acts.flatMap((act) => [["act-promise", act.promise], ...(act.proof ? [["act-proof", act.proof]] : [])]);
  const sections = [["channel", channelLine(channel)], ["promise", promise]];
  return writeSections(FIRST_LINE, [...sections, ...proofs.map((row) => ["proof", row]), ...heads.map((row) => ["head", row]), ...later]);
}

// Reads a receipt's bytes. Throws unless it is in its one form.
export async function parseReceipt(data) {
  const sections = readSections(data, FIRST_LINE, CODE);
  if (sections[0]?.[0] !== "channel" || sections[1]?.[0] !== "promise") refuse(CODE, "start");
  const all = (name) => sections.filter((row) => row[0] === name).map((row) => row[1]);
  const channel = await readChannelLine(sections[0][1], CODE);
  const parts = { promise: sections[1][1], proofs: all("proof"), heads: all("head"), acts: readActs(sections.slice(2)) };
  const receipt = makeReceipt({ channel, ...parts });
  if (!same(utf8(receiptText(receipt)), data) || ![0, FILING_ENTRIES].includes(receipt.proofs.length)) refuse(CODE, "sections");
  return receipt;
}

function readActs(sections) {
  const acts = [];
  for (const [name, text] of sections) {
    if (name === "act-promise") acts.push({ promise: text, proof: "" });
    else if (name === "act-proof" && acts.at(-1)?.proof === "") acts.at(-1).proof = text;
  }
  return acts;
}

// The channel document on one line, with the changes of its policy that were proven, if there were any.
export function channelLine(channel) {
  const document = channelDocument(channel);
  if (channel.changes.length > 0) document.changes = channel.changes.map(({ statement, proof }) => ({ statement, proof }));
  return `${fromUtf8(written(document, CODE), CODE)}\n`;
}

// Reads it back. Throws under `code`.
export async function readChannelLine(line, code) {
  const document = read(utf8(line.replace(/\n$/, "")), code);
  if (document === null || typeof document !== "object") refuse(code, "channel");
  const { changes = [], ...bare } = document;
  if (!Array.isArray(changes) || changes.some((row) => typeof row?.proof !== "string")) refuse(code, "changes");
  const channel = await under(code, () => withChanges(readChannel(bare), changes));
  return channelLine(channel) === line ? channel : refuse(code, "channel");
}

// --- growing

// With the proofs of its two entries, in the promise's order.
export function withProofs(receipt, proofs) {
  return makeReceipt({ ...receipt, proofs });
}

// With a newer mailbox head; the same head again changes nothing.
export function withHead(receipt, head) {
  return receipt.heads.at(-1) === head ? receipt : makeReceipt({ ...receipt, heads: [...receipt.heads, head] });
}

// With the promise, and the proof if it is there, of a later act.
export function withAct(receipt, act) {
  return makeReceipt({ ...receipt, acts: [...receipt.acts, act] });
}

// --- what it proves

export function openedPromise(receipt) {
  return opened(receipt.promise, receipt.channel, FILING_ENTRIES);
}

// The heads, each verified as signed by the channel's log.
export function openedHeads({ heads, channel }) {
  return Promise.all(heads.map((text) => under(CODE, () => openHead(text, channel.logKey))));
}

// The checkpoints inside a receipt's proofs, smallest first, one for each note: [{note, accepted}].
export async function checkpointsOf({ channel, proofs, acts }) {
  const texts = [...proofs, ...acts.map((act) => act.proof).filter((proof) => proof !== "")];
  return under(CODE, async () => {
    const notes = [...new Set(texts.map((text) => parseProof(text).checkpoint))];
    const trees = await Promise.all(notes.map(async (note) => ({ note, accepted: await accept(channel.policy, note) })));
    return trees.sort((left, right) => left.accepted.checkpoint.size - right.accepted.checkpoint.size);
  });
}

// Checks everything, offline. `known` is the channel that the reader trusts, undefined for the receipt's own; `now` is POSIX seconds.
// Gives {channel, known, promise, proven: [what proof.js found], heads, acts: how many}; without `proven` the entries are promised only.
export async function verifyReceipt(receipt, { known, now }) {
  const { channel, proofs } = receipt;
  if (known !== undefined && !sameChannel(known, channel)) throw new Refusal("other-channel");
  const promise = await openedPromise(receipt);
  const proven = await Promise.all(proofs.map((text, at) => checkedProof(text, promise.entries[at], channel)));
  if (proven.length === 0 && now > promise.notAfter) throw new Refusal("receipt-due");
  const heads = ordered(await openedHeads(receipt));
  for (const act of receipt.acts) {
    const made = await opened(act.promise, channel, 1);
    if (act.proof) await checkedProof(act.proof, made.entries[0], channel);
  }
  return Object.freeze({ channel, known: known !== undefined, promise, proven, heads, acts: receipt.acts.length });
}

async function opened(text, channel, entries) {
  const promise = await under(CODE, () => openPromise(text, channel.logKey));
  if (promise.channel !== channel.digest || !namesPolicy(channel.policy, promise.policy)) refuse(CODE, "another-channels-promise");
  return promise.entries.length === entries ? promise : refuse(CODE, "number-of-entries");
}

async function checkedProof(text, leaf, channel) {
  return under(CODE, async () => {
    // A line by a key that the channel does not name proves nothing, and nobody would notice if it changed: in proof for a court every
    // byte must count.
    const strangers = parseNote(parseProof(text).checkpoint).signatures.filter((row) => !isSigner(channel.policy, row));
    if (strangers.length > 0) refuse(CODE, "strangers-signature");
    return verifyProof(text, leaf, channel.policy);
  });
}

function ordered(heads) {
  heads.slice(1).forEach((newer, at) => {
    const older = heads[at];
    if (older.mailbox !== newer.mailbox || contradict(older, newer)) refuse(CODE, "heads-contradict");
    if (older.count > newer.count || older.time > newer.time) refuse(CODE, "heads-order");
  });
  return heads;
}
