// SPDX-License-Identifier: AGPL-3.0-or-later
// The clocks of a case: what is owed, by when, and whether it was kept. Pure; as src/demur/dissent/timing.py.
//
// PROTOCOL section 4: an obligation starts at the promise's time and is met at the time of the first cosigned checkpoint that contains the
// act; claimed times never decide. Callers give those times by event; an act that is not yet published counts from nothing.

import { after, clockState, dateOf, lastMoment } from "./charter/clock.js";
import { clocks } from "./charter/obligations.js";
import { Refusal, refuse } from "./errors.js";

// The clocks of a case at `now`, acknowledgement first: [{name, target, limit (what counts now), promised (at filing), state, metAt,
// extendedTo}], 0 where there is none. `times` is a Map seq -> when an event counts: for `received` the promise's time, for acts the time of
// the first cosigned checkpoint that holds them.
export function clocksOf(charter, story, times, now) {
  const met = { ack: timeOf(story.acknowledgedSeq, times), reply: timeOf(story.answeredSeq, times) };
  const withdrawn = timeOf(story.withdrawnSeq, times);
  const starts = { received: times.get(1) ?? story.receivedAt, ack: met.ack };
  return [...clocks(charter, starts)].map(([name, due]) => {
    const extendedTo = story.extended[name] ?? 0;
    const limit = Math.max(due.limit, extendedTo);
    const shown = clockState(due, { metAt: met[name], now, extendedTo });
    // A withdrawal ends what is owed; it does not undo a lateness that was there before it.
    const ended = withdrawn !== undefined && met[name] === undefined;
    const state = ended ? (withdrawn <= limit ? "ended by withdrawal" : "overdue") : shown;
    return { name, target: due.target, limit, promised: due.limit, state, metAt: met[name] ?? 0, extendedTo };
  });
}

// {earliest, latest} (POSIX seconds) to which the charter lets `clock` be extended: after the one, not after the other. Throws where it
// does not.
export function extensionRoom(charter, story, clock) {
  const rule = charter.extension;
  if (rule === undefined || rule.clock !== clock) throw new Refusal("no-extension", { clock });
  const due = clocks(charter, { received: story.receivedAt }).get(clock) ?? refuse("no-extension", "not-started");
  const { calendar: name, unit } = charter.clocks.get(clock);
  const calendar = charter.calendars.get(name);
  const latestDay = after(calendar, unit, rule.longest, due.limitDay);
  return { earliest: Math.max(due.limit, story.extended[clock] ?? 0), latest: lastMoment(calendar, latestDay), latestDay: dateOf(latestDay) };
}

// Throws unless the charter lets `clock` be extended to `until`.
export function checkExtension(charter, story, { clock, until }) {
  const { earliest, latest, latestDay } = extensionRoom(charter, story, clock);
  if (until <= earliest || until > latest) throw new Refusal("extension-date", { latest: latestDay });
}

function timeOf(seq, times) {
  return seq === undefined ? undefined : times.get(seq);
}
