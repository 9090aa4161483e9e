// SPDX-License-Identifier: AGPL-3.0-or-later
// Which clocks run for a case, and when each is due: from the frozen charter and the starts. Pure; as src/demur/charter/obligations.py.

import { due } from "./clock.js";

const KEPT = ["ack", "reply"]; // the acknowledgement first: the reply may start from it

// Map of clock -> due (clock.js) of those that have started. `starts`: {received, ack}, POSIX seconds or undefined; `ack.limit` is worked
// out, so that a missed acknowledgement cannot stretch the reply (EU 2019/1937 Art. 9(1)(f)).
export function clocks(charter, starts) {
  const known = { ...starts };
  const found = new Map();
  for (const name of KEPT.filter((row) => charter.clocks.has(row))) {
    const rule = charter.clocks.get(name);
    const begun = rule.starts.map((start) => known[start]).filter((at) => at !== undefined);
    if (begun.length === 0) continue;
    found.set(name, due(rule, Math.min(...begun), charter.calendars.get(rule.calendar)));
    known[`${name}.limit`] = found.get(name).limit;
  }
  return found;
}
