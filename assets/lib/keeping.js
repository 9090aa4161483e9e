// SPDX-License-Identifier: AGPL-3.0-or-later
// What a channel's server has announced that it keeps, each proven in the record (spec/entry.md, "keeps"). As src/demur/client/keeping.py.

import { Refusal, refuse, under } from "./errors.js";
import { readableEntry } from "./record/entry.js";
import { leafHash } from "./record/merkle.js";
import { verifyProof } from "./record/proof.js";

const CODE = "bad-answer";
const ADDRESS = "/api/v1/keeps";
const MOST = 1000;
const MOST_LETTERS = 200;

// Every announcement, in the order of the record: [{index, published, time, acts, types: [], duties: [], documents}]; none from a
// server that is older than the first. `published` is the size of the first checkpoint that held it.
export async function readKeeps(server, channel) {
  const rows = await listed(server);
  if (!Array.isArray(rows) || rows.length > MOST) refuse(CODE, "keeps");
  const found = await Promise.all(rows.map((row) => proven(row, channel)));
  if (new Set(found.map(({ index }) => index)).size !== found.length) refuse(CODE, "keeps-twice");
  return Object.freeze(found.sort((one, two) => one.index - two.index));
}

// The announcement in force for an entry whose first checkpoint has `size` entries; undefined where there is none. Entries of one tick stand in
// random order: what was published with an entry was announced in time wherever it stands, and of two the newer is the one with the later time.
export function announced(keeps, size) {
  const before = keeps.filter((row) => row.published <= size);
  return before.reduce((newest, row) => (newest === undefined || row.time > newest.time ? row : newest), undefined);
}

async function listed(server) {
  try {
    return (await server.getJson(ADDRESS)).keeps;
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === 404) return [];
    throw error;
  }
}

async function proven(row, channel) {
  const { entry, proof } = row ?? {};
  if (!isTable(entry) || typeof proof !== "string") refuse(CODE, "keeps-lacks-a-part");
  const { index, checkpoint } = await under(CODE, () => verifyProof(proof, leafHash(readableEntry(entry)), channel.policy));
  const place = { index, published: checkpoint.size };
  return entry.type === "keeps" && entry.origin === channel.origin ? readEntryOf(entry, place) : refuse(CODE, "keeps-another-entry");
}

// The announcement in a `keeps` entry; members that are not known are passed over.
export function readEntryOf({ acts, types, duties, documents, time }, place) {
  const numbers = Number.isSafeInteger(acts) && acts > 0 && Number.isSafeInteger(time);
  if (!numbers || !areNames(types) || !areNames(duties) || !isTable(documents)) refuse(CODE, "keeps-kind");
  const known = Object.fromEntries(Object.entries(documents).filter(([, version]) => Number.isSafeInteger(version)));
  return Object.freeze({ ...place, time, acts, types: [...types].sort(), duties: [...duties].sort(), documents: known });
}

function areNames(value) {
  const isName = (name) => typeof name === "string" && name !== "" && [...name].length <= MOST_LETTERS;
  return Array.isArray(value) && value.length <= MOST && value.every(isName);
}

function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
