// SPDX-License-Identifier: AGPL-3.0-or-later
// What the browser's modules make of what officers signed: a line of JSON each, {kind: "charter", statement}, {kind: "roster", statement} or
// {kind: "zone", changes, days, times}. Anything but a Refusal ends the program.

import { createInterface } from "node:readline";
import { lastMoment, localDay, readCalendar, readChanges } from "../../../assets/lib/charter/clock.js";
import { readCharter, refused } from "../../../assets/lib/charter/model.js";
import { readRoster } from "../../../assets/lib/charter/roster.js";
import { Refusal } from "../../../assets/lib/errors.js";
import { readEntryOf } from "../../../assets/lib/keeping.js";

const READERS = {
  charter({ statement }) {
    const { extension: longer, limits, ...charter } = readCharter(statement);
    return {
      ...{ read: true, format: charter.format, refused: refused(charter) !== "", unknown: charter.unknown, faults: charter.faults },
      ...{ id: charter.id, practice: charter.practice, custodian: charter.custodian, oversight: charter.oversightSeat },
      ...{ reply_seats: charter.replySeats, key_waiting: charter.keyWaiting },
      seats: charter.seats.map(({ id, title, reads, outside, when }) => [id, title, reads, outside, when !== undefined]),
      facts: charter.facts.map(({ id, question, choices, default: otherwise }) => [id, question, choices, otherwise]),
      calendars: [...charter.calendars.keys()].sort(),
      clocks: Object.fromEntries([...charter.clocks].map(([name, { owner, calendar, starts, limit, target, unit }]) => [name, [owner, calendar, starts, limit, target, unit]])),
      extension: longer === undefined ? null : [longer.clock, longer.by, longer.max, longer.longest],
      limits: [limits.text_bytes, limits.claims, limits.files, limits.total_bytes],
    };
  },
  roster({ statement }) {
    return { read: true, seats: [...readRoster(statement).holders.keys()].sort() };
  },
  keeps({ entry }) {
    return readEntryOf(entry, { index: 7, published: 9 });
  },
  zone({ calendar, changes, days, times }) {
    const read = readCalendar("office", calendar, readChanges(changes));
    return { moments: days.map((day) => lastMoment(read, day)), days: times.map((at) => localDay(read, at)) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let found;
  try {
    found = READERS[asked.kind](asked);
  } catch (error) {
    if (!(error instanceof Refusal)) throw new Error(line.slice(0, 600), { cause: error });
    found = { read: false };
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
