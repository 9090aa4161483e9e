// SPDX-License-Identifier: AGPL-3.0-or-later
// The record's vectors, run by a second implementation: node:crypto and @noble/post-quantum, nothing of Demur's Python.
// It is written from spec/{record,entry,promise,mailbox-head,policy}.md, so that a gap in those pages shows here.

import assert from 'node:assert/strict';
import { createHash, createHmac, createPublicKey, verify as verifySignature } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';

const vectors = (name) => JSON.parse(readFileSync(new URL(`../../spec/vectors/${name}.json`, import.meta.url), 'utf8'));

function refuse(reason) {
  throw new Error(reason);
}

// --- words of all texts

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const same = (left, right) => Buffer.compare(left, right) === 0;

function base64(text) {
  const data = Buffer.from(text, 'base64');
  return data.toString('base64') === text ? data : refuse('not the one form of base64');
}

function hash(text) {
  const data = base64(text);
  return data.length === 32 ? data : refuse('not a hash');
}

function number(text) {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(Number(text))) refuse('not a plain number');
  return Number(text);
}

function origin(text) {
  return text.length <= 120 && /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9._-]+)*$/.test(text) ? text : refuse('not an origin');
}

// --- Merkle tree (RFC 6962, RFC 9162)

const leafHash = (data) => sha256([0], data);
const nodeHash = (left, right) => sha256([1], left, right);
const emptyRoot = sha256();

function rootOf(leaves) {
  if (leaves.length < 2) return leaves[0] ?? emptyRoot;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}

function verifyInclusion(leaf, index, size, proof, root) {
  if (index >= size) refuse('not in the tree');
  let [at, last, result] = [index, size - 1, leaf];
  for (const part of proof) {
    if (last === 0) refuse('too long');
    if (at % 2 === 1 || at === last) {
      result = nodeHash(part, result);
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      result = nodeHash(result, part);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last !== 0 || !same(result, root)) refuse('another root');
}

function verifyConsistency(old, oldRoot, size, root, proof) {
  if (old > size) refuse('went back');
  if (old === 0 || old === size) {
    if (proof.length > 0 || !same(oldRoot, old === 0 ? emptyRoot : root)) refuse('two records');
    return;
  }
  const parts = Number.isInteger(Math.log2(old)) ? [oldRoot, ...proof] : proof;
  if (parts.length === 0) refuse('empty');
  let [at, last] = [old - 1, size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [first, second] = [parts[0], parts[0]];
  for (const part of parts.slice(1)) {
    if (last === 0) refuse('too long');
    if (at % 2 === 1 || at === last) {
      [first, second] = [nodeHash(part, first), nodeHash(part, second)];
      while (at % 2 === 0 && at !== 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      second = nodeHash(second, part);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last !== 0 || !same(first, oldRoot) || !same(second, root)) refuse('rewritten');
}

// --- signed notes, checkpoints, cosignatures

const ED25519 = 0x01;
const COSIGNED_ED25519 = 0x04;
const COSIGNED_MLDSA44 = 0x06;
const SIZES = { [ED25519]: 32, [COSIGNED_ED25519]: 32, [COSIGNED_MLDSA44]: 1312 };

function parseVkey(text) {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? refuse('not a key');
  const [, name, id, encoded] = match;
  const data = base64(encoded);
  const [kind, key] = [data[0], data.subarray(1)];
  if (key.length !== SIZES[kind]) refuse('another kind of key');
  if (sha256(Buffer.from(`${name}\n`), data).subarray(0, 4).toString('hex') !== id) refuse('another id');
  return { name, id, kind, key };
}

function parseNote(text) {
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.endsWith('\n')) refuse('not a note');
  const at = text.lastIndexOf('\n\n');
  if (at < 0) refuse('not a note');
  const lines = text.slice(at + 2, -1).split('\n').map((line) => {
    const [, name, encoded] = /^— ([^\s+]+) (\S+)$/.exec(line) ?? refuse('not a signature line');
    const data = base64(encoded);
    if (data.length < 5) refuse('too short');
    return { name, id: data.subarray(0, 4).toString('hex'), signature: data.subarray(4) };
  });
  return { text: text.slice(0, at + 1), lines };
}

function ed25519(key, message, signature) {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
  return verifySignature(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

function parseCheckpoint(text) {
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '') refuse('not three lines');
  const tree = { origin: origin(lines[0]), size: number(lines[1]), root: hash(lines[2]) };
  if (tree.size === 0 && !same(tree.root, emptyRoot)) refuse('not the empty root');
  return tree;
}

const prefixed = (text) => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)]);

function u64(value) {
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt(value));
  return data;
}

function holds({ name, kind, key }, text, signature) {
  if (kind === ED25519) return ed25519(key, Buffer.from(text), signature);
  const [time, body] = [signature.readBigUInt64BE(), signature.subarray(8)];
  if (time === 0n) return false;
  if (kind === COSIGNED_ED25519) return ed25519(key, Buffer.from(`cosignature/v1\ntime ${time}\n${text}`), body);
  const tree = parseCheckpoint(text);
  const label = Buffer.from('subtree/v1\n\0');
  const range = [u64(0), u64(tree.size)];
  const message = Buffer.concat([label, prefixed(name), u64(time), prefixed(tree.origin), ...range, tree.root]);
  return body.length === 2420 && ml_dsa44.verify(body, message, key);
}

// The lines by known keys, all of which must hold.
function openNote(text, keys) {
  const note = parseNote(text);
  const found = [];
  for (const line of note.lines) {
    const key = keys.find(({ name, id }) => name === line.name && id === line.id);
    if (key === undefined) continue;
    if (!holds(key, note.text, line.signature)) refuse(`${key.name} did not sign this`);
    found.push({ key, line });
  }
  if (found.length === 0) refuse('nobody known signed this');
  return { ...note, found };
}

function openSole(text, key) {
  const note = openNote(text, [key]);
  return note.lines.length === 1 ? note.text : refuse('a stranger signed too');
}

// --- policy, proof

const NAME = /^[a-z0-9][a-z0-9._/-]{0,119}$/;

function parsePolicy(text) {
  if (!/^[\n -~]+\n$/.test(text)) refuse('not lines');
  const policy = { witnesses: new Map(), groups: new Map(), quorum: '', log: undefined };
  const known = (name) => policy.witnesses.has(name) || policy.groups.has(name);
  const fresh = (name) => (NAME.test(name) && name !== 'none' && !known(name) ? name : refuse('not a name'));
  const [grouped, order] = [new Set(), ['log', 'witness', 'group', 'quorum']];
  let stage = 0;
  for (const line of text.slice(0, -1).split('\n')) {
    const [word, ...rest] = line.split(' ');
    if (order.indexOf(word) < stage || policy.quorum || rest.length === 0 || rest.includes('')) refuse('not in its one form');
    stage = order.indexOf(word);
    if (word === 'log') {
      if (policy.log || rest.length !== 1) refuse('one log');
      policy.log = parseVkey(rest[0]);
      if (policy.log.kind !== ED25519) refuse('not a log key');
    } else if (word === 'witness') {
      if ((rest[0] === 'log-pq') !== (policy.witnesses.size === 0) || rest.length > 3) refuse('log-pq first');
      const key = parseVkey(rest[1]);
      if (key.kind === ED25519) refuse('not a witness key');
      policy.witnesses.set(fresh(rest[0]), key);
    } else if (word === 'group') {
      const [name, rule, ...members] = rest;
      const least = { all: members.length, any: 1 }[rule] ?? (/^[1-9][0-9]?$/.test(rule) ? Number(rule) : 0);
      if (least < 1 || least > members.length) refuse('no such number');
      for (const member of members) {
        if (!known(member) || grouped.has(member)) refuse('unknown or twice');
        grouped.add(member);
      }
      policy.groups.set(fresh(name), { least, members });
    } else {
      policy.quorum = rest.length === 1 && known(rest[0]) ? rest[0] : refuse('no such quorum');
    }
  }
  if (!policy.log || !policy.quorum || policy.witnesses.get('log-pq')?.name !== `${policy.log.name}/pq`) refuse('no log-pq');
  if (met(policy, policy.quorum, (name) => name !== 'log-pq')) refuse('log-pq is not demanded');
  return policy;
}

function met(policy, name, signed) {
  if (policy.witnesses.has(name)) return signed(name);
  const { least, members } = policy.groups.get(name);
  return members.filter((member) => met(policy, member, signed)).length >= least;
}

const isOutside = (name) => name !== 'log-pq' && !name.startsWith('inhouse-');

function accept(policy, text) {
  const note = openNote(text, [policy.log, ...policy.witnesses.values()]);
  const keys = note.found.map(({ key }) => key);
  if (new Set(keys).size !== keys.length) refuse('twice by one key');
  const checkpoint = parseCheckpoint(note.text);
  if (!keys.includes(policy.log) || checkpoint.origin !== policy.log.name) refuse('not by the log');
  const times = {};
  for (const [name, witness] of policy.witnesses) {
    const line = note.found.find(({ key }) => key === witness)?.line;
    if (line) times[name] = Number(line.signature.readBigUInt64BE());
  }
  if (!met(policy, policy.quorum, (name) => name in times)) refuse('too few');
  const witnesses = Object.keys(times).filter(isOutside).sort();
  const alone = met(policy, policy.quorum, (name) => !isOutside(name));
  const unwitnessed = alone || witnesses.length === 0;
  const judged = unwitnessed ? [times['log-pq']] : witnesses.map((name) => times[name]).sort((a, b) => a - b);
  return { checkpoint, times, witnesses, unwitnessed, time: judged[Math.floor((judged.length - 1) / 2)] };
}

function verifyProof(text, leaf, policy) {
  const form = /^c2sp\.org\/tlog-proof@v1\n(?:extra \S+\n)?index ([0-9]+)\n((?:\S{44}\n){0,63})\n/;
  const match = form.exec(text) ?? refuse('not a proof');
  const accepted = accept(policy, text.slice(match[0].length));
  const { size, root } = accepted.checkpoint;
  const index = number(match[1]);
  verifyInclusion(leaf, index, size, match[2].split('\n').slice(0, -1).map(hash), root);
  return { ...accepted, index };
}

// --- entries, promises, heads

const [LEAF, OPEN] = [Buffer.from('demur/leaf/v1\0'), Buffer.from('demur/open/v1\0')];

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
};
const canonical = (value) => JSON.stringify(sorted(value));

function commit(text, r) {
  return createHmac('sha256', r).update(text).digest();
}

function readEntry(data) {
  if (same(data.subarray(0, 14), LEAF) && data.length === 46) return data.subarray(14);
  if (!same(data.subarray(0, 14), OPEN) || data.length > 60_000) refuse('no known kind');
  const text = data.subarray(14).toString('utf8');
  const value = JSON.parse(text);
  if (canonical(value) !== text || value.v !== 1 || !value.type || !origin(value.origin)) refuse('not in its one form');
  return value;
}

function openPromise(text, key) {
  const form = new RegExp(
    '^demur/promise/v1\\norigin (\\S+)\\nchannel ([0-9a-f]{64})\\npolicy ([0-9a-f]{64})\\n' +
      '((?:entry \\S{44}\\n){1,2})time ([0-9]+)\\nnot-after ([0-9]+)\\n$',
  );
  const [, name, channel, policy, lines, time, after] = form.exec(openSole(text, key)) ?? refuse('not a promise');
  const entries = lines.split('\n').slice(0, -1).map((line) => hash(line.slice(6)).toString('base64'));
  const promise = { origin: origin(name), channel, policy, entries, time: number(time), not_after: number(after) };
  if (name !== key.name || promise.not_after < promise.time) refuse('contradicts itself');
  if (new Set(entries).size !== entries.length) refuse('one entry twice');
  return promise;
}

function openHead(text, key) {
  const form = new RegExp(
    '^demur/head/v1\\norigin (\\S+)\\nmailbox ([0-9a-f]{32})\\ncount ([0-9]+)\\nlast ([0-9a-f]{64})\\n' +
      'time ([0-9]+)\\nsize ([0-9]+)\\n$',
  );
  const [, name, mailbox, count, last, time, size] = form.exec(openSole(text, key)) ?? refuse('not a head');
  const head = { origin: origin(name), mailbox, count: number(count), last, time: number(time), size: number(size) };
  if (name !== key.name || (head.count === 0) !== /^0+$/.test(last)) refuse('contradicts itself');
  return head;
}

const chained = (previous, item) => sha256(Buffer.from('demur/item/v1\0'), previous, item);

function compareHeads(older, newer, items) {
  if (older.origin !== newer.origin || older.mailbox !== newer.mailbox) refuse('another mailbox');
  if (Math.min(newer.count, items.length) < older.count || items.length !== newer.count) refuse('taken away');
  const chain = [Buffer.alloc(32)];
  for (const item of items) chain.push(chained(chain.at(-1), item));
  if (chain[older.count].toString('hex') !== older.last) refuse('replaced');
  if (chain.at(-1).toString('hex') !== newer.last) refuse('other items');
  if (newer.time >= older.time && newer.size < older.size) refuse('went back');
}

// --- the vectors

test('merkle', () => {
  const file = vectors('merkle');
  const leaves = file.entries.map((data) => leafHash(base64(data)));
  assert.deepEqual(leaves.map((leaf) => leaf.toString('base64')), file.leaves);
  assert.deepEqual(file.roots.map((_, size) => rootOf(leaves.slice(0, size)).toString('base64')), file.roots);
  const included = (c) => verifyInclusion(hash(c.leaf), c.index, c.size, c.proof.map(hash), hash(c.root));
  const consistent = (c) => verifyConsistency(c.old, hash(c.old_root), c.new, hash(c.new_root), c.proof.map(hash));
  file.inclusion.forEach(included);
  file.consistency.forEach(consistent);
  for (const vector of file.refused_inclusion) assert.throws(() => included(vector));
  for (const vector of file.refused_consistency) assert.throws(() => consistent(vector));
});

test('note', () => {
  const file = vectors('note');
  const key = parseVkey(file.vkey);
  assert.equal(key.id, file.key_id);
  for (const text of file.accepted) assert.equal(openNote(text, [key]).text, file.text);
  for (const text of file.refused) assert.throws(() => openNote(text, [key]), text);
  for (const text of file.refused_vkeys) assert.throws(() => parseVkey(text), text);
});

test('checkpoint', () => {
  const file = vectors('checkpoint');
  const tree = parseCheckpoint(file.text);
  assert.deepEqual([tree.origin, tree.size, tree.root.toString('base64')], [file.origin, file.size, file.root]);
  const keys = Object.entries(file.vkeys).map(([label, vkey]) => ({ ...parseVkey(vkey), label }));
  const { found } = openNote(file.note, keys);
  const times = found.filter(({ key }) => key.kind !== ED25519);
  assert.equal(found.length, 4);
  assert.deepEqual(
    Object.fromEntries(times.map(({ key, line }) => [key.label, Number(line.signature.readBigUInt64BE())])),
    file.times,
  );
  for (const text of file.refused_texts) assert.throws(() => parseCheckpoint(text), text);
  for (const text of file.refused_notes) assert.throws(() => openNote(text, keys));
});

test('policy', () => {
  const file = vectors('policy');
  for (const vector of file.accepted) {
    const { checkpoint, ...accepted } = accept(parsePolicy(vector.policy), vector.checkpoint);
    const { times, witnesses, time, unwitnessed } = vector;
    assert.deepEqual(accepted, { times, witnesses, time, unwitnessed });
    assert.equal(sha256(Buffer.from(vector.policy)).toString('hex'), vector.sha256);
    assert.equal(checkpoint.size, 20);
  }
  for (const vector of file.not_met) {
    const policy = parsePolicy(vector.policy);
    assert.throws(() => accept(policy, vector.checkpoint));
  }
  for (const text of file.refused) assert.throws(() => parsePolicy(text), text);
});

test('proof', () => {
  const file = vectors('proof');
  const policy = parsePolicy(file.policy);
  const found = verifyProof(file.proof, hash(file.leaf), policy);
  assert.deepEqual([found.index, found.checkpoint.size, found.time], [file.index, file.size, file.time]);
  for (const text of file.refused) assert.throws(() => verifyProof(text, hash(file.leaf), policy));
});

test('entry', () => {
  const file = vectors('entry');
  const r = Buffer.from(file.r, 'hex');
  assert.equal(canonical(file.event), file.canonical);
  assert.equal(commit(file.canonical, r).toString('hex'), file.commitment);
  const data = Buffer.concat([LEAF, commit(file.canonical, r)]);
  assert.equal(data.toString('hex'), file.case_entry);
  assert.equal(leafHash(data).toString('base64'), file.leaf);
  assert.equal(readEntry(data).toString('hex'), file.commitment);
  const cover = canonical({ v: 1, type: 'cover', origin: file.event.origin, n: file.cover.n });
  assert.equal(cover, file.cover.canonical);
  assert.equal(Buffer.concat([LEAF, commit(cover, r)]).toString('hex'), file.cover.case_entry);
  const readable = Buffer.concat([OPEN, Buffer.from(file.readable.canonical)]);
  assert.equal(readable.toString('hex'), file.readable.entry);
  assert.equal(leafHash(readable).toString('base64'), file.readable.leaf);
  assert.equal(readEntry(readable).type, 'charter');
  for (const text of file.refused) assert.throws(() => readEntry(Buffer.from(text, 'hex')), text);
});

test('promise', () => {
  const { vkey, promise, refused, ...expected } = vectors('promise');
  const key = parseVkey(vkey);
  assert.deepEqual(openPromise(promise, key), expected);
  for (const text of refused) assert.throws(() => openPromise(text, key), text);
});

test('head', () => {
  const file = vectors('head');
  const key = parseVkey(file.vkey);
  const items = file.items.map((item) => Buffer.from(item, 'hex'));
  const chain = [Buffer.alloc(32)];
  for (const item of items) chain.push(chained(chain.at(-1), item));
  assert.deepEqual(chain.map((value) => value.toString('hex')), file.chain);
  compareHeads(openHead(file.older, key), openHead(file.newer, key), items);
  for (const text of file.refused) assert.throws(() => openHead(text, key), text);
  for (const vector of file.contradictions) {
    const [older, newer] = [openHead(vector.older, key), openHead(vector.newer, key)];
    assert.throws(() => compareHeads(older, newer, vector.items.map((item) => Buffer.from(item, 'hex'))));
  }
});
