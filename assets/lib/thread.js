// SPDX-License-Identifier: AGPL-3.0-or-later
// One reader of a case's thread, for its author and for every seat: what the server shows, judged as the server should have judged it. As
// src/demur/client/thread.py.
//
// Three ways lead out. A broken chain, a signature by another key, a wrong place in the record: the server lied, and reading ends with a
// refusal. An act that should have been refused (by charter, roster, order or date): a fault (spec/event.md), which is told and changes
// nothing, so that a server and a custodian together bury nothing unseen. An event that this version does not know: verified, counted, shown
// as such. Sealed texts are opened by texts.js, and no text, however malformed, ends a thread.

import { fromHex, toHex } from "./bytes.js";
import { FRESH } from "./charter/inforce.js";
import { Refusal, refuse } from "./errors.js";
import { actHash, checkOpening, commitment, isKnown, itemHash, leafOf, UNSIGNED, verifyAct } from "./events.js";
import { judge } from "./procedure.js";
import { BEGINNING, passOver } from "./states.js";

const CODE = "bad-answer";
const PAGE = 500; // events asked for in one request
const MOST_ITEMS = 1_000_000; // events that a client reads of one case: a server that never ends must not fill its memory
const HEX64 = /^[0-9a-f]{64}$/;

// A thread's answer with the items of all its pages; `ask` is given the query of a page. What else the answer says is the last page's: a
// mailbox's head counts what was written meanwhile too. A server of before gives all at once.
export async function readPages(ask) {
  let answer = await ask(`most=${PAGE}`);
  let rows = answer.items;
  while (answer.more === true && Array.isArray(rows) && rows.length > 0) {
    answer = await ask(`most=${PAGE}&after=${Number(rows.at(-1)?.n)}`);
    if (!Array.isArray(answer.items) || answer.items.length === 0 || rows.length > MOST_ITEMS) refuse(CODE, "pages");
    rows = [...rows, ...answer.items];
  }
  return { ...answer, items: rows };
}

// The events of a thread from seq 1, each in form, of this case (undefined: of one case), and naming the one before: [{n, event, r (bytes),
// body (hex or ""), index, commitment, hash}]. Pure.
export function readItems(rows, { origin, case: id }) {
  if (!Array.isArray(rows) || rows.length === 0) refuse(CODE, "no-events");
  const items = rows.map((row, at) => readItem(at + 1, row));
  const [first] = items;
  if (first.event.type !== "received" || !isKnown(first.event)) throw new Refusal("not-filed");
  for (const [at, { n, event }] of items.entries()) {
    if (event.case !== (id ?? first.event.case) || event.origin !== origin) throw new Refusal("another-story", { n, why: "another-case" });
    const older = items[at - 1];
    const continues = older === undefined || (event.prev === toHex(older.commitment) && event.charter === older.event.charter);
    if (!continues) throw new Refusal("another-story", { n, why: "does-not-continue" });
  }
  return items;
}

// Verifies and judges `items`: {items, charter, story, proofs: Map n -> proof, times: Map n -> when it counts, rosters: Map leaf -> roster,
// faults: [{n, name}], recused: those left out whose acts do not count}. `author` is the author's public key (bytes), `now` POSIX seconds, `recused` the seats that the author left out and
// `filed` the version of the dissent, as far as the reader knows them; `also` names rosters that are wanted beside those of the events. With
// `proven`, an event that the server calls published and does not prove is refused; an author reads on while a witness is away.
export async function readThread(items, record, { author, now, recused = [], filed = 1, also = [], proven = false }) {
  for (const { n, event } of items) if (event.time > now + FRESH) throw new Refusal("dated-ahead", { n });
  const rosters = await rostersOf(items, record, also);
  for (const { n, event } of items.slice(1)) {
    if (UNSIGNED.includes(event.type)) throw new Refusal("another-story", { n, why: "unsigned" });
    await verifyAct(event, signerOf(event, author, rosters));
  }
  record.askAnew();
  const proofs = await placesOf(items, record, proven);
  const charter = await record.charter(items[0].event.charter);
  const times = new Map([...proofs].map(([n, { accepted }]) => [n, accepted.time]));
  const about = { left: new Set(recused), since: sinceVersion2(items, filed), sizes: sizesOf(proofs) };
  const found = await judged(items, { charter, record, proofs, times, ...about });
  times.set(1, items[0].event.time); // what the log owes starts with its promise
  return { items, charter, proofs, times, rosters, ...found };
}

// The public key (bytes) that must have signed an event: the author's, or the seat's in the roster that the event names.
export function signerOf(event, author, rosters) {
  if (event.seat === "") return author;
  const holder = rosters.get(event.roster).holders.get(event.seat);
  if (holder === undefined) throw new Refusal("not-held", { n: event.seq, seat: event.seat });
  return fromHex(holder.sign);
}

async function judged(items, { charter, times, ...about }) {
  let story = BEGINNING;
  const [faults, acts] = [[], new Set()];
  for (const item of items) {
    const { n, event } = item;
    let fault = n === 1 ? "" : await misplaced(item, { items, acts, ...about });
    if (fault === "") ({ story, fault } = judge(charter, story, event, times));
    else story = passOver(story, event);
    if (fault !== "") faults.push({ n, name: fault });
    else if (event.v === 1 && event.type === "grant") about.left.delete(event.to); // version 1 let a seat in that was left out, and it stays in
  }
  return { story, faults, recused: [...about.left] };
}

// What is wrong with an event's place, "" if nothing; `acts` are the hashes of those that stood before it.
async function misplaced(item, { items, acts, record, proofs, left, since, sizes }) {
  const { event } = item;
  const act = toHex(actHash(event));
  const repeated = acts.has(act);
  acts.add(act);
  if (event.v > 1 && !hasSeen(item, items)) return "seen";
  if (repeated) return "twice";
  if (event.seat !== "" && !(await underRoster(item, record, proofs, { sizes, whole: since <= items.length }))) return "roster";
  if (event.v > 1 && (left.has(event.seat) || left.has(event.to))) return "recused";
  return unannounced(item, record, { proofs, since });
}

// Whether what the actor says they had read is an event before this one. Of event 0, the author's own, all know the commitment.
function hasSeen({ n, event }, items) {
  const { seq, commitment: named } = event.seen;
  return seq === 0 ? named === items[0].event.prev : seq < n && toHex(items[seq - 1].commitment) === named;
}

// Whether the roster that an event names was the one in force at its place in the record.
async function underRoster({ n, event: { roster } }, record, proofs, { sizes, whole }) {
  const [next, own] = [await record.nextRoster(roster, whole), await record.proof(fromHex(roster))];
  // What is not yet proven is not judged: it may be published together with that roster while this is read.
  if (!proofs.has(n) || own === undefined) return true;
  const following = next && [next.index, next.accepted.checkpoint.size];
  return inForceAt(proofs.get(n).index, { own: own.index, following, sizes: [...sizes, own.accepted.checkpoint.size] });
}

const sizesOf = (proofs) => [...new Set([...proofs.values()].map(({ accepted }) => accepted.checkpoint.size))];

// Whether an act at `index` in the record was made under seats in force there: their roster stands at `own`, before it, and the next one, if
// any, was not yet published. `following` is the next roster's index and the size of a checkpoint that holds it; `sizes` those of other
// checkpoints. A server in collusion proves the next roster by a checkpoint of months later: any that is known and holds it tells that it was
// published by then. What was published with it, at one tick, still counts.
export function inForceAt(index, { own, following, sizes }) {
  if (index <= own || following === undefined) return index > own;
  const [place, held] = following;
  return index < Math.min(held, ...sizes.filter((size) => size > place));
}

// The number of the event from which on a seat acts in the new form, whatever the server shows of what it keeps: it took one in that form
// before, or the dissent itself is of version 2. One beyond the last event where neither is so.
const sinceVersion2 = (items, filed) => (filed > 1 ? 1 : (items.find(({ event }) => event.v > 1)?.n ?? items.length + 1));

// A type or version that was not announced in time; the old form by a seat after the channel began to keep the new one. A server of before
// announces nothing, and then only what this version does not know is held against it.
async function unannounced({ n, event }, record, { proofs, since }) {
  const { v, type, seat } = event;
  const [keeps, size] = [await record.keeps(), proofs.get(n)?.accepted.checkpoint.size];
  const inTime = keeps.filter((row) => size === undefined || row.published <= size);
  if (v === 1 && isKnown(event)) { // what the first version has, no `keeps` entry announced
    const begun = Math.min(...inTime.filter((row) => row.acts > 1).map((row) => row.published));
    const late = n > since || (Number.isFinite(begun) && proofs.has(n) && proofs.get(n).index >= begun);
    return late && seat !== "" ? "old" : "";
  }
  const named = inTime.some((row) => v <= row.acts && row.types.includes(type));
  return named || (keeps.length === 0 && isKnown(event)) ? "" : "unannounced";
}

function readItem(n, row) {
  if (row === null || typeof row !== "object" || row.n !== n || !Number.isSafeInteger(row.index)) refuse(CODE, "order");
  const { body, index } = row;
  const { event, r } = opened(row.event, row.r);
  if (event.seq !== n || typeof body !== "string" || (body === "") !== (event.body === "")) refuse(CODE, "order");
  if (body !== "" && !HEX64.test(body)) refuse(CODE, "body");
  return Object.freeze({ n, event, r, body, index, commitment: commitment(event, r), hash: itemHash({ n, event, r, body }) });
}

function opened(event, r) {
  try {
    return checkOpening({ event, r });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(CODE, error.message);
  }
}

// Every roster that the case names.
async function rostersOf(items, record, also) {
  const leaves = new Set([...also, ...items.filter(({ n, event }) => n === 1 || event.seat !== "").map(({ event }) => event.roster)]);
  const rosters = new Map();
  for (const leaf of leaves) rosters.set(leaf, await record.roster(leaf));
  return rosters;
}

// Where each event stands in the record for all to see, as proven: Map n -> proof. One that is not yet published has no time: claimed times
// never decide.
async function placesOf(items, record, proven) {
  const shown = items.filter(({ index }) => index >= 0);
  const rosters = new Set(items.filter(({ event }) => event.seat !== "").map(({ event }) => event.roster)); // asked for with them, at once
  const found = await record.proofs([...shown.map(({ event, r }) => leafOf(event, r)), ...[...rosters].map(fromHex)]);
  const places = new Map();
  for (const [at, { n, index }] of shown.entries()) {
    if (found[at] === undefined && !proven) continue;
    if (found[at]?.index !== index) throw new Refusal("another-place", { n });
    places.set(n, found[at]);
  }
  return places;
}
