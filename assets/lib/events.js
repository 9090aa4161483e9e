// SPDX-License-Identifier: AGPL-3.0-or-later
// Events: what is recorded of a case. Format and table: spec/event.md; as src/demur/dissent/events.py.
//
// An event has exactly the members of its type and version. The act is what the actor signs, so the server can neither invent an act nor move
// one to another case or channel. In version 1 it names its place (`seq`, `prev`); in version 2 what its actor had read (`seen`) and the key
// that signs, and the log gives the place: so nobody who acts can keep others from acting. Writing is strict, reading is lenient
// (spec/compatibility.md): an event of a later version, or of a type that this one does not know, is read with its common members, verified and
// counted, and changes nothing.

import { fromHex, sha256 as digest, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { Refusal, refuse } from "./errors.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import { caseEntry, commit } from "./record/entry.js";
import { leafHash } from "./record/merkle.js";
import { sha256 } from "./record/texts.js";
import { sign, verify } from "./signing.js";

const domainOf = (v) => `demur/act/v${v}`;
const VERSION = 2; // of the acts that this version makes
export const LAST_TIME = 253_402_300_799; // the last second of the year 9999, the last that calendars can show
export const OUTCOMES = ["accepted", "in_part", "rejected", "overtaken", "out_of_scope"];
const CODE = "event";
const COMMON = ["v", "type", "origin", "case", "charter", "roster", "seat", "body"];
const PLACE = ["seq", "prev"];
// What the actor signs beside the common members and those of the type, by version, and what the log adds to it.
const SIGNED_BESIDE = [undefined, PLACE, ["key", "seen", "attachments"]];
const ADDED = [undefined, ["time", "signature"], ["time", "signature", ...PLACE]];
const SINCE = { readable: 2 }; // types that an earlier version of an event does not have
const [MOST_FILES, MOST_ATTACHMENTS, MOST_LETTERS] = [10_000, 100, 200];
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
  ["readable", ["item"]],
]);
export const UNSIGNED = ["submit", "received"];
const INTEGERS = new Set(["v", "seq", "time", "item", "answered", "referred", "declined", "reply", "until"]);
const [HEX32, HEX64, HEX128, SEAT] = [/^[0-9a-f]{32}$/, /^[0-9a-f]{64}$/, /^[0-9a-f]{128}$/, /^[a-z0-9][a-z0-9_-]{0,63}$/];
const FORMS = new Map([
  ["case", (text) => HEX32.test(text)],
  ...["charter", "roster", "commitment", "filing", "sealed", "key"].map((name) => [name, (text) => HEX64.test(text)]),
  ...["prev", "body"].map((name) => [name, (text) => text === "" || HEX64.test(text)]),
  ["signature", (text) => HEX128.test(text)],
  ["to", (text) => SEAT.test(text)],
  ["seat", (text) => text === "" || SEAT.test(text)],
  ["outcome", (text) => OUTCOMES.includes(text)],
]);

// The act of a type, checked: {origin, case, charter, roster, seat, body = "", …the type's own}, and `seen` {seq, commitment} and `key` (hex)
// for version 2, `seq` and `prev` for version 1.
export function makeAct(type, { body = "", ...members }) {
  const v = members.seen === undefined ? 1 : 2;
  const act = { v, type, ...(v > 1 ? { attachments: [] } : {}), ...members, body };
  check(act, actMembers(type, v));
  return act;
}

// The author's own event, seq 0: it stays with the author and the readers, the record holds its commitment.
export function submitEvent({ time, ...members }) {
  return checkEvent({ ...makeAct("submit", { seq: 0, prev: "", seat: "", ...members }), time });
}

// The actor's signature over the act, 128 hex digits; `seed` is the actor's.
export async function signAct(act, seed) {
  return toHex(await sign(seed, domainOf(act.v), dump(act)));
}

// What the actor signed of an event that was read.
export function actOf(event) {
  const added = ADDED[Math.min(event.v, VERSION)];
  return Object.fromEntries(Object.entries(event).filter(([name]) => !added.includes(name)));
}

// SHA-256 of the signed act: the same act sent again has the same, wherever it stands.
export function actHash(event) {
  return sha256(dump(actOf(event)));
}

// Throws unless the holder of `publicKey` (bytes) signed this event's act.
export async function verifyAct(event, publicKey) {
  const { v, seq: n, type } = event;
  try {
    if (v > 1 && event.key !== toHex(publicKey)) refuse(CODE, "key");
    await verify(publicKey, domainOf(v), dump(actOf(event)), fromHex(event.signature));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Refusal("event-forged", { n, type, why: error.message });
  }
}

// The event, if it has exactly the members of its type and version.
export function checkEvent(event) {
  const type = event?.type;
  if (UNSIGNED.includes(type)) check(event, [...COMMON, ...PLACE, ...FIELDS.get(type), "time"]);
  else check(event, [...actMembers(type, event?.v), ...(ADDED[event?.v] ?? [])]);
  return event;
}

// The event, read leniently: one that this version does not know needs only the members that all events of version 2 have, each in form.
export function readEvent(event) {
  const { type, v } = event ?? {};
  if (typeof type !== "string" || !isGood("type", type) || !Number.isSafeInteger(v) || v < 1) refuse(CODE, "type");
  if (isKnown(event)) return checkEvent(event);
  const shape = Math.min(v, VERSION);
  for (const name of [...COMMON, ...SIGNED_BESIDE[shape], ...ADDED[shape]]) {
    if (!Object.hasOwn(event, name)) refuse(CODE, "members");
    if (!isGood(name, event[name])) refuse(CODE, `member-${name}`);
  }
  try {
    dump(event);
  } catch {
    refuse(CODE, "not-canonical"); // a fraction, null, or half a letter: no record can hold it
  }
  return event;
}

// Whether this version of Demur knows events of this type in this version (`v`).
export function isKnown({ type, v }) {
  if (UNSIGNED.includes(type)) return v === 1;
  return FIELDS.has(type) && (SINCE[type] ?? 1) <= v && v <= VERSION;
}

function actMembers(type, v) {
  if (SIGNED_BESIDE[v] === undefined || v < (SINCE[type] ?? 1)) refuse(CODE, "version");
  return [...COMMON, ...(FIELDS.get(type) ?? []), ...SIGNED_BESIDE[v]];
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

// {event, r: bytes} of an opening; the event is read leniently (readEvent).
export function checkOpening(value) {
  const members = value !== null && typeof value === "object" ? Object.keys(value).sort().join() : "";
  if (members !== "event,r" || typeof value.r !== "string" || !HEX64.test(value.r)) refuse(CODE, "opening");
  return { event: readEvent(value.event), r: fromHex(value.r) };
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
}

function isGood(name, part) {
  if (name === "bodies" || name === "attachments") return hashes(part, name === "bodies" ? MOST_FILES : MOST_ATTACHMENTS);
  if (name === "seen") return isSeen(part);
  if (INTEGERS.has(name)) return Number.isSafeInteger(part) && part >= 0 && (!["time", "until"].includes(name) || part <= LAST_TIME);
  if (typeof part !== "string") return false;
  return FORMS.get(name)?.(part) ?? (part.length > 0 && [...part].length <= MOST_LETTERS); // type, origin, clock, fact
}

function hashes(part, most) {
  return Array.isArray(part) && part.length <= most && part.every((row) => typeof row === "string" && HEX64.test(row));
}

function isSeen(part) {
  const two = part !== null && typeof part === "object" && Object.keys(part).sort().join() === "commitment,seq";
  return two && isGood("seq", part.seq) && typeof part.commitment === "string" && HEX64.test(part.commitment);
}
