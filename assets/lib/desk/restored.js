// SPDX-License-Identifier: AGPL-3.0-or-later
// What an honest restore took from a seat: the log says in its record that it lost something (record/gapentries.js), and the desk goes on. As
// src/demur/client/restored.py; what was erased on purpose, as src/demur/client/erasure.py.
//
// A case that shows less than this key saw, or is not there at all, is a lie unless a gap entry came after it was seen. What the backup still
// held is excused by none.

import { fromHex } from "../bytes.js";
import { Refusal } from "../errors.js";
import { caseEntry, readEntry } from "../record/entry.js";
import { gapEntries } from "../record/gapentries.js";
import { leafHash } from "../record/merkle.js";

// The gap entries that could have taken something of these cases (rows of index.js).
export function gapsFor(rows, record) {
  return gapEntries(record, rows.reduce((least, { size = 0 }) => Math.min(least, size), rows[0]?.size ?? 0));
}

// The gap that took what a row had seen; undefined where none excuses it.
export function gapOf({ size = 0, at = -1 }, gaps) {
  return gaps.find((gap) => size <= gap.index && !(at >= 0 && at < gap.first));
}

// The entry of the record that says that a case is erased of which `last` (hex) is the commitment of an event; undefined where none does.
export async function erasedBy(last, record) {
  const placed = await record.proof(leafHash(caseEntry(fromHex(last))));
  if (placed === undefined) return undefined;
  for await (const { index, data } of record.entries(placed.index + 1)) if (erasedIn(data, record.channel.origin).includes(placed.index)) return index;
  return undefined;
}

function erasedIn(data, origin) {
  try {
    const { value } = readEntry(data);
    return value?.type === "erased" && value.origin === origin && Array.isArray(value.entries) ? value.entries : [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [];
  }
}
