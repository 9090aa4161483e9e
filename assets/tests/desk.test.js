// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's modules: requests as Python signs them, key files, grants, and what a seat keeps on a server that is only a table here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newIdentity } from "../lib/age.js";
import { fromHex, sha256, toHex } from "../lib/bytes.js";
import { Refusal } from "../lib/errors.js";
import { isGranted, makeGrant, openGrant, sealGrant } from "../lib/desk/grants.js";
import { openItems, readPage } from "../lib/desk/inbox.js";
import { FIRST, Index, WIDTH } from "../lib/desk/index.js";
import { Kept } from "../lib/desk/kept.js";
import { newKey, newPassphrase, readKey, writeKey } from "../lib/desk/keyfile.js";
import { signRequest } from "../lib/desk/requests.js";
import { toBase64, utf8 } from "../lib/record/texts.js";
import { gapOf } from "../lib/desk/restored.js";
import { wordIndex } from "../lib/returning.js";
import { refused, vectors } from "./support.js";

const ORIGIN = "practice-00112233445566ff";
const CHANNEL = { origin: ORIGIN, digest: "ab".repeat(32) };
const SEED = Uint8Array.from({ length: 32 }, (_, at) => at); // tests/seal/make_seal_vectors.py
const HEX = (byte, size = 32) => byte.toString(16).padStart(2, "0").repeat(size);

// --- requests and keys

test("a request is signed as Python signs it", async () => {
  const { seat, method, path, body, origin, now, nonce, header } = vectors("seat-request");
  assert.equal(await signRequest(SEED, { seat, method, path, body: fromHex(body), origin, now, nonce }), header);
});

test("a key file opens with its passphrase alone, and is the same key again", async () => {
  const key = await newKey("custodian", 1_795_430_000);
  const text = await writeKey(key, "orang yang sabar");
  assert.match(text, /^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  assert.match(atob(text.split("\n")[1]), /^age-encryption\.org\/v1\n-> scrypt /);
  assert.match(atob(text.split("\n").slice(1, 3).join("")), / 18\n/, "the work factor of Python");
  assert.deepEqual(await readKey(text, "orang yang sabar"), key);
  await refused(() => readKey(text, "orang yang marah"), "passphrase", "another passphrase");
  await refused(() => readKey(text.replace(/\n\w/, "\n!"), "orang yang sabar"), "key-file", "damaged armor");
});

test("what is no seat's key in its one form is refused", async () => {
  const key = await newKey("custodian", 7);
  const plain = { v: 1, type: "demur/seat-key", seat: "custodian", age: key.identity, sign: toHex(key.seed), created: 7 };
  const text = (value) => JSON.stringify(Object.fromEntries(Object.entries(value).sort()));
  assert.deepEqual(await readKey(text(plain), ""), key);
  const odd = [{ type: "demur/officer-key" }, { sign: "00" }, { age: "AGE-SECRET-KEY-1QQ" }, { created: "7" }, { more: 1 }, { v: 2 }];
  for (const edit of odd) await refused(() => readKey(text({ ...plain, ...edit }), ""), "key-file", JSON.stringify(edit));
  await refused(() => readKey(`${text(plain)}\n`, ""), "key-file", "a line more");
});

test("a passphrase is seven words of the list, and another one each time", () => {
  const drawn = Array.from({ length: 50 }, newPassphrase);
  assert.equal(new Set(drawn).size, 50);
  for (const text of drawn) {
    assert.equal(text.split(" ").length, 7);
    assert.ok(text.split(" ").every((word) => wordIndex(word) >= 0));
  }
});

// --- grants

async function granted(edit = {}) {
  const { identity } = await newIdentity();
  const parts = { case: HEX(1, 16), caseKey: identity, token: HEX(2), salt: HEX(3), author: HEX(4) };
  const giver = await newKey("custodian", 1);
  const key = await newKey("secretary", 1);
  const place = { origin: ORIGIN, charter: HEX(5), roster: HEX(6), key: HEX(8), seen: { seq: 4, commitment: HEX(7) }, ...edit };
  const grant = await makeGrant(parts);
  const item = await sealGrant(grant, { to: "secretary", recipient: key.recipient, giver: "custodian", reason: "Away.", place, seed: giver.seed });
  return { grant, giver, key, item };
}

test("a grant that a seat adds is opened by the seat it is for, and says where its event stands", async () => {
  const { grant, giver, key, item } = await granted();
  const opened = await openGrant(item, { key, seat: "secretary", origin: ORIGIN });
  assert.deepEqual(opened, { ...grant, giver: "custodian", signer: toHex(giver.public), seq: 4, prev: HEX(7), v: 2 });
  assert.equal(await openGrant(item, { key: giver, seat: "custodian", origin: ORIGIN }), undefined);
  const event = { v: 2, type: "grant", seat: "custodian", to: "secretary", seen: { seq: 4, commitment: HEX(7) } };
  assert.ok(isGranted(opened, event, "secretary"));
  const others = [{ seen: { seq: 5, commitment: HEX(7) } }, { seen: { seq: 4, commitment: HEX(8) } }, { v: 1, seq: 4, prev: HEX(7) }];
  for (const edit of [{ type: "message" }, { seat: "deputy" }, { to: "deputy" }, ...others]) {
    assert.equal(isGranted(opened, { ...event, ...edit }, "secretary"), false, JSON.stringify(edit));
  }
});

test("a grant for another channel or another seat is told, and one bad item keeps a seat from no other", async () => {
  const { grant, key, item } = await granted();
  const elsewhere = { key, seat: "secretary", origin: "practice-ffffffffffffffff" };
  await refused(() => openGrant(item, elsewhere), "grant", "another channel");
  await refused(() => openGrant(item, { key, seat: "deputy", origin: ORIGIN }), "grant", "another seat");
  const line = { key, seat: "secretary", channel: { origin: ORIGIN } };
  const asked = [];
  const items = [{ n: 1, file: toBase64(item) }, { n: 2, file: toBase64(item.slice(0, 400)) }, { n: 3, file: toBase64(item) }, { n: 4, file: "!" }];
  const confirm = async (given) => {
    asked.push(given.case);
    if (asked.length === 1) throw new Refusal("grant", { why: "in-silence" });
  };
  const { rows, faults } = await openItems(line, items, confirm, 70);
  assert.deepEqual(rows.map(({ n, size, grant: { case: id } }) => [n, size, id]), [[3, 70, grant.case]]);
  assert.deepEqual(faults.map(({ code, facts }) => [code, facts.n]), [["inbox-item", 1], ["inbox-item", 4]]);
});

test("an inbox that does not go up, or promises more and gives nothing, is refused", async () => {
  const line = (answer) => ({ seat: "secretary", getJson: async () => answer });
  const file = toBase64(utf8("item"));
  const odd = [{}, { items: [], more: true }, { items: [{ n: 5, file }], more: false }, { items: [{ n: 6, file: 7 }], more: false }, { items: [{ n: 6, file }] }];
  for (const answer of odd) await refused(() => readPage(line(answer), 5), "bad-answer", JSON.stringify(answer));
  const two = { items: [{ n: 7, file }, { n: 6, file }], more: false };
  await refused(() => readPage(line(two), 5), "bad-answer", "backwards");
});

// --- what a seat keeps

// A server that keeps blobs as spec/kept.md says, and nothing else.
function shelf() {
  const blobs = new Map();
  const written = [];
  const refuse = (status, code) => {
    throw new Refusal("server", { status, code, sentence: "", final: true });
  };
  const line = (key, { channel = CHANNEL, seat = "custodian" } = {}) => ({
    ...{ key, channel, seat },
    get: async (path) => blobs.get(path) ?? refuse(404, "not-found"),
    delete: async (path) => blobs.delete(path),
    putJson: async (path, data) => {
      const [name, was] = path.split("?was=");
      if ((blobs.has(name) ? toHex(await sha256(blobs.get(name))) : "") !== was) refuse(409, "moved-on");
      written.push({ name, size: data.length });
      blobs.set(name, data);
      return {};
    },
  });
  return { blobs, written, line };
}

test("what is kept comes back to the same key, channel and name, and to no other", async () => {
  const { blobs, line } = shelf();
  const [key, other] = [await newKey("custodian", 1), await newKey("custodian", 1)];
  const kept = new Kept(line(key));
  assert.equal(await kept.load("draft/one"), undefined);
  await kept.save("draft/one", { text: "Belum selesai" });
  assert.deepEqual(await new Kept(line(key)).load("draft/one"), { text: "Belum selesai" });
  assert.equal(await new Kept(line(other)).load("draft/one"), undefined, "another key makes another name");
  const [path, data] = [...blobs][0];
  blobs.set(path.replace(/[0-9a-f]{64}$/, kept.nameOf("draft/two")), data);
  await refused(() => kept.load("draft/two"), "kept", "another place");
  await refused(() => new Kept(line(key, { channel: { ...CHANNEL, digest: "cd".repeat(32) } })).load("draft/one"), "other-channel", "channel");
  blobs.set(path.replace("/custodian/", "/deputy/"), data);
  await refused(() => new Kept(line(key, { seat: "deputy" })).load("draft/one"), "kept", "another seat");
});

test("an older blob, or none where there was one, is noticed by who saw the newer", async () => {
  const { blobs, line } = shelf();
  const kept = new Kept(line(await newKey("custodian", 1)));
  await kept.save("draft/one", { text: "one" });
  const old = new Map(blobs);
  await kept.save("draft/one", { text: "two" });
  const path = [...blobs.keys()][0];
  blobs.set(path, old.get(path));
  await refused(() => kept.load("draft/one"), "kept", "older");
  blobs.clear();
  await refused(() => kept.load("draft/one"), "kept", "gone");
});

test("what is saved while it is being saved is no other window's", async () => {
  const { line } = shelf();
  const key = await newKey("custodian", 1);
  const kept = new Kept(line(key));
  await Promise.all([1, 2, 3, 4].map((n) => kept.save("draft/one", { text: `version ${n}` })));
  assert.deepEqual(await new Kept(line(key)).load("draft/one"), { text: "version 4" });
});

// --- the list

async function rowsFor(numbers, subject = "") {
  const { identity } = await newIdentity();
  return Promise.all(numbers.map(async (n) => {
    const id = n.toString(16).padStart(32, "0");
    return { n, grant: await makeGrant({ case: id, caseKey: identity, token: HEX(2), salt: HEX(3), author: HEX(4) }), seen: 0, last: "", subject };
  }));
}

const caseOf = (n) => n.toString(16).padStart(32, "0");

test("the list comes back from its head and pieces, with what was seen", async () => {
  const { line } = shelf();
  const key = await newKey("custodian", 1);
  const first = new Index(new Kept(line(key)), async () => []);
  assert.equal(await first.begin(), false);
  const rows = await rowsFor([1, 2, 40, 70]);
  await first.take(rows, 75);
  await first.remember({ grant: rows[2].grant, seen: 5, last: HEX(9) }, "The cap on the night shift");
  await first.lead(rows.slice(0, 2), { cases: 4, due: 2, overdue: 1 });
  await first.save();

  const second = new Index(new Kept(line(key)), async () => assert.fail("nothing is lost"));
  assert.equal(await second.begin(), true);
  assert.deepEqual([second.after, second.counts, second.pieces], [75, { cases: 4, due: 2, overdue: 1 }, 3]);
  assert.deepEqual(second.head.map(({ n }) => n), [1, 2]);
  const found = await second.find(caseOf(40));
  assert.deepEqual([found.seen, found.last, found.subject], [5, HEX(9), "The cap on the night shift"]);
  await refused(() => second.find(caseOf(41)), "no-case", "a case that is not there");
});

test("pieces are written for every number that was looked at, and a full one has the size of an empty one", async () => {
  const key = await newKey("custodian", 1);
  const sizes = [];
  for (const rows of [[], await rowsFor(Array.from({ length: WIDTH }, (_, at) => at + 1), "ж".repeat(200))]) {
    const { written, line } = shelf();
    const index = new Index(new Kept(line(key)), async () => []);
    await index.begin();
    await index.take(rows, WIDTH);
    for (const row of rows) await index.remember({ grant: row.grant, seen: 999, last: HEX(9), size: 99_999_999, at: 99_999_998 }, row.subject);
    await index.lead(rows, { cases: rows.length, due: 0, overdue: 0 });
    assert.ok(index.head.length <= FIRST);
    await index.save();
    sizes.push(written.map(({ size }) => size));
  }
  assert.deepEqual(sizes[0], sizes[1]);
  assert.equal(new Set(sizes[0]).size, 1);
  assert.equal(sizes[0].length, 2);
});

test("a piece that is lost or damaged is made anew from the inbox", async () => {
  const { blobs, line } = shelf();
  const key = await newKey("custodian", 1);
  const rows = await rowsFor([3, 35]);
  const first = new Index(new Kept(line(key)), async () => []);
  await first.begin();
  await first.take(rows, 40);
  await first.save();
  const asked = [];
  const kept = new Kept(line(key));
  for (const [path, data] of blobs) if (!path.endsWith(kept.nameOf("index/head"))) blobs.set(path, data.slice(0, -1));
  const second = new Index(kept, async (from, to) => {
    asked.push([from, to]);
    return rows.filter(({ n }) => n >= from && n <= to);
  });
  await second.begin();
  assert.equal((await second.find(caseOf(35))).n, 35);
  assert.deepEqual(asked.sort(), [[1, 32], [33, 40]]);
  await second.save();
  const third = new Index(new Kept(line(key)), async () => assert.fail("it was mended"));
  await third.begin();
  assert.equal((await third.find(caseOf(3))).n, 3);
});

test("one damaged row, or one piece that cannot be had now, takes no other piece away", async () => {
  const { line } = shelf();
  const key = await newKey("custodian", 1);
  const kept = new Kept(line(key));
  const rows = await rowsFor([3, 35]);
  const first = new Index(kept, async () => []);
  await first.begin();
  await first.take(rows, 40);
  await first.save();
  await kept.save("index/0", { rows: [["of no form"]] });
  const second = new Index(new Kept(line(key)), async () => [rows[0]]);
  await second.begin();
  assert.equal((await second.find(caseOf(3))).n, 3); // made anew from the inbox
  const broken = { ...line(key) };
  broken.get = async (path) => {
    if (path.endsWith(kept.nameOf("index/0"))) throw new Refusal("server", { status: 500, code: "mistake" });
    return line(key).get(path);
  };
  const third = new Index(new Kept(broken), async () => []);
  await third.begin();
  assert.equal((await third.find(caseOf(35))).n, 35);
  await refused(() => third.find(caseOf(3)), "server", "it may be in the piece that cannot be had");
});

test("what a restore numbered anew is read from the beginning, and what was known stays", async () => {
  const { line } = shelf();
  const key = await newKey("custodian", 1);
  const first = new Index(new Kept(line(key)), async () => []);
  await first.begin();
  await first.take(await rowsFor([3, 35]), 40, HEX(1));
  await first.remember({ grant: (await first.find(caseOf(35))).grant, seen: 4, last: HEX(9), size: 77, at: 70 });
  await first.save();
  const second = new Index(new Kept(line(key)), async () => assert.fail("nothing is lost"));
  await second.begin();
  assert.deepEqual([second.isLast({ n: 40, hash: HEX(1) }), second.isLast({ n: 40, hash: HEX(2) }), second.isLast(undefined)], [true, false, false]);
  second.rewind();
  await second.take(await rowsFor([4]), 5, HEX(3));
  await second.lead([], { cases: 3, due: 0, overdue: 0 });
  await second.save();
  const third = new Index(new Kept(line(key)), async () => assert.fail("nothing is lost"));
  await third.begin();
  assert.deepEqual([third.after, third.pieces], [5, 2]);
  for (const n of [3, 4, 35]) assert.equal((await third.find(caseOf(n))).n, n);
  const { seen, size, at } = await third.find(caseOf(35));
  assert.deepEqual([seen, size, at], [4, 77, 70]);
});

test("a gap excuses what was seen before it and what the backup did not hold, and nothing else", () => {
  const gap = { index: 20, first: 10, time: 1 };
  for (const [row, excused] of [
    [{ size: 15, at: 12 }, true], [{ size: 20, at: -1 }, true], [{}, true], // a list of before knows neither
    [{ size: 21, at: 12 }, false], [{ size: 15, at: 9 }, false],
  ]) assert.equal(gapOf(row, [gap]) === gap, excused, JSON.stringify(row));
  assert.equal(gapOf({ size: 15, at: 12 }, []), undefined);
});

test("two windows lose nothing of each other", async () => {
  const { line } = shelf();
  const key = await newKey("custodian", 1);
  const [one, two] = [new Index(new Kept(line(key)), async () => []), new Index(new Kept(line(key)), async () => [])];
  const rows = await rowsFor([1, 2]);
  await one.begin();
  await one.take(rows, 2);
  await one.save();
  await two.begin();
  await two.find(caseOf(1));
  await one.remember({ grant: rows[0].grant, seen: 4, last: HEX(8) }, "First");
  await one.save();
  await two.remember({ grant: rows[1].grant, seen: 3, last: HEX(7) }, "Second");
  await two.save();
  const three = new Index(new Kept(line(key)), async () => assert.fail("nothing is lost"));
  await three.begin();
    assert.equal((await three.find(caseOf(1))).subject, "First");
  assert.equal((await three.find(caseOf(2))).subject, "Second");
});

test("a case that comes twice keeps the grant it came with", async () => {
  const { line } = shelf();
  const index = new Index(new Kept(line(await newKey("custodian", 1))), async () => []);
  await index.begin();
  const [row] = await rowsFor([1]);
  await index.take([row], 1);
  await index.take([{ ...row, n: 50, grant: { ...row.grant, giver: "deputy" } }], 50);
  assert.deepEqual([(await index.find(caseOf(1))).n, (await index.find(caseOf(1))).grant.giver], [1, ""]);
  assert.deepEqual(await index.piece(1), []);
});
