// SPDX-License-Identifier: AGPL-3.0-or-later
// Who holds which seat now: the officers' `seats` statement, and a holder's request to be put on it. Format: spec/channel.md; as
// src/demur/charter/roster.py.
//
// A seat is an office; a holder is the person whose key opens it today. The officers vouch that no two seats are held by one person, which
// no server can know. A holder is {seat, holder, age, sign}: id, name as shown to authors, age1pq recipient, Ed25519 public key in hex.

import { bech32 } from "@scure/base";
import { fromHex, toHex } from "../bytes.js";
import { refuse, under } from "../errors.js";
import { written } from "../record/texts.js";
import { publicKey, sign, verify } from "../signing.js";
import { exact } from "./channel.js";
import { refused } from "./model.js";

const CODE = "roster";
const REQUEST_DOMAIN = "demur/seat-request/v1";
const HOLDER = ["age", "holder", "seat", "sign"];
const RECIPIENT_BYTES = 1184 + 32; // ML-KEM-768 and X25519
const READING_SEATS_TO_OPEN = 2; // PROTOCOL section 1: filing opens when two persons can read
const HEX64 = /^[0-9a-f]{64}$/;

// One row of a statement, checked.
export function readHolder(row) {
  if (!HOLDER.every((name) => Object.hasOwn(row ?? {}, name) && typeof row[name] === "string")) refuse(CODE, "row");
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(row.seat)) refuse(CODE, "seat");
  if ([...row.holder].length > 200 || /[\x00-\x1f]/.test(row.holder)) refuse(CODE, "holder");
  if (!HEX64.test(row.sign)) refuse(CODE, "sign");
  checkRecipient(row.age);
  return Object.freeze(Object.fromEntries(HOLDER.map((name) => [name, row[name]])));
}

// Refused unless `text` is a recipient that something can be sealed to.
export function checkRecipient(text) {
  let found;
  try {
    found = bech32.decode(text, false);
  } catch {
    return refuse(CODE, "recipient");
  }
  const bytes = bech32.fromWordsUnsafe(found.words);
  const good = found.prefix === "age1pq" && text === text.toLowerCase() && bytes?.length === RECIPIENT_BYTES;
  if (!good || !isEncapsulationKey(bytes)) refuse(CODE, "recipient");
}

// The modulus check of FIPS 203 section 7.2: 768 numbers of 12 bits, each below 3329. Without it a bad key would stop the sealing later.
function isEncapsulationKey(bytes) {
  for (let at = 0; at < 1152; at += 3) {
    const [first, second, third] = bytes.subarray(at, at + 3);
    if ((first | ((second & 15) << 8)) >= 3329 || ((second >> 4) | (third << 4)) >= 3329) return false;
  }
  return true;
}

// Reads a `seats` statement whose signatures officers.js checked, leniently (spec/compatibility.md): members that are not known are passed over.
// Gives {charter (leaf hash, hex), serial, holders: Map seat -> holder}.
export function readRoster(statement) {
  const { v, type, origin, charter, serial, distinct_holders: distinct, seats } = statement ?? {};
  if (type === "seats" && Number.isSafeInteger(v) && v !== 1) refuse(CODE, "update");
  if (typeof origin !== "string") refuse(CODE, "members");
  if (v !== 1 || type !== "seats" || distinct !== true || !Array.isArray(seats)) refuse(CODE, "members");
  if (typeof charter !== "string" || !HEX64.test(charter) || !Number.isSafeInteger(serial) || serial < 1) refuse(CODE, "members");
  const rows = seats.map(readHolder);
  if (rows.some((row, at) => at > 0 && rows[at - 1].seat >= row.seat)) refuse(CODE, "order");
  return Object.freeze({ charter, serial, holders: new Map(rows.map((row) => [row.seat, row])) });
}

// Why filing is not open, "" if it is (PROTOCOL section 1); `charter` is model.js's.
export function closedBecause(charter, roster) {
  const why = refused(charter);
  if (why !== "") return why;
  if (roster === undefined) return "no-roster";
  // A seat that reads on stated facts only does not count: for another author nobody but the custodian might be left.
  const reading = charter.readingSeats.filter((seat) => seat.when === undefined && roster.holders.has(seat.id));
  if (reading.length < READING_SEATS_TO_OPEN) return "too-few-readers";
  return charter.practice || roster.holders.has(charter.oversightSeat) ? "" : "no-oversight";
}

// A holder's request to be put on the roster, signed by the seat's own key to show that they hold it; `seed` is that key's.
export async function makeRequest({ origin, seat, holder, age, seed }) {
  const row = readHolder({ seat, holder, age, sign: toHex(await publicKey(seed)) });
  const body = { v: 1, type: "seat-request", origin, ...row };
  return { ...body, signature: toHex(await sign(seed, REQUEST_DOMAIN, written(body, CODE))) };
}

// The holder of a request made for `origin`. Throws unless its own key signed it.
export async function checkRequest(request, origin) {
  const { v, type, origin: named, signature, ...row } = request ?? {};
  if (!exact(row, HOLDER) || v !== 1 || type !== "seat-request" || named !== origin) refuse(CODE, "request");
  const holder = readHolder(row);
  if (typeof signature !== "string" || !/^[0-9a-f]{128}$/.test(signature)) refuse(CODE, "request");
  const signed = written({ v, type, origin, ...row }, CODE);
  await under(CODE, () => verify(fromHex(holder.sign), REQUEST_DOMAIN, signed, fromHex(signature)));
  return holder;
}
