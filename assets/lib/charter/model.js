// SPDX-License-Identifier: AGPL-3.0-or-later
// A charter as an author's or seat's client needs it, read from the statement that the officers signed. As src/demur/charter/{model,freeze}.py.
//
// What was signed is never refused for what this version does not know of it (spec/compatibility.md): that is named in `unknown`. What is
// needed to act and cannot be read is named in `faults`, because a condition misread here would seal to other readers than the page shows;
// then, and under a format that is not known, nothing is filed.

import { Refusal, refuse } from "../errors.js";
import { readCalendar, readChanges, UNITS } from "./clock.js";
import { CHARTER, isTable, Notes, shaped, tableOf } from "./reading.js";

const CODE = "charter";
const MEMBERS = ["v", "type", "origin", "charter", "version", "text", "calendars", "zones", "practice", "officers"];
const CALENDAR = ["timezone", "weekend", "closed", "first", "last", "source"];
const FORMATS = [1];
const STARTS = ["received", "ack", "ack.limit", "reply", "decision"];
const TICKS = ["0", "hour", "day"];
const MODES = ["named", "custodian_only", "anonymous_verified"];
const KEPT_CLOCKS = ["ack", "reply"];

// A charter statement, whose signatures officers.js checked:
// {format, id, title, edition, version, practice, custodian, oversightSeat, replySeats, keyWaiting (seconds), seats: [{id, title, reads,
// outside, when: undefined | {fact, isOneOf, isNoneOf}}], readingSeats, facts: [{id, question, choices, default}], calendars: Map, clocks: Map
// of {owner, calendar, starts, limit, target, unit}, extension: undefined | {clock, by, max, longest}, limits, outerDoors: [name], unknown: sorted places, faults:
// sorted names}
export function readCharter(statement) {
  const { v, type, version, text } = statement;
  if (type !== "charter" || !Number.isSafeInteger(v)) refuse(CODE, "members");
  if (v !== 1) throw new Refusal(CODE, { why: "update" });
  if (typeof text !== "string" || !Number.isSafeInteger(version) || version < 1) refuse(CODE, "members");
  const notes = new Notes();
  const calendars = signedCalendars(statement, notes);
  for (const name of Object.keys(statement).filter((name) => !MEMBERS.includes(name))) notes.add(`statement.${name}`);
  const table = tableOf(text);
  const read = shaped(CHARTER, table, "", notes);
  if (!Object.hasOwn(table, "format")) read.format = 1;
  const charter = withoutWhatMisleads(modelOf(read, version, calendars), read, notes);
  for (const name of faultsOf(charter)) notes.faults.add(name);
  if (charter.id !== statement.charter) notes.faults.add("id");
  if (charter.practice !== statement.practice) notes.faults.add("practice");
  return Object.freeze({ ...charter, unknown: [...notes.places].sort(), faults: [...notes.faults].sort() });
}

// Why nothing may be filed under a charter: "unknown-format", "charter-fault", or "".
export function refused({ format, faults }) {
  if (!FORMATS.includes(format)) return "unknown-format";
  return faults.length > 0 ? "charter-fault" : "";
}

function signedCalendars({ calendars, zones = {} }, notes) {
  const changes = new Map();
  if (!isTable(zones)) notes.add("statement.zones");
  for (const [name, value] of isTable(zones) ? Object.entries(zones) : []) {
    const found = readChanges(value);
    if (found === undefined) notes.add(`statement.zones.${name}`);
    else changes.set(name, found);
  }
  const found = new Map();
  if (!isTable(calendars)) notes.add("statement.calendars");
  for (const [name, value] of isTable(calendars) ? Object.entries(calendars) : []) {
    const calendar = isTable(value) ? calendarOf(name, value, changes.get(value.timezone)) : undefined;
    if (calendar === undefined) notes.add(`statement.calendars.${name}`);
    else found.set(name, calendar);
    const odd = calendar === undefined ? [] : Object.keys(value).filter((member) => !CALENDAR.includes(member));
    for (const member of odd) notes.add(`statement.calendars.${name}.${member}`);
  }
  return found;
}

// The calendar; undefined where it is damaged. Throws where nothing here knows its zone, which is no fault of the statement.
function calendarOf(name, value, changes) {
  try {
    const known = Object.fromEntries(CALENDAR.filter((member) => Object.hasOwn(value, member)).map((member) => [member, value[member]]));
    return readCalendar(name, known, changes);
  } catch (error) {
    if (!(error instanceof Refusal) || error.facts.why === "zone") throw error;
    return undefined;
  }
}

function modelOf(read, version, calendars) {
  const { id = "", title = "", edition = "", practice = false, custodian = "", oversight = "", key_wait_hours: hours = 48 } = read;
  const seats = (read.seat ?? []).map(seatOf);
  const facts = (read.fact ?? []).map((row) => Object.freeze({ id: "", question: "", choices: [], default: "", ...row }));
  return {
    ...{ format: read.format ?? 0, id, title, edition, version, practice, custodian, oversightSeat: oversight },
    ...{ replySeats: read.reply_seats ?? [], keyWaiting: hours * 3600, seats, readingSeats: seats.filter((seat) => seat.reads), facts, calendars },
    ...{ clocks: new Map(), extension: read.extension && extensionOf(read.extension), limits: limitsOf(read.limits ?? {}) },
    outerDoors: (read.outer_door ?? []).map(({ name = "" }) => name),
  };
}

function seatOf({ id = "", title = "", reads = true, outside = false, when }) {
  return Object.freeze({ id, title, reads, outside, when: when && conditionOf(when) });
}

function conditionOf({ fact = "", is_one_of: isOneOf = [], is_none_of: isNoneOf = [] }) {
  return Object.freeze({ fact, isOneOf, isNoneOf });
}

// Whether a condition holds for what the author stated; none does where they stated nothing.
export function holds({ fact, isOneOf, isNoneOf }, facts) {
  const stated = facts[fact] ?? "";
  if (stated === "") return false;
  return isOneOf.length > 0 ? isOneOf.includes(stated) : !isNoneOf.includes(stated);
}

function extensionOf({ clock = "", by = "", max = 0, longest = 0 }) {
  return Object.freeze({ clock, by, max, longest });
}

function limitsOf({ text_bytes = 0, claims = 0, files = 0, file_bytes = 0, request_bytes = 0, total_bytes = 0 }) {
  return Object.freeze({ text_bytes, claims, files, file_bytes, request_bytes, total_bytes: total_bytes || file_bytes });
}

// The charter without values that this version cannot follow, each noted: what is left is what it keeps.
function withoutWhatMisleads(charter, read, notes) {
  const kept = [...(read.clocks ?? [])].map(([name, row]) => [name, clockOf(name, row, charter.calendars, notes)]);
  const clocks = new Map(kept.filter(([, clock]) => clock !== undefined));
  if (read.tick !== undefined && !TICKS.includes(read.tick)) notes.add("tick");
  if (read.identity_modes?.some((mode) => !MODES.includes(mode))) notes.add("identity_modes");
  const { extension } = charter;
  if (extension !== undefined && !clocks.get(extension.clock)?.limit) notes.wrong("extension.clock");
  return { ...charter, clocks, extension: extension && clocks.get(extension.clock)?.limit ? extension : undefined };
}

// The clock without starts that are not known; undefined where it cannot be counted out.
function clockOf(name, row, calendars, notes) {
  const { owner = "", calendar = "", starts: stated = ["received"], limit = 0, target = 0, unit = "", every = 0 } = row;
  const starts = stated.filter((start) => STARTS.includes(start));
  if (starts.length < stated.length) notes.add(`clocks.${name}.starts`);
  const counted = limit || every;
  const broken = counted > 0 && (!UNITS.includes(unit) || target > counted);
  if (broken || !calendars.has(calendar) || (KEPT_CLOCKS.includes(name) && limit === 0)) {
    notes.wrong(`clocks.${name}`);
    return undefined;
  }
  return Object.freeze({ owner, calendar, starts: Object.freeze(starts), limit, target, unit });
}

function faultsOf({ seats, readingSeats, facts, custodian, calendars, clocks }) {
  const found = [];
  const known = facts.map((fact) => fact.id);
  const clear = ({ when }) => when === undefined || (known.includes(when.fact) && when.isOneOf.length > 0 !== when.isNoneOf.length > 0);
  if (new Set(seats.map((seat) => seat.id)).size !== seats.length || !seats.every(clear)) found.push("seat");
  if (!readingSeats.some((seat) => seat.id === custodian && seat.when === undefined)) found.push("custodian");
  if (calendars.size === 0) found.push("calendars");
  const sure = { ack: ["received"], reply: clocks.has("ack") ? ["received", "ack.limit"] : ["received"] };
  if (KEPT_CLOCKS.some((name) => clocks.has(name) && !sure[name].some((start) => clocks.get(name).starts.includes(start)))) found.push("clocks");
  return found;
}
