// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's side of a case: read, and verified before anything is believed. As src/demur/client/desk.py.
//
// The server says who the author is, what was filed, what happened and how far the case has come. Each is held against something the server
// cannot make: the grant, the actors' signatures under rosters that officers signed, the commitments in the record, and the procedure
// itself. Bodies come later, against a signed fetch (fetching.js).

import { fromHex, toHex } from "../bytes.js";
import { FRESH } from "../charter/inforce.js";
import { Refusal, refuse } from "../errors.js";
import { checkOpening, commitment, LAST_TIME, leafOf, saltedHash, verifyAct } from "../events.js";
import { fold } from "../states.js";
import { clocksOf } from "../timing.js";
import { checkGranted } from "./grants.js";

const CODE = "bad-answer";
const HEX64 = /^[0-9a-f]{64}$/;

// A case as a seat reads it, verified: {grant, charterLeaf, charter, filing: [{role, sha256, size}], items: [{n, event, r, body, index,
// commitment}] from seq 1, story, times: Map n -> when it counts, proofs: Map n -> proof, rosters: Map leaf -> roster, last, clocks(now)}.
// `known` is {grant, seen, last}: what this key saw of it before.
export async function readCase(line, { grant, seen = 0, last = "" }, record) {
  const answer = await line.getJson(`/api/v1/cases/${grant.case}`, grant.token);
  if (answer.author !== grant.author || answer.salt !== grant.salt) throw new Refusal("another-author");
  const items = readItems(answer.items, { case: grant.case, origin: line.channel.origin });
  const first = items[0].event;
  if (first.type !== "received" || answer.commitment !== first.prev || first.commitment !== first.prev) throw new Refusal("not-filed");
  if (answer.charter !== first.charter) throw new Refusal("not-filed", { why: "charter" });
  const filing = readFiling(answer.filing, first.bodies, fromHex(grant.salt));
  checkTimes(items, line.clock());
  checkSeen(items, seen, last);
  const rosters = await rostersOf(items, record);
  for (const { event } of items.slice(1)) await verifyAct(event, signerOf(event, grant, rosters));
  const proofs = await placesOf(items, record);
  const story = storyOf(items, answer.state);
  const charter = await record.charter(first.charter);
  const times = new Map([...proofs].map(([n, { accepted }]) => [n, accepted.time]));
  times.set(1, first.time); // what the log owes starts with its promise
  const clocks = (now) => clocksOf(charter, story, times, now);
  return Object.freeze({ grant, charterLeaf: first.charter, charter, filing, items, story, times, proofs, rosters, last: items.at(-1), clocks });
}

// What the index remembers of a case after this reading.
export function knownOf({ grant, last }) {
  return { grant, seen: last.n, last: toHex(last.commitment) };
}

// Throws "grant" unless the case tells everybody of this grant, which a seat added later.
export async function confirmGrant(line, grant, record) {
  let view;
  try {
    view = await readCase(line, { grant }, record);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
    refuse("grant", error.code === "server" && error.facts.status === 404 ? "no-such-case" : error.message);
  }
  const { event } = view.items[grant.seq - 1] ?? view.items[0];
  checkGranted(grant, event, line.seat);
  if (toHex(signerOf(event, grant, view.rosters)) !== grant.signer) refuse("grant", "another-signer");
}

// The events of a thread from seq 1, each in form, of this case, and naming the one before. Pure.
export function readItems(rows, { case: id, origin }) {
  if (!Array.isArray(rows) || rows.length === 0) refuse(CODE, "no-events");
  const items = rows.map((row, at) => readItem(at + 1, row));
  for (const [at, { n, event }] of items.entries()) {
    if (event.case !== id || event.origin !== origin) throw new Refusal("another-story", { n, why: "another-case" });
    const older = items[at - 1];
    const continues = older === undefined || (event.prev === toHex(older.commitment) && event.charter === older.event.charter);
    if (!continues) throw new Refusal("another-story", { n, why: "does-not-continue" });
  }
  return items;
}

function readItem(n, row) {
  if (row === null || typeof row !== "object" || row.n !== n || !Number.isSafeInteger(row.index)) refuse(CODE, "order");
  const { body, index } = row;
  const { event, r } = opened(row.event, row.r);
  if (event.seq !== n || typeof body !== "string" || (body === "") !== (event.body === "")) refuse(CODE, "order");
  if (body !== "" && !HEX64.test(body)) refuse(CODE, "body");
  return Object.freeze({ n, event, r, body, index, commitment: commitment(event, r) });
}

function opened(event, r) {
  try {
    return checkOpening({ event, r });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(CODE, error.message);
  }
}

// Body and attachments of the filing, each one of those that the log recorded, in order.
function readFiling(rows, bodies, salt) {
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > bodies.length) refuse(CODE, "filing");
  return rows.map((row, at) => {
    const good = typeof row?.sha256 === "string" && HEX64.test(row.sha256) && row.role === (at === 0 ? "body" : "attachment");
    if (!good || !Number.isSafeInteger(row.size) || row.size < 1) refuse(CODE, "filing-row");
    if (saltedHash(salt, fromHex(row.sha256)) !== bodies[at]) throw new Refusal("wrong-file");
    return Object.freeze({ role: row.role, sha256: row.sha256, size: row.size });
  });
}

function checkTimes(items, now) {
  for (const { n, event } of items) if (event.time > now + FRESH || (event.until ?? 0) > LAST_TIME) throw new Refusal("dated-ahead", { n });
}

function checkSeen(items, seen, last) {
  if (seen === 0) return;
  if (items.length < seen || toHex(items[seen - 1].commitment) !== last) throw new Refusal("another-story", { n: seen, why: "less-than-before" });
}

// Every roster that the case names.
async function rostersOf(items, record) {
  const rosters = new Map();
  for (const { event } of items) if (!rosters.has(event.roster)) rosters.set(event.roster, await record.roster(event.roster));
  return rosters;
}

// The public key (bytes) that must have signed an event: the author's, or the seat's in the roster that the event names.
export function signerOf(event, grant, rosters) {
  if (event.seat === "") return fromHex(grant.author);
  const holder = rosters.get(event.roster).holders.get(event.seat);
  if (holder === undefined) throw new Refusal("not-held", { n: event.seq, seat: event.seat });
  return fromHex(holder.sign);
}

// Where each event that the server says is published stands in the record, as proven: Map n -> proof.
async function placesOf(items, record) {
  const shown = items.filter(({ index }) => index >= 0);
  const found = await record.proofs(shown.map(({ event, r }) => leafOf(event, r)));
  return new Map(shown.map(({ n, index }, at) => {
    if (found[at] === undefined || found[at].index !== index) throw new Refusal("another-place", { n });
    return [n, found[at]];
  }));
}

function storyOf(items, told) {
  let story;
  try {
    story = fold(items.map(({ event }) => event));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("another-state", { why: error.message });
  }
  if (story.state !== told) throw new Refusal("another-state", { state: story.state });
  return story;
}
