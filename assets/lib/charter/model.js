// SPDX-License-Identifier: AGPL-3.0-or-later
// A charter as an author's or seat's client needs it, read from the statement that the officers signed. As src/demur/charter/{model,freeze}.py.
//
// The officers' own software refuses a charter with an unknown or missing key before anybody signs it, so what is not needed here is passed
// over; what is needed is checked for its kind, because a condition misread here would seal to other readers than the page shows.

import { parse } from "smol-toml";
import { Refusal, refuse } from "../errors.js";
import { readCalendar, UNITS } from "./clock.js";

const CODE = "charter";
const LIMITS = ["text_bytes", "claims", "files", "file_bytes", "request_bytes"];

// A charter statement, whose signatures officers.js checked:
// {id, title, edition, version, practice, custodian, oversightSeat, replySeats, keyWaiting (seconds), seats: [{id, title, reads, outside,
// when: undefined | {fact, isOneOf, isNoneOf}}], readingSeats, facts: [{id, question, choices, default}], calendars: Map, clocks: Map of
// {owner, calendar, starts, limit, target, unit}, extension: undefined | {clock, by, max, longest}, limits}
export function readCharter(statement) {
  const { charter: id, practice, version, text: toml, calendars } = statement;
  if (typeof toml !== "string" || !isTable(calendars) || !isCount(version) || version < 1) refuse(CODE, "members");
  const table = tableOf(toml);
  const seats = rows(table, "seat").map(readSeat);
  const charter = {
    ...{ id: text(table, "id"), title: text(table, "title"), edition: text(table, "edition"), version },
    ...{ practice: flag(table, "practice"), custodian: text(table, "custodian"), oversightSeat: text(table, "oversight", "") },
    ...{ replySeats: texts(table, "reply_seats"), keyWaiting: number(table, "key_wait_hours", 48) * 3600 },
    ...{ seats, readingSeats: seats.filter((seat) => seat.reads), facts: rows(table, "fact").map(readFact) },
    calendars: new Map(Object.entries(calendars).map(([name, value]) => [name, readCalendar(name, value)])),
    clocks: new Map(Object.entries(inner(table, "clocks")).map(([name, rule]) => [name, readClock(rule)])),
    ...{ extension: table.extension && readExtension(table.extension), limits: readLimits(inner(table, "limits")) },
  };
  checkWhole(charter, { id, practice });
  return Object.freeze(charter);
}

// Whether the parts refer to each other as the officers' software made sure of.
function checkWhole(charter, said) {
  if (charter.id !== said.id || charter.practice !== said.practice) refuse(CODE, "contradicts-its-statement");
  if (new Set(charter.seats.map((seat) => seat.id)).size !== charter.seats.length) refuse(CODE, "seat-twice");
  const facts = charter.facts.map((fact) => fact.id);
  if (charter.seats.some(({ when }) => when !== undefined && !facts.includes(when.fact))) refuse(CODE, "unknown-fact");
  if (!charter.readingSeats.some((seat) => seat.id === charter.custodian && seat.when === undefined)) refuse(CODE, "custodian");
  if ([...charter.clocks.values()].some((clock) => !charter.calendars.has(clock.calendar))) refuse(CODE, "unknown-calendar");
}

function tableOf(toml) {
  try {
    return parse(toml);
  } catch (error) {
    throw new Refusal(CODE, { why: `not-toml: ${error.message.split("\n")[0]}` });
  }
}

function readSeat(row) {
  const when = row.when === undefined ? undefined : readCondition(row.when);
  return Object.freeze({ id: text(row, "id"), title: text(row, "title"), reads: flag(row, "reads", true), outside: flag(row, "outside"), when });
}

function readCondition(row) {
  const when = { fact: text(row, "fact"), isOneOf: texts(row, "is_one_of"), isNoneOf: texts(row, "is_none_of") };
  return when.isOneOf.length > 0 !== when.isNoneOf.length > 0 ? Object.freeze(when) : refuse(CODE, "condition");
}

// Whether a condition holds for what the author stated.
export function holds({ fact, isOneOf, isNoneOf }, facts) {
  const stated = facts[fact] ?? "";
  return isOneOf.length > 0 ? isOneOf.includes(stated) : !isNoneOf.includes(stated);
}

function readFact(row) {
  return Object.freeze({ id: text(row, "id"), question: text(row, "question"), choices: texts(row, "choices"), default: text(row, "default", "") });
}

function readClock(row) {
  if (!isTable(row)) refuse(CODE, "clock");
  const span = { limit: number(row, "limit", 0), target: number(row, "target", 0), unit: text(row, "unit", "") };
  if (span.limit > 0 && (!UNITS.includes(span.unit) || span.target > span.limit)) refuse(CODE, "clock-span");
  const starts = row.starts === undefined ? ["received"] : texts(row, "starts");
  return Object.freeze({ owner: text(row, "owner"), calendar: text(row, "calendar"), starts, ...span });
}

function readExtension(row) {
  return Object.freeze({ clock: text(row, "clock"), by: text(row, "by"), max: number(row, "max"), longest: number(row, "longest") });
}

function readLimits(row) {
  const limits = Object.fromEntries(LIMITS.map((name) => [name, number(row, name)]));
  return Object.freeze({ ...limits, total_bytes: number(row, "total_bytes", 0) || limits.file_bytes });
}

function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function inner(table, name) {
  return isTable(table[name]) ? table[name] : refuse(CODE, `lacks-${name}`);
}

function rows(table, name) {
  const found = table[name] ?? [];
  return Array.isArray(found) && found.every(isTable) ? found : refuse(CODE, `rows-${name}`);
}

function text(table, name, otherwise) {
  const value = table[name] ?? otherwise;
  return typeof value === "string" ? value : refuse(CODE, `text-${name}`);
}

function texts(table, name) {
  const value = table[name] ?? [];
  return Array.isArray(value) && value.every((row) => typeof row === "string") ? Object.freeze([...value]) : refuse(CODE, `texts-${name}`);
}

function flag(table, name, otherwise = false) {
  const value = table[name] ?? otherwise;
  return typeof value === "boolean" ? value : refuse(CODE, `flag-${name}`);
}

function number(table, name, otherwise) {
  const value = table[name] ?? otherwise;
  return isCount(value) ? value : refuse(CODE, `number-${name}`);
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}
