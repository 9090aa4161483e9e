// SPDX-License-Identifier: AGPL-3.0-or-later
// Following one's case: the thread read, every event proven, every sealed body opened and compared with what was recorded. As
// src/demur/client/following.py.
//
// Nothing is taken from the server's word: signatures are checked against the rosters the officers signed, openings against proofs, the story
// against the procedure, bodies against the events they travel with. A fact that differs is a mismatch, which the author's client reports.

import * as age from "./age.js";
import { checkPromise, keysOf, openKey } from "./authorkey.js";
import { fromHex, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { noticed } from "./comparing.js";
import { unpack } from "./container.js";
import { readKeptCase, readOpening } from "./documents/case.js";
import { checkOriginal, readDissent } from "./documents/dissent.js";
import { Refusal, refuse, under } from "./errors.js";
import { opening, salted } from "./events.js";
import { CASE_FILE, DISSENT_FILE, SUBMIT_FILE } from "./filing.js";
import { Gaps } from "./gaps.js";
import { notBefore, readFile, readMailbox, readTexts } from "./mailbox.js";
import { checkManifest } from "./manifests.js";
import { makeReceipt, openedPromise, withHead, withProofs } from "./receipt.js";
import { openHead } from "./record/head.js";
import { openPromise } from "./record/promise.js";
import { same } from "./record/texts.js";
import { publicKey } from "./signing.js";
import { FILING, tell } from "./states.js";
import { openText } from "./texts.js";
import { readThread, signerOf } from "./thread.js";
import { asDone, clocksOf } from "./timing.js";

const CODE = "bad-answer";

// Reads and verifies the case of `key` (authorkey.js). `record` is of lookups.js, `receipt` the one kept, undefined if there is none, `now`
// POSIX seconds, `opened` a Map that keeps what was opened before, `text` the author's own ({dissent}), asked of the server where it is needed.
//
// Gives {channel, key, mailbox, charter, story, clocks, spoken: Map n -> {kind, text, reply, fault}, receipt, proofs: Map n -> proof, published,
// noticed, faults: [{n, name}] (thread.js), late (a promise is over, and no record of so late a time shows whether it was kept), rosters: Map leaf -> roster, reports: [{n, verb, fact}],
// standing (the story once those reports are recorded)}.
export async function follow(server, key, receipt, record, { now, opened = new Map(), text }) {
  const { channel } = record;
  if (key.origin !== channel.origin) throw new Refusal("other-channel");
  const before = await headsOf(receipt, channel);
  const mailbox = await readMailbox(server, key.keys, channel);
  const gaps = new Gaps(record, Math.min(...before.map(({ head }) => head.size), mailbox.head.size));
  const kept = await gaps.surviving(before, receipt?.acts ?? [], mailbox);
  checkBeginning(key, mailbox);
  const { recused = [] } = key.manifest;
  // A reply, and what a seat does in the form of version 1, are judged by what was filed.
  const needs = mailbox.items.some(({ event: { type, seat, v } }) => type === "reply" || (seat !== "" && v === 1));
  const own = needs ? await ownDissent(server, key, mailbox, text) : undefined;
  const judge = { author: key.public, now, recused, filed: own?.v, also: [key.submitted.roster] };
  const reading = await readThread(mailbox.items, record, judge);
  const { charter, story, proofs, rosters, faults } = reading;
  const held = receipt && makeReceipt({ ...receipt, heads: kept.map(({ note }) => note) });
  const grown = held && (await completed(held, key, mailbox, gaps, now));
  const times = new Map([...proofs].map(([n, { accepted }]) => [n, Math.max(accepted.time, notBefore(kept, n))]));
  // What the log owes starts with its promise; what others owe is met when the record shows it.
  times.set(1, mailbox.items[0].event.time);
  // Replies to a dissent of version 1 are held against its claims from version 2 of acts on.
  const dissent = own?.v > 1 || mailbox.items.some(({ event }) => event.type === "reply" && event.v > 1) ? own : undefined;
  const opening = { identities: [key.keys.identity, key.case_key], salt: fromHex(key.salt), dissent, most: charter.limits.claims };
  const spoken = new Map();
  const spoke = mailbox.items.filter(({ body }) => body !== "");
  const texts = await readTexts(server, key.keys, spoke.filter(({ hash }) => !opened.has(toHex(hash))));
  for (const item of spoke) {
    const id = toHex(item.hash); // what was opened for one event says nothing of another with the same body
    if (!opened.has(id)) opened.set(id, spokenIn(server, item, { key, rosters, opening, texts }));
    spoken.set(item.n, opened.get(id));
  }
  for (const [n, said] of spoken) spoken.set(n, await said);
  const reports = reportsOf(mailbox, spoken, faults, story);
  const standing = asReported(story, reports);
  // Two seats cannot read it, and it opens here.
  if (story.unreadableSeq !== undefined && (own ?? (await ownDissent(server, key, mailbox, text))) !== undefined) {
    reports.unshift({ n: FILING, verb: "readable", fact: "" });
  }
  return Object.freeze({
    ...{ channel, key, mailbox, charter, story, spoken, receipt: grown, proofs, times, rosters, faults, reports, standing },
    clocks: asDone(clocksOf(charter, standing, times, now), standing, times, now, true),
    published: proofs.size === mailbox.items.length,
    noticed: [...gaps.noticed, ...noticed(channel, kept, mailbox, proofs)],
    late: grown !== undefined && (await isLate(grown, now)),
  });
}

// The heads of a receipt as [{note, head}].
export async function headsOf(receipt, channel) {
  const notes = receipt?.heads ?? [];
  return Promise.all(notes.map(async (note) => ({ note, head: await under("receipt", () => openHead(note, channel.logKey)) })));
}

// {key, receipt, sealed} from the twelve words alone; the receipt is undefined where the server no longer tells the promise, the sealed text
// where it is gone.
export async function rebuild(server, words, channel) {
  const keys = await keysOf(words, channel.origin);
  const mailbox = await readMailbox(server, keys, channel);
  const { parts, sealed: hash } = await keptOf(server, keys, mailbox, channel);
  const about = { origin: channel.origin, address: server.address, words };
  const key = await under(CODE, () => openKey({ ...parts, ...about }));
  const sealed = typeof hash === "string" ? await fileOrGone(server, keys, hash) : undefined;
  return { key, receipt: await rebuiltReceipt(key, mailbox, channel), sealed };
}

async function keptOf(server, keys, mailbox, channel) {
  return under(CODE, async () => {
    const plain = await age.open(await readFile(server, keys, mailbox.first), [keys.identity]);
    const { manifest, files } = await unpack(plain, { by: await publicKey(keys.sign) });
    checkManifest(manifest, { type: "keep", origin: channel.origin, seq: 0, prev: "", seat: "" });
    const document = readKeptCase(kept(files, CASE_FILE));
    if (mailbox.items.length === 0) refuse(CODE, "no-received");
    const { event, r } = mailbox.items[0];
    const { case: id, case_key: caseKey, token, salt, manifest: submitted } = document;
    const parts = { case: id, case_key: caseKey, token, salt, manifest: submitted };
    return { parts: { ...parts, submit: readOpening(kept(files, SUBMIT_FILE)), received: opening(event, r) }, sealed: manifest.sealed };
  });
}

function kept(files, name) {
  return files.get(name) ?? refuse(CODE, "kept-item");
}

async function rebuiltReceipt(key, mailbox, channel) {
  if (mailbox.promise === "") return undefined;
  await under(CODE, async () => checkPromise(key, await openPromise(mailbox.promise, channel.logKey)));
  return makeReceipt({ channel, promise: mailbox.promise, heads: [mailbox.headNote] });
}

// The author's own text: {dissent, original: bytes, attachments of the manifest} out of the sealed body. Throws what does not fit.
export async function ownText(key, sealed) {
  if ((await salted(fromHex(key.salt), sealed)) !== key.submitted.body) refuse("manifest", "another-body");
  const { manifest, files } = await unpack(await age.open(sealed, [key.case_key]), { by: key.public });
  checkManifest(manifest, { type: "submit", origin: key.origin, case: key.case, seq: 0, prev: "", seat: "" });
  const dissent = readDissent(files.get(DISSENT_FILE) ?? refuse("manifest", "no-dissent"));
  const original = files.get(dissent.original) ?? refuse("manifest", "no-original");
  checkOriginal(dissent, original);
  return { dissent, original, attachments: manifest.attachments };
}

// A sealed file of the mailbox, undefined where the server has it no more.
export async function fileOrGone(server, keys, hash) {
  try {
    return await readFile(server, keys, hash);
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === 404) return undefined;
    throw error;
  }
}

function checkBeginning(key, mailbox) {
  const [first] = mailbox.items;
  const begins = first !== undefined && same(dump(opening(first.event, first.r)), dump(key.received));
  if (!begins) refuse(CODE, "another-beginning");
}

// The receipt with the newest head, and with proofs of what was promised. Throws "promise-broken" with evidence.
async function completed(receipt, key, mailbox, gaps, now) {
  const { record } = gaps;
  const promise = await openedPromise(receipt);
  checkPromise(key, promise);
  let grown = withHead(receipt, mailbox.headNote);
  if (grown.proofs.length === 0) {
    const found = await record.proofs(promise.entries);
    if (found.every((placed) => placed !== undefined)) grown = withProofs(grown, found.map((placed) => placed.text));
    else if (now > promise.notAfter) await record.checkKept(receipt.promise, promise.entries, promise.notAfter);
  }
  const opened = grown.acts.map(({ promise: note }) => under("receipt", () => openPromise(note, record.channel.logKey)));
  const promises = await Promise.all(opened);
  const wanted = promises.filter((_, at) => !grown.acts[at].proof).map(({ entries }) => entries[0]);
  const placed = await record.proofs(wanted);
  const acts = [];
  for (const [at, act] of grown.acts.entries()) acts.push(act.proof ? act : await completedAct(act, promises[at], placed.shift(), gaps, now));
  return makeReceipt({ ...grown, acts: acts.filter((act) => act !== undefined) });
}

// The act with its proof; undefined where a gap took it.
async function completedAct(act, promise, placed, gaps, now) {
  const { record } = gaps;
  if (placed !== undefined) return { ...act, proof: placed.text };
  if (now <= promise.notAfter) return act;
  try {
    await record.checkKept(act.promise, promise.entries, promise.notAfter);
  } catch (error) {
    const broken = error instanceof Refusal && error.code === "promise-broken";
    if (!broken || !(await gaps.excusesPromise(error, promise.time))) throw error;
    return undefined;
  }
  return act;
}

// Whether a promise in the receipt is over without its proof: had a later record shown that it was broken, that would be thrown.
async function isLate(receipt, now) {
  const waiting = receipt.acts.filter((act) => act.proof === "").map((act) => openPromise(act.promise, receipt.channel.logKey));
  if (receipt.proofs.length === 0) waiting.push(openedPromise(receipt));
  return (await Promise.all(waiting)).some((promise) => now > promise.notAfter);
}

// The author's dissent, of `text` or from the server; undefined where it cannot be had or is not what was recorded.
async function ownDissent(server, key, mailbox, text) {
  if (text !== undefined) return text.dissent;
  try {
    const plain = await age.open(await readFile(server, key.keys, mailbox.first), [key.keys.identity]);
    const { manifest } = await unpack(plain, { by: key.public });
    return (await ownText(key, await readFile(server, key.keys, manifest.sealed))).dissent;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
}

// A sealed body: {kind, text, reply, fault}; `fault` names what differs from the record, "" if nothing.
async function spokenIn(server, item, { key, rosters, opening, texts }) {
  return openText(texts.get(item.body) ?? (await fileOrGone(server, key.keys, item.body)), item, { ...opening, by: signerOf(item.event, key.public, rosters) });
}

// The story as it is once the reply was reported: a server that takes no report shows no clock as met by a reply that is none.
function asReported(story, reports) {
  const { seq, time, replySeq } = story;
  const about = reports.filter(({ n }) => n === replySeq).map(({ n, verb }) => ({ type: verb, v: 2, seat: "", item: n, seq, time }));
  return about.reduce(tell, story);
}

// What differs from the record, or should not stand in it, and the author has not yet reported: [{n, verb, fact}]; first what disputes the
// reply.
function reportsOf(mailbox, spoken, faults, { replySeq }) {
  const reports = mailbox.items.filter(({ event }) => ["mismatch", "unreadable"].includes(event.type) && event.seat === "");
  const reported = new Set(reports.map(({ event }) => event.item));
  const found = new Map(faults.map(({ n, name }) => [n, { n, verb: "mismatch", fact: name }]));
  for (const [n, { fault }] of spoken) {
    if (fault !== "") found.set(n, { n, verb: ["unreadable", "missing"].includes(fault) ? "unreadable" : "mismatch", fact: fault });
  }
  return [...found.values()].filter(({ n }) => !reported.has(n)).sort((one, two) => (two.n === replySeq) - (one.n === replySeq));
}
