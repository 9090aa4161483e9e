// SPDX-License-Identifier: AGPL-3.0-or-later
// The clocks of a case: what is owed, by when, and whether it was kept. Pure; as src/demur/dissent/timing.py.
//
// PROTOCOL section 4: an obligation starts at the promise's time and is met at the time of the first cosigned checkpoint that contains the
// act; claimed times never decide. Callers give those times by event; an act that is not yet published counts from nothing.

import { after, clockState, dateOf, dayOf, isWorkingDay, lastMoment, localDay } from "./charter/clock.js";
import { clocks } from "./charter/obligations.js";
import { Refusal, refuse } from "./errors.js";

const AUTHORS_WINDOW = 10; // working days in which the author may say that a reply does not answer, before the case can be closed

// The clocks of a case at `now`, acknowledgement first: [{name, target, limit (what counts now), promised (at filing), state, metAt,
// extendedTo, disputed, endedAt, pending}], 0 where there is none. `times` is a Map seq -> when an event counts: for `received` the promise's time, for acts the time of
// the first cosigned checkpoint that holds them.
export function clocksOf(charter, story, times, now) {
  const met = { ack: timeOf(story.acknowledgedSeq, times), reply: timeOf(story.answeredSeq, times) };
  const starts = { received: times.get(1) ?? story.receivedAt, ack: met.ack };
  return [...clocks(charter, starts)].map(([name, due]) => {
    const extendedTo = story.extended[name] ?? 0;
    const limit = Math.max(due.limit, extendedTo);
    const shown = clockState(due, { metAt: met[name], now, extendedTo });
    const state = met[name] === undefined ? (ended(story, times, limit) ?? shown) : shown;
    const disputed = name === "reply" && story.state === "disputed"; // a reply was given and reported as faulty: it does not meet the clock
    const endedAt = met[name] === undefined ? (timeOf(story.withdrawnSeq, times) ?? timeOf(story.unreadableSeq, times) ?? 0) : 0;
    return { name, target: due.target, limit, promised: due.limit, state, metAt: met[name] ?? 0, extendedTo, disputed, endedAt, pending: false };
  });
}

// What ended a clock that was not met: a withdrawal, or two seats that cannot read. undefined if nothing did, as far as is published.
function ended(story, times, limit) {
  const withdrawn = timeOf(story.withdrawnSeq, times);
  // A withdrawal ends what is owed; it does not undo a lateness that was there before it.
  if (withdrawn !== undefined) return withdrawn <= limit ? "ended by withdrawal" : "ended late";
  // What cannot be read can never be answered: it must not stand as overdue for ever, and is counted apart.
  return timeOf(story.unreadableSeq, times) === undefined ? undefined : "could not be read";
}

// The clocks as whoever acts sees them in the same moment: met or ended by an act that is in the thread and that the record shows only after
// the next tick. Each such row is `pending`; what counts stays what clocksOf says. `toAuthor`: only what the author did themselves. What an
// office did counts for them once the record shows it: a server that never publishes a reply would have met its clock.
export function asDone(rows, story, times, now, toAuthor = false) {
  const waits = (seq) => seq !== undefined && !times.has(seq);
  const waitsFor = (seq) => !toAuthor && waits(seq);
  const acts = { ack: waitsFor(story.acknowledgedSeq), reply: waitsFor(story.answeredSeq) };
  return rows.map((row) => {
    const late = row.state === "overdue";
    if (!late && !["running", "extended"].includes(row.state)) return row;
    if (acts[row.name]) return { ...row, state: late ? "met late" : "met", pending: true };
    if (waits(story.withdrawnSeq)) return { ...row, state: late ? "ended late" : "ended by withdrawal", endedAt: now, pending: true };
    return waitsFor(story.unreadableSeq) ? { ...row, state: "could not be read", endedAt: now, pending: true } : row;
  });
}

// {earliest, latest} (POSIX seconds) to which the charter lets `clock` be extended: after the one, not after the other. Throws where it
// does not. `times` as in clocksOf: a clock that starts at the acknowledgement starts when the record shows it, so whoever knows that time
// allows until a day later; the date that stands is judged by the time that the log claimed, which is never later. An extension of version 1
// (`v`) is judged as it was, from the filing alone.
export function extensionRoom(charter, story, clock, { times = new Map(), v = 2 } = {}) {
  const rule = charter.extension;
  if (rule === undefined || rule.clock !== clock) throw new Refusal("no-extension", { clock });
  const first = clocks(charter, startsOf(story, new Map(), v)).get(clock) ?? refuse("no-extension", "not-started");
  const last = clocks(charter, startsOf(story, times, v)).get(clock) ?? refuse("no-extension", "not-started");
  const { calendar: name, unit } = charter.clocks.get(clock);
  const calendar = charter.calendars.get(name);
  const latestDay = after(calendar, unit, rule.longest, last.limitDay);
  return { earliest: Math.max(first.limit, story.extended[clock] ?? 0), latest: lastMoment(calendar, latestDay), latestDay: dateOf(latestDay) };
}

// Throws unless the charter lets `clock` be extended to `until`.
export function checkExtension(charter, story, { clock, until, times, v }) {
  const { earliest, latest, latestDay } = extensionRoom(charter, story, clock, { times, v });
  if (until <= earliest || until > latest) throw new Refusal("extension-date", { latest: latestDay });
}

// The moment until which `clock` is lengthened where somebody chooses its new last day, written 2027-01-31. Throws for a day that the charter
// does not allow, and for one on which the office does not work where the clock counts working days. That is asked of whoever chooses; a
// server or a reader does not hold it against an extension, which is within the charter all the same.
export function extensionEnd(charter, story, { clock, day }) {
  const rule = charter.clocks.get(clock) ?? refuse("no-extension", String(clock).slice(0, 64));
  const [calendar, chosen] = [charter.calendars.get(rule.calendar), dayOf(day)];
  const until = lastMoment(calendar, chosen);
  checkExtension(charter, story, { clock, until });
  if (rule.unit !== "working_day" || isWorkingDay(calendar, chosen)) return until;
  throw new Refusal("extension-day", { chosen: day, next: dateOf(after(calendar, "working_day", 1, chosen)) });
}

function startsOf(story, times, v) {
  const received = times.get(1) ?? story.receivedAt;
  if (v === 1 || story.acknowledgedSeq === undefined) return { received };
  return { received, ack: times.get(story.acknowledgedSeq) ?? story.acknowledgedAt };
}

// From when (POSIX seconds) a case may be closed: ten working days after the reply, or after two seats said that it cannot be read, so that
// the author has time to contradict. undefined where nothing has to be waited for.
export function closingOpens(charter, story) {
  const since = story.state === "unreadable" ? story.unreadableAt : story.replyAt;
  if (since === undefined || story.state === "withdrawn") return undefined;
  const calendar = charter.calendars.get(charter.clocks.get("reply")?.calendar ?? [...charter.calendars.keys()].sort()[0]);
  if (calendar === undefined) return since + 14 * 86_400; // a signed charter whose calendars cannot be read
  try {
    return lastMoment(calendar, after(calendar, "working_day", AUTHORS_WINDOW, localDay(calendar, since)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return since + 14 * 86_400; // beyond the frozen calendar: two weeks are ten working days where nothing is closed
  }
}

function timeOf(seq, times) {
  return seq === undefined ? undefined : times.get(seq);
}
