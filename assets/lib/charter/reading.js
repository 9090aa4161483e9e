// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading a charter that officers have signed, leniently: what this version does not know is named and passed over, and what is needed to
// act and cannot be read is a fault (spec/compatibility.md). As src/demur/charter/reading.py; both are held to spec/vectors/compatibility.json.
//
// A shape is an object of key -> kind. A kind is "text", "number", "flag", "texts", or [kind of table, how]: "table", "rows" or "named" tables.
// A key that begins with "!" must be there; the part after it is the key.

import { parse } from "smol-toml";
import { Refusal } from "../errors.js";

const CODE = "charter";
const NEEDED = ["id", "practice", "custodian", "oversight", "reply_seats", "key_wait_hours", "server_sealing", "seat", "fact", "limits", "extension"];
const KEPT_CLOCKS = ["ack", "reply"];
const MAX_NUMBER = BigInt(Number.MAX_SAFE_INTEGER);
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;

const CONDITION = { "!fact": "text", is_one_of: "texts", is_none_of: "texts" };
const SEAT = { "!id": "text", "!title": "text", reads: "flag", outside: "flag", level: "number", when: [CONDITION, "table"] };
const FACT = { "!id": "text", "!question": "text", choices: "texts", default: "text" };
const CALENDAR = { "!timezone": "text", weekend: "texts", country: "text", subdivision: "text", category: "text", closures: "texts" };
const CLOCK = {
  ...{ "!owner": "text", "!calendar": "text", starts: "texts", limit: "number", target: "number", unit: "text", every: "number" },
  ...{ until: "text", before: "text", when: "text" },
};
const LIMITS = {
  ...{ "!text_bytes": "number", "!claims": "number", "!files": "number", "!file_bytes": "number", "!request_bytes": "number" },
  total_bytes: "number",
};
const APPEAL = {
  ...{ "!to": "text", file_within: "number", file_unit: "text", decide: "number", decide_unit: "text" },
  grounds: "texts",
};
export const CHARTER = {
  ...{ format: "number", "!id": "text", "!title": "text", "!edition": "text", "!custodian": "text", "!seat": [SEAT, "rows"] },
  ...{ "!calendars": [CALENDAR, "named"], "!clocks": [CLOCK, "named"], "!limits": [LIMITS, "table"] },
  "!eligibility": [{ "!classes": "texts", note: "text", anonymity_floor: "number", snapshot: "text" }, "table"],
  "!scope": [{ "!subject": "text", precondition: "text", screening: "text" }, "table"],
  ...{ oversight: "text", practice: "flag", owner: "text", legal_base: "text", effective: "text", tick: "text" },
  covers: [{ entries: "number", items: "number" }, "table"],
  ...{ key_wait_hours: "number", reply_seats: "texts", fact: [FACT, "rows"], identity_modes: "texts", group_signing: "text" },
  ...{ restrict_distribution: "flag", recusal: "text" },
  extension: [{ "!clock": "text", "!by": "text", "!max": "number", "!longest": "number", notify: "texts" }, "table"],
  review: [{ "!body": "text", author_nominates: "flag", joint_statement: "flag" }, "table"],
  appeal: [APPEAL, "table"],
  markings: [{ "!levels": "texts", "!ceiling": "text", captions: "texts" }, "table"],
  reporting: [{ statistics: "text", board: "text", small_number: "number" }, "table"],
  retention: [{ "!content": "text", proofs: "text" }, "table"],
  ...{ release: "text", reprisal: "text", notice: "text", urgent: "text", server_sealing: "flag" },
  referral: [{ "!about": "text", "!to": "text" }, "rows"],
  outer_door: [{ "!name": "text", note: "text" }, "rows"],
  unconfirmed: "texts",
};

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
export function shaped(shape, table, place, notes) {
  const found = {};
  const kinds = new Map(Object.entries(shape).map(([key, kind]) => [key.replace("!", ""), kind]));
  for (const key of Object.keys(table)) {
    if (!kinds.has(key)) notes.add(`${place}${key}`);
  }
  for (const [key, kind] of kinds) {
    if (Object.hasOwn(table, key)) {
      const value = valueOf(kind, table[key], `${place}${key}`, notes);
      if (value !== undefined) found[key] = value;
    } else if (Object.hasOwn(shape, `!${key}`)) {
      notes.wrong(`${place}${key}`);
    }
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

function inner([shape, how], value, place, notes) {
  if (how === "table" && isTable(value)) return shaped(shape, value, `${place}.`, notes);
  if (how === "rows" && Array.isArray(value)) return value.map((row, n) => inner([shape, "table"], row, `${place}.${n}`, notes)).filter((row) => row !== undefined);
  if (how === "named" && isTable(value)) {
    const rows = Object.entries(value).map(([name, row]) => [name, inner([shape, "table"], row, `${place}.${name}`, notes)]);
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
