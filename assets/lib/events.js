// SPDX-License-Identifier: AGPL-3.0-or-later
// Events: what is recorded of a case. Format and table: spec/event.md; as src/demur/dissent/events.py.
//
// An event has exactly the members of its type. The act (an event without `time` and `signature`) is what the actor signs, so the server
// can neither invent an act nor move one to another place, case or channel.

import { fromHex, sha256 as digest, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { Refusal, refuse } from "./errors.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { caseEntry, commit } from "./record/entry.js";
import { leafHash } from "./record/merkle.js";
import { sha256 } from "./record/texts.js";
import { sign, verify } from "./signing.js";

export const ACT_DOMAIN = "demur/act/v1";
export const LAST_TIME = 253_402_300_799; // the last second of the year 9999, the last that calendars can show
export const OUTCOMES = ["accepted", "in_part", "rejected", "overtaken", "out_of_scope"];
const CODE = "event";
const COMMON = ["v", "type", "origin", "case", "seq", "prev", "charter", "roster", "seat", "body"];
// Members beside the common ones. Types are permanent; members are only ever added under a new `v`.
const FIELDS = new Map([
  ["submit", []],
  ["received", ["commitment", "bodies", "filing"]],
  ["grant", ["to", "sealed"]],
  ["fetch", ["item"]],
  ["acknowledge", []],
  ["message", []],
  ["reply", ["outcome", "answered", "referred", "declined"]],
  ["countersign", ["reply"]],
  ["extend", ["clock", "until"]],
  ["withdraw", []],
  ["close", []],
  ["unreadable", ["item"]],
  ["mismatch", ["item", "fact"]],
]);
const UNSIGNED = ["submit", "received"];
const INTEGERS = new Set(["v", "seq", "time", "item", "answered", "referred", "declined", "reply", "until"]);
const [HEX32, HEX64, HEX128, SEAT] = [/^[0-9a-f]{32}$/, /^[0-9a-f]{64}$/, /^[0-9a-f]{128}$/, /^[a-z0-9][a-z0-9_-]{0,63}$/];
const FORMS = new Map([
  ["case", (text) => HEX32.test(text)],
  ...["charter", "roster", "commitment", "filing", "sealed"].map((name) => [name, (text) => HEX64.test(text)]),
  ...["prev", "body"].map((name) => [name, (text) => text === "" || HEX64.test(text)]),
  ["signature", (text) => HEX128.test(text)],
  ["to", (text) => SEAT.test(text)],
  ["seat", (text) => text === "" || SEAT.test(text)],
  ["outcome", (text) => OUTCOMES.includes(text)],
]);

// The act of a type, checked: {origin, case, seq, prev, charter, roster, seat, body = "", …the type's own}.
export function makeAct(type, { body = "", ...members }) {
  const act = { v: 1, type, ...members, body };
  check(act, [...COMMON, ...(FIELDS.get(type) ?? [])]);
  return act;
}

// The author's own event, seq 0: it stays with the author and the readers, the record holds its commitment.
export function submitEvent({ time, ...members }) {
  return checkEvent({ ...makeAct("submit", { seq: 0, prev: "", seat: "", ...members }), time });
}

// The actor's signature over the act, 128 hex digits; `seed` is the actor's.
export async function signAct(act, seed) {
  return toHex(await sign(seed, ACT_DOMAIN, dump(act)));
}

// Throws unless the holder of `publicKey` (bytes) signed this event's act.
export async function verifyAct(event, publicKey) {
  const { time, signature, ...act } = event;
  try {
    await verify(publicKey, ACT_DOMAIN, dump(act), fromHex(signature));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("event-forged", { n: event.seq, type: event.type, why: error.message });
  }
}

// The event, if it has exactly the members of its type.
export function checkEvent(event) {
  const stamps = UNSIGNED.includes(event?.type) ? ["time"] : ["time", "signature"];
  check(event, [...COMMON, ...(FIELDS.get(event?.type) ?? []), ...stamps]);
  return event;
}

// HMAC-SHA256(r, event): what the record holds. Without r, not even a guessed event can be tested against it.
export const commitment = commit;

// The leaf hash of the entry that commits to `event` under r.
export function leafOf(event, r) {
  return leafHash(caseEntry(commit(event, r)));
}

// The event with the key that opens its commitment.
export function opening(event, r) {
  return { event, r: toHex(r) };
}

// {event, r: bytes} of an opening.
export function checkOpening(value) {
  const members = value !== null && typeof value === "object" ? Object.keys(value).sort().join() : "";
  if (members !== "event,r" || typeof value.r !== "string" || !HEX64.test(value.r)) refuse(CODE, "opening");
  return { event: checkEvent(value.event), r: fromHex(value.r) };
}

// The salted hash of a sealed file, hex: oversight, who reads openings, cannot match it with stored files.
export async function salted(salt, sealed) {
  return saltedHash(salt, await digest(sealed));
}

// As `salted`, of a file whose SHA-256 (bytes) is known.
export function saltedHash(salt, hash) {
  return toHex(hmac(noble, salt, hash));
}

// What a mailbox head chains for item n >= 1: the hash of the whole item.
export function itemHash({ n, event, r, body }) {
  return sha256(dump({ body, event, n, r: typeof r === "string" ? r : toHex(r) }));
}

function check(value, members) {
  if (value === null || typeof value !== "object" || !FIELDS.has(value.type)) refuse(CODE, "type");
  if (Object.keys(value).length !== members.length || !members.every((name) => Object.hasOwn(value, name))) refuse(CODE, "members");
  for (const [name, part] of Object.entries(value)) if (!isGood(name, part)) refuse(CODE, `member-${name}`);
  if (value.v !== 1) refuse(CODE, "version");
}

function isGood(name, part) {
  if (name === "bodies") return Array.isArray(part) && part.every((row) => typeof row === "string" && HEX64.test(row));
  if (INTEGERS.has(name)) return Number.isSafeInteger(part) && part >= 0 && (!["time", "until"].includes(name) || part <= LAST_TIME);
  if (typeof part !== "string") return false;
  return FORMS.get(name)?.(part) ?? (part.length > 0 && [...part].length <= 200); // type, origin, clock, fact
}
