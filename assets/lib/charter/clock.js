// SPDX-License-Identifier: AGPL-3.0-or-later
// Calendars frozen with a charter, and due dates counted on them. Semantics: spec/clock.md; as src/demur/clock/{calendar,deadlines}.py, held
// to them by spec/vectors/clock.json.
//
// A day is a whole number, days since 1970-01-01; times are POSIX seconds. Zone and closed days are the custodian's. The day of the event
// does not count, the last moment of the due day does. Months clamp but remember, so they are counted from the anchor. A date beyond the
// calendar is refused: nobody may promise a day that a later decree could move. The rules of a zone are those that were frozen with the
// charter; under an older one they come from the browser, whose tables can differ from the custodian's.

import { Refusal, refuse } from "../errors.js";
import { exact } from "./channel.js";

const CODE = "calendar";
const MEMBERS = ["closed", "first", "last", "source", "timezone", "weekend"];
const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY = 86_400;
export const UNITS = ["working_day", "calendar_day", "month", "calendar_quarter"];

// --- days

// The day of a date written year-month-day. Throws unless it is one.
export function dayOf(text) {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? refuse(CODE, "date");
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date)) / (DAY * 1000);
  return dateOf(day) === text ? day : refuse(CODE, "date");
}

export function dateOf(day) {
  return new Date(day * DAY * 1000).toISOString().slice(0, 10);
}

// Which day of the week, 0 for Monday: 1970-01-01 was a Thursday.
function weekday(day) {
  return (((day + 3) % 7) + 7) % 7;
}

function monthsOf(day) {
  const date = new Date(day * DAY * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

// The last day of the month that lies `months` after January of the year 0.
function monthEnd(months) {
  return Date.UTC(Math.floor((months + 1) / 12), (months + 1) % 12, 1) / (DAY * 1000) - 1;
}

// --- calendars

// A calendar as it stands in a charter entry: {id, timezone, weekend: [], closed: Set of days, first, last, source}.
// `changes` are the rules of its zone as they were frozen (readChanges), undefined where this browser's own count.
export function readCalendar(id, value, changes) {
  if (!exact(value, MEMBERS) || !Array.isArray(value.closed) || !Array.isArray(value.weekend)) refuse(CODE, "members");
  const { timezone, weekend, source } = value;
  if (weekend.some((name) => !WEEK.includes(name)) || new Set(weekend).size !== weekend.length || weekend.length > 6) refuse(CODE, "weekend");
  const closed = value.closed.map(dayOf);
  if (closed.some((day, at) => at > 0 && closed[at - 1] >= day)) refuse(CODE, "closed");
  const [first, last] = [dayOf(value.first), dayOf(value.last)];
  if (first > last || value.last >= "9998" || typeof source !== "string" || typeof timezone !== "string") refuse(CODE, "reach");
  const format = changes === undefined ? formatFor(timezone) : undefined;
  return Object.freeze({ id, timezone, weekend: Object.freeze([...weekend]), closed: new Set(closed), first, last, source, format, changes });
}

// A zone's rules as they stand in a charter statement, [[from, ahead of UTC]…] in seconds; undefined where they are none.
export function readChanges(value) {
  const isChange = (row) => Array.isArray(row) && row.length === 2 && row.every(Number.isSafeInteger) && Math.abs(row[0]) < 2 ** 40 && Math.abs(row[1]) < DAY;
  if (!Array.isArray(value) || value.length === 0 || value.length > 1000 || !value.every(isChange)) return undefined;
  return value.some(([at], n) => n > 0 && value[n - 1][0] >= at) ? undefined : value;
}

function formatFor(timeZone) {
  const parts = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" };
  try {
    return new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", { timeZone: String(timeZone), hourCycle: "h23", ...parts });
  } catch {
    throw new Refusal(CODE, { why: "zone", zone: String(timeZone) });
  }
}

// Seconds that the zone's clocks show more than UTC at `at`.
function offset(calendar, at) {
  if (calendar.changes !== undefined) return (calendar.changes.findLast(([from]) => from <= at) ?? calendar.changes[0])[1];
  const shown = Object.fromEntries(calendar.format.formatToParts(new Date(at * 1000)).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second) / 1000 - at;
}

// The day on the custodian's wall calendar at `at`.
export function localDay(calendar, at) {
  return Math.floor((at + offset(calendar, at)) / DAY);
}

// The last second of the custodian's `day`, however long the day is.
export function lastMoment(calendar, day) {
  reached(calendar, day);
  const wall = (day + 1) * DAY; // the midnight after it, as if in UTC
  const [before, after] = [offset(calendar, wall - DAY), offset(calendar, wall + DAY)];
  // A midnight that does not exist or exists twice is counted by the offset before the change, as Python does.
  const late = offset(calendar, wall - before) !== before && offset(calendar, wall - after) === after;
  return wall - (late ? after : before) - 1;
}

export function isWorkingDay(calendar, day) {
  reached(calendar, day);
  return !calendar.weekend.includes(WEEK[weekday(day)]) && !calendar.closed.has(day);
}

// The day `n` units after `start`.
export function after(calendar, unit, n, start) {
  if (unit === "working_day") return workingDays(calendar, start, n);
  if (unit === "calendar_day") return reached(calendar, start + n);
  if (unit === "month") {
    const end = monthEnd(monthsOf(start) + n);
    const [date, length] = [start - monthEnd(monthsOf(start) - 1), end - monthEnd(monthsOf(start) + n - 1)];
    return reached(calendar, end - length + Math.min(date, length));
  }
  // What happens on the last day of a quarter belongs to the next.
  if (unit === "calendar_quarter") return reached(calendar, monthEnd(Math.floor(monthsOf(start + 1) / 3) * 3 + 3 * n - 1));
  return refuse(CODE, "unit");
}

function workingDays(calendar, start, n) {
  let [day, left] = [start, n];
  while (left > 0) {
    day += 1;
    if (isWorkingDay(calendar, day)) left -= 1;
  }
  return day;
}

function reached(calendar, day) {
  return day >= calendar.first && day <= calendar.last ? day : refuse(CODE, "beyond");
}

// --- obligations

// When an obligation of `span` ({limit, unit, target or 0}) that started at `started` is due: {started, limitDay, limit, target or 0}.
export function due({ limit, unit, target = 0 }, started, calendar) {
  const day = localDay(calendar, started);
  const limitDay = after(calendar, unit, limit, day);
  return { started, limitDay, limit: lastMoment(calendar, limitDay), target: target ? lastMoment(calendar, after(calendar, unit, target, day)) : 0 };
}

// What a clock shows at `now`; `metAt` and `extendedTo` are 0 where there is none. Lateness is judged by the extended date once there is one.
export function clockState({ limit: promised }, { metAt = 0, extendedTo = 0, now }) {
  const limit = Math.max(promised, extendedTo);
  if (metAt) return metAt <= limit ? "met" : "met late";
  if (now > limit) return "overdue";
  return extendedTo ? "extended" : "running";
}
