// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's side of a case: read, and verified before anything is believed. As src/demur/client/desk.py.
//
// The server says who the author is, what was filed, what happened and how far the case has come. Each is held against something the server
// cannot make: the grant, the actors' signatures under rosters that officers signed, the commitments in the record, and the procedure
// itself. Bodies come later, against a signed fetch (fetching.js).

import { fromHex, toHex } from "../bytes.js";
import { Refusal, refuse } from "../errors.js";
import { saltedHash } from "../events.js";
import { readItems, readPages, readThread, signerOf } from "../thread.js";
import { asDone, clocksOf } from "../timing.js";
import { isGranted } from "./grants.js";
import { gapOf, gapsFor } from "./restored.js";

const CODE = "bad-answer";
const HEX64 = /^[0-9a-f]{64}$/;

// A case as a seat reads it, verified: {grant, charterLeaf, charter, filing: [{role, sha256, size}], items: [{n, event, r, body, index,
// commitment}] from seq 1, story, times: Map n -> when it counts, proofs: Map n -> proof, rosters: Map leaf -> roster, faults: [{n, name}] (thread.js), last,
// size: how many entries the record had at least, lost: {entry, seen} where a restore took what this key had seen, clocks(now)}.
// `known` is {grant, seen, last, size, at}: what this key saw of it before.
// `recused` are the seats that the author left out, where the filing was opened here.
export async function readCase(line, known, record, recused = []) {
  const { grant } = known;
  const answer = await asked(line, known, record);
  if (answer.author !== grant.author || answer.salt !== grant.salt) throw new Refusal("another-author");
  const items = readItems(answer.items, { case: grant.case, origin: line.channel.origin });
  const first = items[0].event;
  if (answer.commitment !== first.prev || first.commitment !== first.prev) throw new Refusal("not-filed");
  if (answer.charter !== first.charter) throw new Refusal("not-filed", { why: "charter" });
  const filing = readFiling(answer.filing, first.bodies, fromHex(grant.salt));
  const lost = await lostOf(items, known, record);
  const about = { author: fromHex(grant.author), now: line.clock(), recused, filed: record.filed.get(grant.case) };
  const reading = await readThread(items, record, { ...about, proven: true });
  const { charter, story, proofs, times, rosters, faults } = reading;
  const agrees = story.state === answer.state || faults.length > 0 || story.unknown > 0;
  if (!agrees) throw new Refusal("another-state", { state: story.state });
  const clocks = (now) => asDone(clocksOf(charter, story, times, now), story, times, now);
  const size = Math.max(known.size ?? 0, ...[...proofs.values()].map(({ accepted }) => accepted.checkpoint.size));
  const read = { grant, charterLeaf: first.charter, charter, filing, items, story, times, proofs, rosters, faults };
  const view = { ...read, recused: reading.recused, size, lost };
  return Object.freeze({ ...view, last: items.at(-1), clocks });
}

// What the index remembers of a case after this reading.
export function knownOf({ grant, last, size }) {
  return { grant, seen: last.n, last: toHex(last.commitment), size, at: last.index };
}

async function asked(line, { grant, size = 0, at }, record) {
  try {
    return await readPages((page) => line.getJson(`/api/v1/cases/${grant.case}?${page}`, grant.token));
  } catch (error) {
    const gone = error instanceof Refusal && error.code === "server" && error.facts.status === 404 && size > 0;
    const gap = gone ? gapOf({ size, at }, await gapsFor([{ size }], record)) : undefined;
    if (gap === undefined) throw error;
    throw new Refusal("case-gone", { case: grant.case, cases: grant.case.slice(0, 8), entry: gap.index });
  }
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
  const faulty = new Set(view.faults.map(({ n }) => n));
  const told = view.items.filter(({ n }) => !faulty.has(n)).find(({ event }) => isGranted(grant, event, line.seat));
  if (told === undefined) refuse("grant", "in-silence");
  if (toHex(signerOf(told.event, fromHex(grant.author), view.rosters)) !== grant.signer) refuse("grant", "another-signer");
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

// What a restore took of what this key had seen, undefined where nothing is missing. Throws where no gap excuses it.
async function lostOf(items, { seen = 0, last = "", size, at }, record) {
  if (seen === 0 || (items.length >= seen && toHex(items[seen - 1].commitment) === last)) return undefined;
  const gap = gapOf({ size, at }, await gapsFor([{ size }], record));
  if (gap === undefined) throw new Refusal("another-story", { n: seen, why: "less-than-before" });
  return { entry: gap.index, seen };
}
