// SPDX-License-Identifier: AGPL-3.0-or-later
// The `gap` entries of a record: what a log that was restored from a backup says that it may have lost. Format: spec/entry.md; as the
// entries in src/demur/client/gaps.py.

import { Refusal } from "../errors.js";
import { readEntry } from "./entry.js";
import { isNumber } from "./texts.js";

// [{index, first, time}] from entry `since` on: what entries from `first` on were about may be lost, as the log said at `time`. `record` is of
// lookups.js.
export async function gapEntries(record, since) {
  const found = [];
  for await (const { index, data } of record.entries(since)) {
    const gap = gapIn(data, record.channel.origin);
    if (gap !== undefined) found.push({ index, ...gap });
  }
  return found;
}

function gapIn(data, origin) {
  let value;
  try {
    ({ value } = readEntry(data));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
  }
  if (value?.type !== "gap" || value.origin !== origin || !isNumber(value.first) || !isNumber(value.time)) return undefined;
  return { first: value.first, time: value.time };
}
