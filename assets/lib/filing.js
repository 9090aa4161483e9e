// SPDX-License-Identifier: AGPL-3.0-or-later
// Filing: everything sealed in the author's browser, then one request. Format: spec/filing.md; as src/demur/client/filing.py and
// src/demur/dissent/filing.py.
//
// The case id is drawn here, so a prepared filing can be sent again after a lost answer and is filed once. An attacker who watches learns
// that somebody filed and about how much: every seat of the charter gets an item of one size, a grant or a dummy.

import * as age from "./age.js";
import { fromHex, sha256, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { completeFacts } from "./charter/seating.js";
import { pack } from "./container.js";
import { describe, packBundle, UPLOAD } from "./bundle.js";
import { dissentDocument } from "./documents/dissent.js";
import { refuse, Refusal } from "./errors.js";
import { commitment, opening, salted, saltedHash, submitEvent } from "./events.js";
import { hashOf, sealLarge } from "./large.js";
import { baseManifest, recipientRows } from "./manifests.js";
import { entropyToWords, returnKeys } from "./returning.js";
import { publicKey, sign } from "./signing.js";
import { checkWish, LARGE } from "./wish.js";

export const [DISSENT_FILE, CASE_FILE, SUBMIT_FILE] = ["dissent.json", "case.json", "submit.json"];
const DOMAIN = "demur/filing/v1";
const GRANT_FLOOR = 2048; // bytes; spec/filing.md
const MAX_GRANT = 16_384;

// Seals everything; nothing is sent. `wish` as in wish.js, `found` what is in force, `charter` its model, `address` goes into the key file,
// `now` is POSIX seconds. `tell` is told {done, total} in bytes of attachments. `entropy` (16 bytes) is what the return words stand for: that of
// an earlier call only where nothing of it was ever sent.
//
// Gives {bundle, draft: all of the key file but the log's answer, sealedBody, bodies, filing, mailboxItem (hex), at, uploads: [{size, sha256,
// blob}], seats: how many were sealed to}.
export async function prepare({ wish, found, charter, address, limits, now, entropy = freshEntropy(), tell = () => {} }) {
  const offices = checkWish(found, charter, wish, limits);
  const { origin } = found.channel;
  const keys = await returnKeys(entropy, origin);
  const author = await publicKey(keys.sign);
  const identity = await age.newIdentity();
  const reading = Object.fromEntries(offices.filter((row) => row.holder).map((row) => [row.seat.id, row.holder.age]));
  const secrets = { id: toHex(random(16)), token: toHex(random(32)), salt: toHex(random(32)) };
  const sealing = new Sealing({ wish, found, charter, keys, author, identity, reading, ...secrets, tell });
  return sealing.prepared({ words: entropyToWords(entropy), address, now, limits: charter.limits, seats: Object.keys(reading).length });
}

// One filing while it is sealed: the secrets drawn for it, and what they are used on.
class Sealing {
  constructor(parts) {
    Object.assign(this, parts);
    this.origin = this.found.channel.origin;
    this.place = { charter: this.found.directory.charter, roster: this.found.directory.roster };
    this.everybody = recipientRows({ "": this.keys.recipient, ...this.reading });
  }

  async prepared({ words, address, now, limits, seats }) {
    const { manifest, sealed: body } = await this.body();
    const r = random(32);
    const salt = fromHex(this.salt);
    const event = submitEvent({ origin: this.origin, case: this.id, ...this.place, body: await salted(salt, body), time: now });
    const submit = opening(event, r);
    const { carried, uploads } = await this.attached();
    const mailbox = await this.keep(manifest, submit, body);
    const grants = await this.grants();
    const files = [["body", body], ...carried.map((data) => ["attachment", data]), ["mailbox", mailbox], ...grants];
    checkSizes(files, limits);
    const rows = await this.rows(files, uploads);
    const header = await this.header(rows, toHex(commitment(event, r)));
    const { origin, id, identity, token } = this;
    const draft = { origin, address, words, case: id, submit, manifest, case_key: identity.identity, token, salt: this.salt };
    return {
      ...{ bundle: packBundle(header, files), draft, sealedBody: body, uploads, at: now, seats },
      bodies: rows.map((row) => saltedHash(salt, fromHex(row.sha256))),
      filing: await salted(salt, dump(header)),
      mailboxItem: toHex(await sha256(mailbox)),
    };
  }

  manifest(type, names, more) {
    const base = { origin: this.origin, case: this.id, caseKey: this.identity.recipient, seq: 0, prev: "", ...this.place, seat: "", names };
    return baseManifest(type, { ...base, ...more });
  }

  // The submit manifest as signed, and the sealed body.
  async body() {
    const { wish } = this;
    const more = {
      recipients: this.everybody,
      facts: completeFacts(this.charter, wish.facts),
      recused: [...wish.recused].sort(),
      new_keys: [...wish.newKeys].sort(),
      salt: this.salt,
      markings: wish.dissent.marking,
      attachments: await this.listed(),
      return: this.keys.recipient,
    };
    const manifest = this.manifest("submit", [DISSENT_FILE, wish.dissent.original], more);
    const packed = await pack(manifest, [dissentDocument(wish.dissent), wish.original], this.keys.sign);
    return { manifest: packed.manifest, sealed: await age.seal(packed.bytes, [this.identity.recipient]) };
  }

  // The attachments as the manifest lists them, small ones first: the bundle carries those, and names the large ones after them.
  async listed() {
    const { attachments } = this.wish;
    const ordered = [...attachments.filter(({ blob }) => blob.size <= LARGE), ...attachments.filter(({ blob }) => blob.size > LARGE)];
    this.ordered = [];
    for (const { name, blob } of ordered) this.ordered.push({ name, blob, sha256: await hashOf(blob) });
    return this.ordered.map(({ name, blob, sha256: hash }, at) => ({ n: at + 1, name, sha256: hash, size: blob.size }));
  }

  async attached() {
    const [carried, uploads] = [[], []];
    const total = this.ordered.reduce((sum, { blob }) => sum + blob.size, 0);
    let done = 0;
    for (const [at, { name, blob, sha256: hash }] of this.ordered.entries()) {
      const manifest = this.manifest("attachment", [name], { recipients: this.everybody, n: at + 1 });
      const tell = (read) => this.tell({ done: done + read, total });
      const how = { manifest, hash, seed: this.keys.sign, recipients: [this.identity.recipient], tell };
      if (blob.size > LARGE) uploads.push(await sealLarge(blob, how));
      else carried.push(await this.attachment(blob, how));
      done += blob.size;
      this.tell({ done, total });
    }
    return { carried, uploads };
  }

  async attachment(blob, { manifest, hash }) {
    const packed = await pack(manifest, [new Uint8Array(await blob.arrayBuffer())], this.keys.sign);
    if (packed.manifest.files[0].sha256 !== hash) throw new Refusal("file-changed");
    return age.seal(packed.bytes, [this.identity.recipient]);
  }

  // `sealed` lets the words alone find the author's own sealed text among the mailbox's files again.
  async keep(submitted, submit, body) {
    const more = { recipients: recipientRows({ "": this.keys.recipient }), sealed: toHex(await sha256(body)) };
    const parts = [dump({ ...this.case(), manifest: submitted }), dump(submit)];
    const packed = await pack(this.manifest("keep", [CASE_FILE, SUBMIT_FILE], more), parts, this.keys.sign);
    return age.seal(packed.bytes, [this.keys.recipient]);
  }

  async grants() {
    const seats = this.charter.readingSeats.map((seat) => seat.id).sort();
    const found = [];
    for (const seat of seats) found.push([`grant:${seat}`, await this.grant(seat)]);
    return found;
  }

  // A seat that does not read gets the same shape, sealed to a key that nobody keeps.
  async grant(seat) {
    const recipient = this.reading[seat] ?? (await age.newIdentity()).recipient;
    const manifest = this.manifest("grant", [CASE_FILE], { recipients: recipientRows({ [seat]: recipient }), seat });
    const packed = await pack(manifest, [dump(this.case())], this.keys.sign, { floor: GRANT_FLOOR });
    return age.seal(packed.bytes, [recipient]);
  }

  case() {
    const secrets = { case: this.id, case_key: this.identity.identity, token: this.token, salt: this.salt };
    return { v: 1, type: "case", ...secrets, author: toHex(this.author) };
  }

  async rows(files, uploads) {
    const rows = await Promise.all(files.map(([role, data]) => describe(role, data)));
    const at = rows.findIndex((row) => row.role === "mailbox");
    return [...rows.slice(0, at), ...uploads.map(({ sha256: hash, size }) => ({ role: UPLOAD, sha256: hash, size })), ...rows.slice(at)];
  }

  async header(files, committed) {
    const header = {
      ...{ v: 1, type: "filing", origin: this.origin, case: this.id, ...this.place, author: toHex(this.author), mailbox: this.keys.mailbox },
      bearer: toHex(await sha256(this.keys.bearer)),
      token: toHex(await sha256(fromHex(this.token))),
      ...{ salt: this.salt, commitment: committed, files },
    };
    return { ...header, signature: toHex(await sign(this.keys.sign, DOMAIN, dump(header))) };
  }
}

// The sizes that the server will refuse, before anything is sent. One size for all grants: with a second one, the server could tell a
// recused seat's item from a grant.
function checkSizes(files, limits) {
  const have = files.reduce((sum, [, data]) => sum + data.length, 0);
  if (have > limits.request_bytes) throw new Refusal("too-large", { what: "request_bytes", have, most: limits.request_bytes });
  const sizes = new Set(files.filter(([role]) => role.startsWith("grant:")).map(([, data]) => data.length));
  if (sizes.size !== 1 || [...sizes][0] > MAX_GRANT) refuse("bundle", "grants");
}

export function freshEntropy() {
  return random(16);
}

function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}
