// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading a charter that officers have signed, leniently: what this version does not know is named and passed over, and what is needed to
// act and cannot be read is a fault (spec/compatibility.md). As src/demur/charter/reading.py; both are held to spec/vectors/compatibility.json.
//
// A shape is a Map of key -> {kind, must}: made from words, "id" a text, "limit#" a number, "reads?" a flag, "starts*" a list of texts, and from
// inner shapes, [shape, how]: "table", "rows" or "named" tables. A key after "!" must be there.

import { parse } from "smol-toml";
import { Refusal } from "../errors.js";

const CODE = "charter";
const NEEDED = ["id", "practice", "custodian", "oversight", "reply_seats", "key_wait_hours", "server_sealing", "seat", "fact", "limits", "extension"];
const KEPT_CLOCKS = ["ack", "reply"];
const MAX_NUMBER = BigInt(Number.MAX_SAFE_INTEGER);
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;

const KINDS = { "#": "number", "?": "flag", "*": "texts" };

function shape(words, inner = {}) {
  const named = words.split(" ").map((word) => [word.replace(/[!#?*]/g, ""), { kind: KINDS[word.at(-1)] ?? "text", must: word[0] === "!" }]);
  const inside = Object.entries(inner).map(([word, kind]) => [word.replace("!", ""), { kind, must: word[0] === "!" }]);
  return new Map([...named, ...inside]);
}

const CONDITION = shape("!fact is_one_of* is_none_of*");
const CLOCK = shape("!owner !calendar starts* limit# target# unit every# until before when");
const LIMITS = shape("!text_bytes# !claims# !files# !file_bytes# !request_bytes# total_bytes#");
const TEXTS = "owner legal_base effective tick group_signing recusal release reprisal notice urgent oversight";
export const CHARTER = shape(
  `format# !id !title !edition !custodian practice? key_wait_hours# reply_seats* identity_modes* restrict_distribution? server_sealing? unconfirmed* ${TEXTS}`,
  {
    "!seat": [shape("!id !title reads? outside? level#", { when: [CONDITION, "table"] }), "rows"],
    "!calendars": [shape("!timezone weekend* country subdivision category closures*"), "named"],
    "!clocks": [CLOCK, "named"],
    "!limits": [LIMITS, "table"],
    "!eligibility": [shape("!classes* note anonymity_floor# snapshot"), "table"],
    "!scope": [shape("!subject precondition screening"), "table"],
    covers: [shape("entries# items#"), "table"],
    fact: [shape("!id !question choices* default"), "rows"],
    extension: [shape("!clock !by !max# !longest# notify*"), "table"],
    review: [shape("!body author_nominates? joint_statement?"), "table"],
    appeal: [shape("!to file_within# file_unit decide# decide_unit grounds*"), "table"],
    markings: [shape("!levels* !ceiling captions*"), "table"],
    reporting: [shape("statistics board small_number#"), "table"],
    retention: [shape("!content proofs"), "table"],
    referral: [shape("!about !to"), "rows"],
    outer_door: [shape("!name note"), "rows"],
  },
);

// What was passed over, by place, and the faults that follow from it.
export class Notes {
  places = new Set();
  faults = new Set();

  add(place) {
    this.places.add(place);
  }

  // A known key with a value that cannot be read, or without one that it must have.
  wrong(place) {
    this.add(place);
    const [first, second] = place.split(".");
    if (NEEDED.includes(first)) this.faults.add(first);
    if (first === "clocks" && (second === undefined || KEPT_CLOCKS.includes(second))) this.faults.add("clocks");
  }
}

// The table of a charter's text, whole numbers as BigInt. Throws where it is no TOML at all.
export function tableOf(text) {
  try {
    return parse(text, { integersAsBigInt: true });
  } catch (error) {
    throw new Refusal(CODE, { why: `not-toml: ${error.message.split("\n")[0]}` });
  }
}

// The parts of `table` that have the shape: only keys of the shape that could be read, numbers as numbers. The rest is noted.
export function shaped(keys, table, place, notes) {
  const found = {};
  for (const key of Object.keys(table)) {
    if (!keys.has(key)) notes.add(`${place}${key}`);
  }
  for (const [key, { kind, must }] of keys) {
    const value = Object.hasOwn(table, key) ? valueOf(kind, table[key], `${place}${key}`, notes) : undefined;
    if (value !== undefined) found[key] = value;
    else if (must) notes.wrong(`${place}${key}`);
  }
  return found;
}

// The value as `kind`, undefined and noted where it is none.
function valueOf(kind, value, place, notes) {
  if (Array.isArray(kind)) return inner(kind, value, place, notes);
  if (kind === "texts" && Array.isArray(value) && value.every((row) => typeof row === "string")) {
    return Object.freeze(value.map((row) => clear(row, place, notes)));
  }
  if (kind === "text" && typeof value === "string") return clear(value, place, notes);
  if (kind === "flag" && typeof value === "boolean") return value;
  if (kind === "number" && typeof value === "bigint" && value >= 0n && value <= MAX_NUMBER) return Number(value);
  notes.wrong(place);
  return undefined;
}

function inner([keys, how], value, place, notes) {
  if (how === "table" && isTable(value)) return shaped(keys, value, `${place}.`, notes);
  if (how === "rows" && Array.isArray(value)) return value.map((row, n) => inner([keys, "table"], row, `${place}.${n}`, notes)).filter((row) => row !== undefined);
  if (how === "named" && isTable(value)) {
    const rows = Object.entries(value).map(([name, row]) => [name, inner([keys, "table"], row, `${place}.${name}`, notes)]);
    return new Map(rows.filter(([, row]) => row !== undefined));
  }
  notes.wrong(place);
  return undefined;
}

// A text with a control character could repaint a terminal, so it is shown as what it is.
function clear(text, place, notes) {
  if (!CONTROL.test(text)) return text;
  notes.add(place);
  return text.replace(new RegExp(CONTROL, "g"), "\ufffd");
}

export function isTable(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
