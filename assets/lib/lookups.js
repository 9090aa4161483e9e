// SPDX-License-Identifier: AGPL-3.0-or-later
// Asking a server about its record, and believing only what the channel's policy proves. As src/demur/client/lookups.py and, for growth,
// src/demur/client/memory.py.
//
// The charter and the rosters that a case's events name may be long replaced; each is found by its leaf hash: the proof gives its place, the
// entry bundle at that place the entry, and the entry must hash to what was asked for.

import { fromHex, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { readCharter } from "./charter/model.js";
import { checkStatement } from "./charter/officers.js";
import { readRoster } from "./charter/roster.js";
import { Refusal, refuse, under } from "./errors.js";
import { readKeeps } from "./keeping.js";
import { laterThan, rewritten, twoRoots } from "./record/contradictions.js";
import { readEntry } from "./record/entry.js";
import { brokenPromise, forkedRecord } from "./record/evidence.js";
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from "./record/merkle.js";
import { accept, parsePolicy } from "./record/policy.js";
import { proofText, verifyProof } from "./record/proof.js";
import { hashesFrom, same } from "./record/texts.js";

const CODE = "bad-answer";
const WIDTH = 256; // hashes in a full tile, entries in a full bundle
const HEX64 = /^[0-9a-f]{64}$/;
const AT_ONCE = 500; // entries whose proofs are asked for in one request
const TOGETHER = 6; // questions asked at a time: what browsers allow one server

// One server's record under one channel's policy. Statements are kept once read, proofs too: a proof never changes.
export class Record {
  #statements = new Map();
  #keeps; // what was announced, once it was asked for
  #rosters; // leaf hashes by serial, once they were asked for
  #newest; // leaf hash of the roster that the directory named, where it was kept
  filed = new Map(); // the version of each case's dissent, where it was opened
  #proofs = new Map();
  #read = new Map(); // charters and rosters as they were read

  constructor(server, channel) {
    this.server = server;
    this.channel = channel;
  }

  // The proof of an entry by its leaf hash: {text, index, accepted}; undefined while it is not published.
  async proof(leaf) {
    const name = toHex(leaf);
    if (!this.#proofs.has(name)) {
      const text = await published(() => this.server.getText(`/api/v1/record/proof/${name}`));
      if (text === undefined) return undefined;
      const accepted = await under(CODE, () => verifyProof(text, leaf, this.channel.policy));
      this.#proofs.set(name, Object.freeze({ text, index: accepted.index, accepted }));
    }
    return this.#proofs.get(name);
  }

  // The proofs of several entries, in order, asked for many at a time; undefined for those that are not published.
  async proofs(leaves) {
    const wanted = leaves.filter((leaf) => !this.#proofs.has(toHex(leaf)));
    for (let at = 0; at < wanted.length; at += AT_ONCE) await this.#askProofs(wanted.slice(at, at + AT_ONCE));
    return leaves.map((leaf) => this.#proofs.get(toHex(leaf)));
  }

  async #askProofs(leaves) {
    const body = dump({ leaves: leaves.map(toHex) });
    const answer = await known(() => this.server.postJson("/api/v1/record/proofs", body, { type: "application/json" }));
    if (answer !== undefined) return this.#keepProofs(answer);
    // A server of before: one question for each.
    for (let at = 0; at < leaves.length; at += TOGETHER) await Promise.all(leaves.slice(at, at + TOGETHER).map((leaf) => this.proof(leaf)));
    return undefined;
  }

  async #keepProofs({ proofs, checkpoints }) {
    if (!Array.isArray(proofs) || !Array.isArray(checkpoints) || !checkpoints.every((note) => typeof note === "string")) refuse(CODE, "proofs");
    const trees = await under(CODE, () => Promise.all(checkpoints.map((note) => accept(this.channel.policy, note))));
    for (const row of proofs) {
      const accepted = trees[row?.checkpoint] ?? refuse(CODE, "proofs");
      const { leaf, index } = row;
      if (typeof leaf !== "string" || !HEX64.test(leaf) || !Number.isSafeInteger(index)) refuse(CODE, "proofs");
      const hashes = hashesFrom(row.hashes, CODE);
      const { size, root } = accepted.checkpoint;
      await under(CODE, () => verifyInclusion(fromHex(leaf), index, size, hashes, root));
      const text = proofText({ index, hashes, checkpoint: checkpoints[row.checkpoint] });
      this.#proofs.set(leaf, Object.freeze({ text, index, accepted: Object.freeze({ ...accepted, index }) }));
    }
  }

  // Forgets which rosters there are, and what was announced: both may have changed since the last case was read.
  askAnew() {
    this.#rosters = undefined;
    this.#keeps = undefined;
  }

  // The proof of the roster after this one (leaf hash, hex); undefined while it is the newest. The server must name every roster in order, up to
  // the one that its log signed as in force. `whole`: a server that keeps acts of version 2 names every roster; one of before named none, and
  // then the one in force ends all before it.
  async nextRoster(leaf, whole) {
    this.#rosters ??= await this.#rostersNamed();
    const [named, newest] = [this.#rosters, this.#newest];
    const rows = newest === undefined || named.includes(newest) ? named : [...named, newest];
    if (rows.length === 0 || leaf === rows.at(-1)) return undefined;
    if (named.length > 0 && !named.includes(leaf)) refuse(CODE, "roster-not-named");
    const following = rows[rows.indexOf(leaf) + 1];
    const apart = (await this.roster(following)).serial - (await this.roster(leaf)).serial;
    if (apart !== 1 && (named.length > 0 || whole || apart < 1)) refuse(CODE, "roster-left-out");
    return this.proof(fromHex(following));
  }

  // Leaf hashes (hex) of the channel's rosters by serial; none where a server of before does not tell them.
  async #rostersNamed() {
    const answer = await known(() => this.server.getJson("/api/v1/rosters"));
    if (answer === undefined) return [];
    const { rosters } = answer;
    return Array.isArray(rosters) && rosters.every((row) => typeof row === "string" && HEX64.test(row)) ? rosters : refuse(CODE, "rosters");
  }

  // What the channel's server announced that it keeps (keeping.js); none where it is one of before.
  keeps() {
    this.#keeps ??= readKeeps(this.server, this.channel);
    return this.#keeps;
  }

  // The charter whose entry has this leaf hash (hex), signed by the officers.
  charter(leaf) {
    return this.#readOnce(`charter ${leaf}`, leaf, readCharter);
  }

  // The roster whose entry has this leaf hash (hex), signed by the officers.
  roster(leaf) {
    return this.#readOnce(`roster ${leaf}`, leaf, readRoster);
  }

  // A statement as `read` reads it: once, however many cases name it, since ten thousand readings take a minute.
  async #readOnce(name, leaf, read) {
    if (!this.#read.has(name)) {
      const statement = await this.statement(leaf);
      this.#read.set(name, await under(CODE, () => read(statement)));
    }
    return this.#read.get(name);
  }

  // The readable entry with this leaf hash (hex), signed by the officers.
  async statement(leaf) {
    if (!this.#statements.has(leaf)) {
      const statement = await this.#entry(fromHex(leaf));
      await under(CODE, () => checkStatement(statement, this.channel));
      this.#statements.set(leaf, statement);
    }
    return this.#statements.get(leaf);
  }

  // Takes a statement that was proven otherwise, such as the directory's, so that it is not asked for again.
  keep(leaf, statement) {
    if (statement.type === "seats") this.#newest = leaf;
    this.#statements.set(leaf, statement);
  }

  // Throws "promise-broken" with evidence if a tree signed after `notAfter` lacks one of the promised `leaves`. `promise` is the note. Nothing
  // is proven while no checkpoint of so late a time meets the policy, as when a witness is away: the log is late, and whoever asks says so.
  async checkKept(promise, leaves, notAfter) {
    const found = await this.#checkpoint();
    if (found === undefined || !laterThan(notAfter, found.accepted)) return;
    const tree = await this.tree(found.accepted);
    if (leaves.every((leaf) => tree.some((row) => same(row, leaf)))) return;
    throw new Refusal("promise-broken", { evidence: brokenPromise(this.channel, { promise, checkpoint: found.note, leaves: tree }) });
  }

  // The entries from index `start` on, [{index, data}], of the newest tree that the log signed, whether witnesses did or not.
  async *entries(start) {
    const { accepted } = await this.#signed();
    const [leaves, { size }] = [await this.tree(accepted), accepted.checkpoint];
    for (let n = Math.floor(start / WIDTH); n * WIDTH < size; n += 1) {
      const bundle = await this.#tile("entries", n, size);
      for (let index = n * WIDTH; index < Math.min(size, (n + 1) * WIDTH); index += 1) {
        const data = bundleEntry(bundle, index % WIDTH);
        if (!same(leafHash(data), leaves[index])) refuse(CODE, "entries");
        if (index >= start) yield { index, data };
      }
    }
  }

  // Every leaf hash of the tree of `accepted`, in order; throws unless the server's tiles are those.
  async tree({ checkpoint: { size, root } }) {
    const leaves = [];
    for (let n = 0; n * WIDTH < size; n += 1) {
      const data = await this.#tile("0", n, size);
      for (let at = 0; at < data.length; at += 32) leaves.push(data.subarray(at, at + 32));
    }
    return leaves.length === size && same(rootOf(leaves), root) ? leaves : refuse(CODE, "tiles");
  }

  // Throws "record-forked", with evidence, unless the record of `newer` starts with that of `older`, each {note, accepted}; "bad-answer" if it
  // is smaller, or if the server can show neither.
  async checkGrown(older, newer) {
    const [one, two] = [older.accepted, newer.accepted];
    if (two.checkpoint.size < one.checkpoint.size) refuse(CODE, "record-went-back");
    checkOneRecord(this.channel, [older, newer]);
    if (two.checkpoint.size === one.checkpoint.size || (await this.#provesGrowth(one, two))) return;
    const leaves = await this.tree(two);
    if (!rewritten(one, two, leaves)) return;
    throw new Refusal("record-forked", { evidence: forkedRecord(this.channel, { older: older.note, newer: newer.note, leaves }) });
  }

  // Whether the server proves the growth. If not, for whatever reason, its leaves decide.
  async #provesGrowth({ checkpoint: older }, { checkpoint: newer }) {
    try {
      const { hashes } = await this.server.getJson(`/api/v1/record/consistency?old=${older.size}&new=${newer.size}`);
      verifyConsistency(older.size, older.root, newer.size, newer.root, hashesFrom(hashes, CODE));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      return false;
    }
  }

  // The newest checkpoint that meets the policy, {note, accepted}; undefined where the server shows none.
  async #checkpoint() {
    const { note } = await this.#signed();
    try {
      return { note, accepted: await accept(this.channel.policy, note) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    const older = await published(() => this.server.getText("/checkpoint.accepted"));
    return older && { note: older, accepted: await under(CODE, () => accept(this.channel.policy, older)) };
  }

  // The newest checkpoint, signed by the log.
  async #signed() {
    const note = await this.server.getText("/checkpoint");
    const { log } = this.channel;
    const alone = parsePolicy(`log ${log.ed25519}\nwitness log-pq ${log["ml-dsa-44"]}\nquorum log-pq\n`);
    return { note, accepted: await under(CODE, () => accept(alone, note)) };
  }

  async #entry(leaf) {
    const placed = (await this.proof(leaf)) ?? refuse(CODE, "not-published");
    const data = await this.#tile("entries", Math.floor(placed.index / WIDTH), placed.accepted.checkpoint.size);
    const entry = bundleEntry(data, placed.index % WIDTH);
    if (!same(leafHash(entry), leaf)) refuse(CODE, "another-entry");
    const { value } = await under(CODE, () => readEntry(entry));
    return value ?? refuse(CODE, "not-readable");
  }

  #tile(level, n, size) {
    return this.server.get(`/${tilePath(level, n, Math.min(WIDTH, size - n * WIDTH))}`);
  }
}

// Throws "record-forked", with evidence, if two checkpoints ({note, accepted}) of one size have different roots.
export function checkOneRecord(channel, trees) {
  for (const [at, first] of trees.entries()) {
    const second = trees.slice(at + 1).find((row) => twoRoots(first.accepted, row.accepted));
    if (second === undefined) continue;
    const evidence = forkedRecord(channel, { older: first.note, newer: second.note });
    throw new Refusal("record-forked", { size: first.accepted.checkpoint.size, evidence });
  }
}

// The path of a tile (c2sp.org/tlog-tiles): `level` is a number or "entries", `width` 1 to 256.
export function tilePath(level, n, width) {
  const groups = [String(n % 1000).padStart(3, "0")];
  for (let rest = Math.floor(n / 1000); rest > 0; rest = Math.floor(rest / 1000)) groups.unshift(`x${String(rest % 1000).padStart(3, "0")}`);
  return `tile/${level}/${groups.join("/")}${width === WIDTH ? "" : `.p/${width}`}`;
}

// Entry `n` of a bundle of entries, each `u16 length || data`.
function bundleEntry(data, n) {
  let at = 0;
  for (let left = n; ; left -= 1) {
    if (at + 2 > data.length) refuse(CODE, "entries");
    const end = at + 2 + ((data[at] << 8) | data[at + 1]);
    if (end > data.length) refuse(CODE, "entries");
    if (left === 0) return data.subarray(at + 2, end);
    at = end;
  }
}

async function published(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === 404) return undefined;
    throw error;
  }
}

// What an address answers, undefined where the server, one of before, does not have it.
export async function known(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && [404, 405].includes(error.facts.status)) return undefined;
    throw error;
  }
}
