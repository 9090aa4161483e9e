// SPDX-License-Identifier: AGPL-3.0-or-later
// The record's vectors, run by the browser's modules, which are written from spec/{record,entry,promise,mailbox-head,policy}.md: a gap in
// those pages shows here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../lib/bytes.js";
import { dump } from "../lib/canonical.js";
import { parseCheckpoint } from "../lib/record/checkpoint.js";
import { cosignerKey } from "../lib/record/cosignature.js";
import { caseEntry, commit, coverEvent, openEntry, readableEntry, readEntry } from "../lib/record/entry.js";
import { chainOf, compareHeads, headText, openHead, parseHead } from "../lib/record/head.js";
import { EMPTY_ROOT, leafHash, rootOf, verifyConsistency, verifyInclusion } from "../lib/record/merkle.js";
import { formatVkey, logKey, openSole, parseNote, parseVkey, verified, writeNote } from "../lib/record/note.js";
import { accept, isSigner, namesPolicy, parsePolicy } from "../lib/record/policy.js";
import { openPromise } from "../lib/record/promise.js";
import { parseProof, verifyProof } from "../lib/record/proof.js";
import { hashFrom, hashesFrom } from "../lib/record/texts.js";
import { base64, bothWays, bytes64, refused, vectors } from "./support.js";

const anyKey = (vkey) => (parseVkey(vkey).kind === 1 ? logKey(vkey) : cosignerKey(vkey));
const hash = (text) => hashFrom(text, "proof");
const hashes = (texts) => hashesFrom(texts, "proof");

test("roots and proofs of the tree are those of Python, and no other", async () => {
  const file = vectors("merkle");
  const leaves = file.entries.map((data) => leafHash(bytes64(data)));
  assert.deepEqual(leaves.map(base64), file.leaves);
  assert.deepEqual(file.roots.map((_, size) => base64(rootOf(leaves.slice(0, size)))), file.roots);
  assert.equal(base64(EMPTY_ROOT), file.roots[0]);
  const included = (c) => verifyInclusion(hash(c.leaf), c.index, c.size, hashes(c.proof), hash(c.root));
  const consistent = (c) => verifyConsistency(c.old, hash(c.old_root), c.new, hash(c.new_root), hashes(c.proof));
  file.inclusion.forEach(included);
  file.consistency.forEach(consistent);
  for (const vector of file.refused_inclusion) await refused(() => included(vector), "proof", JSON.stringify(vector));
  for (const vector of file.refused_consistency) await refused(() => consistent(vector), "proof", JSON.stringify(vector));
});

test("sizes beyond 32 bits climb as they should", async () => {
  const [old, size] = [2 ** 49 - 1, 2 ** 49];
  const [root, leaf] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  await refused(() => verifyInclusion(leaf, old, size, Array(48).fill(root), root), "proof", "too short");
  await refused(() => verifyConsistency(old, root, size, root, []), "proof", "no proof");
  await refused(() => verifyInclusion(leaf, 0.5, 2, [root], root), "proof", "half an entry");
});

bothWays("a note is opened by its own key, and no other text is", async () => {
  const file = vectors("note");
  const key = logKey(file.vkey);
  assert.equal(key.id, file.key_id);
  assert.equal(formatVkey(key.name, key.kind, key.bytes), file.vkey);
  assert.equal(await openSole(file.note, key), file.text);
  for (const text of file.accepted) {
    const note = parseNote(text);
    assert.equal(writeNote(note), text);
    assert.equal((await verified(note, [key])).length, 1);
    assert.equal(note.text, file.text);
  }
  const open = async (text) => verified(parseNote(text), [key]);
  for (const text of file.refused) await refused(() => open(text), "note", text);
  for (const text of file.refused_vkeys) await refused(() => parseVkey(text), "note", text);
  for (const text of file.refused_log_vkeys) await refused(() => logKey(text), undefined, text);
  await refused(() => openSole(file.accepted[1], key), "note", "a stranger signed too");
  for (const name of ["", "a b", "a+b", "a\u00a0b", "a\u200eb", "a\nb"]) {
    await refused(() => logKey(formatVkey(name, 1, key.bytes)), "note", name);
  }
});

bothWays("a note that is no text in one form is refused", async () => {
  const { note } = vectors("note");
  for (const text of [`${note}\ud800`, note.replace("We", "W\te"), note.slice(note.indexOf("\n\n—")), "\n\n", "", "x".repeat(2 ** 20)]) {
    await refused(() => parseNote(text), "note", text.slice(0, 80));
  }
  const [head, line] = [note.slice(0, note.lastIndexOf("— ")), note.slice(note.lastIndexOf("— "))];
  assert.equal(parseNote(head + line.repeat(64)).signatures.length, 64);
  await refused(() => parseNote(head + line.repeat(65)), "note", "65 signatures");
});

bothWays("a checkpoint is signed by log and witnesses, at their times", async () => {
  const file = vectors("checkpoint");
  const tree = parseCheckpoint(file.text);
  assert.deepEqual([tree.origin, tree.size, base64(tree.root)], [file.origin, file.size, file.root]);
  const keys = new Map(Object.entries(file.vkeys).map(([label, vkey]) => [anyKey(vkey), label]));
  const found = await verified(parseNote(file.note), [...keys.keys()]);
  assert.equal(found.length, 4);
  const timed = found.filter(({ key }) => key.time !== undefined).map(({ key, data }) => [keys.get(key), key.time(data)]);
  assert.deepEqual(Object.fromEntries(timed), file.times);
  for (const text of file.refused_texts) await refused(() => parseCheckpoint(text), "checkpoint", text);
  for (const text of file.refused_notes) await refused(async () => verified(parseNote(text), [...keys.keys()]), undefined, text);
});

bothWays("a policy accepts what meets it, with witnesses, time and whether it is witnessed", async () => {
  const file = vectors("policy");
  for (const vector of file.accepted) {
    const policy = parsePolicy(vector.policy);
    const { checkpoint, times, witnesses, time, unwitnessed } = await accept(policy, vector.checkpoint);
    assert.deepEqual({ ...times }, vector.times);
    assert.deepEqual([[...witnesses], time, unwitnessed], [vector.witnesses, vector.time, vector.unwitnessed]);
    assert.equal(policy.sha256, vector.sha256);
    assert.ok(namesPolicy(policy, vector.sha256));
    assert.ok(!namesPolicy(policy, "0".repeat(64)));
    assert.equal(checkpoint.size, 20);
    assert.ok(parseNote(vector.checkpoint).signatures.every((row) => isSigner(policy, row)));
    assert.ok(!isSigner(policy, { name: policy.log.name, id: "00000000" }));
  }
  for (const vector of file.not_met) {
    const policy = parsePolicy(vector.policy);
    await refused(() => accept(policy, vector.checkpoint), undefined, vector.checkpoint);
  }
  for (const text of file.refused) await refused(() => parsePolicy(text), "policy", text);
  for (const text of file.read) assert.equal(parsePolicy(text).quorum, "log-pq", text);
});

test("words of a policy that JavaScript itself knows are names like any other", async () => {
  const witnessed = vectors("policy").accepted[1];
  const renamed = witnessed.policy.replace("witness press ", "witness constructor ").replace("peer press", "peer constructor");
  const { unwitnessed, times } = await accept(parsePolicy(renamed), witnessed.checkpoint);
  assert.ok(!unwitnessed && !("constructor" in times));
  const needsIt = renamed.replace("group outside 2", "group outside 3");
  await refused(() => accept(parsePolicy(needsIt), witnessed.checkpoint), "policy", "a witness that did not sign");
  await refused(() => parsePolicy(witnessed.policy.replace("outside 2", "outside constructor")), "policy", "no number");
});

bothWays("a proof leads from the entry to a checkpoint under the policy", async () => {
  const file = vectors("proof");
  const policy = parsePolicy(file.policy);
  const found = await verifyProof(file.proof, hash(file.leaf), policy);
  assert.deepEqual([found.index, found.checkpoint.size, found.time], [file.index, file.size, file.time]);
  for (const text of file.refused) await refused(() => verifyProof(text, hash(file.leaf), policy), undefined, text);
  await refused(() => verifyProof(file.proof, new Uint8Array(32), policy), "proof", "another entry");
  const extra = file.proof.replace("index", "extra AAEC\nindex");
  assert.equal(parseProof(extra).index, file.index);
  await refused(() => parseProof(extra.replace("AAEC", "AAE")), "proof", "another spelling");
});

test("entries hide and show what they do in Python", async () => {
  const file = vectors("entry");
  const r = fromHex(file.r);
  assert.equal(Buffer.from(dump(file.event)).toString(), file.canonical);
  assert.equal(toHex(commit(file.event, r)), file.commitment);
  const data = caseEntry(commit(file.event, r));
  assert.equal(toHex(data), file.case_entry);
  assert.equal(base64(leafHash(data)), file.leaf);
  assert.equal(toHex(readEntry(data).commitment), file.commitment);
  openEntry(data, file.event, r);
  await refused(() => openEntry(data, { ...file.event, seq: 1 }, r), "entry", "another event");
  const cover = coverEvent(file.event.origin, file.cover.n);
  assert.equal(Buffer.from(dump(cover)).toString(), file.cover.canonical);
  assert.equal(toHex(caseEntry(commit(cover, r))), file.cover.case_entry);
  const value = JSON.parse(file.readable.canonical);
  assert.equal(toHex(readableEntry(value)), file.readable.entry);
  assert.equal(base64(leafHash(readableEntry(value))), file.readable.leaf);
  assert.deepEqual(readEntry(fromHex(file.readable.entry)).value, value);
  for (const text of file.refused) await refused(() => readEntry(fromHex(text)), "entry", text);
  for (const odd of [{ ...value, v: true }, { ...value, type: "" }, { ...value, origin: 1 }, [], null, { ...value, text: "§".repeat(30_000) }]) {
    await refused(() => readableEntry(odd), "entry", JSON.stringify(odd)?.slice(0, 80));
  }
});

bothWays("a promise is the log's own, in its one form", async () => {
  const { vkey, promise, refused: bad, ...expected } = vectors("promise");
  const key = logKey(vkey);
  const { notAfter, entries, ...found } = await openPromise(promise, key);
  assert.deepEqual({ ...found, entries: entries.map(base64), not_after: notAfter }, expected);
  for (const text of bad) await refused(() => openPromise(text, key), undefined, text);
});

bothWays("a mailbox head extends the one before, or says what was done", async () => {
  const file = vectors("head");
  const key = logKey(file.vkey);
  const items = file.items.map(fromHex);
  assert.deepEqual(chainOf(items).map(toHex), file.chain);
  const newer = await openHead(file.newer, key);
  compareHeads(await openHead(file.older, key), newer, items);
  assert.equal(headText(newer), parseNote(file.newer).text);
  for (const text of file.refused) await refused(() => openHead(text, key), undefined, text);
  const done = [];
  for (const vector of file.contradictions) {
    const [old, now] = await Promise.all([openHead(vector.older, key), openHead(vector.newer, key)]);
    try {
      compareHeads(old, now, vector.items.map(fromHex));
    } catch (error) {
      done.push(error.facts.why);
    }
  }
  assert.deepEqual(done, ["taken-away", "replaced", "went-back", "count"]);
  await refused(() => compareHeads(newer, { ...newer, mailbox: "00".repeat(16) }, items), "head", "another mailbox");
  await refused(() => parseHead(headText({ ...newer, count: 0 })), "head", "a count of none with a hash");
});
