// SPDX-License-Identifier: AGPL-3.0-or-later
// What an author wants filed, who would read it, and every reason to refuse it before anything is sealed. As src/demur/client/wish.py.
//
// A wish is {dissent, original: bytes, attachments: [{name, blob}], facts: {id: answer}, recused: [seat], newKeys: [seat]}; `found` is what
// charter/inforce.js proved, `charter` the model of its charter.

import { closedBecause } from "./charter/roster.js";
import { keysAreNew } from "./charter/inforce.js";
import { completeFacts, readers } from "./charter/seating.js";
import { checkName } from "./container.js";
import { Refusal } from "./errors.js";

export const LARGE = 1_048_576; // bytes: an attachment beyond it is sealed as a stream and sent in parts

// Why filing is not open, a code; "" if it is.
export function notOpen({ directory, roster }, charter) {
  if (roster !== undefined && roster.charter !== directory.charter) return "new-charter";
  return closedBecause(charter, roster);
}

// The offices that will be able to read this filing, vacant ones too: [{seat, holder: undefined or {holder, age, sign}}].
export function whoReads(found, charter, { facts, recused, newKeys = [] }) {
  const odd = newKeys.find((name) => !charter.readingSeats.some((seat) => seat.id === name));
  if (odd !== undefined) throw new Refusal("seat", { seat: odd });
  return readers(charter, completeFacts(charter, facts), recused).map((seat) => ({ seat, holder: found.roster?.holders.get(seat.id) }));
}

// Everything that can be refused before sealing; gives who would read. `limits` are those the server tells; the charter's hold as well.
export function checkWish(found, charter, wish, limits) {
  const reason = notOpen(found, charter);
  if (reason !== "") throw new Refusal("not-open", { reason });
  checkSizes(wish, charter.limits);
  checkSizes(wish, limits);
  checkRoom(wish, limits);
  checkNames(wish);
  const offices = whoReads(found, charter, wish);
  const reading = offices.filter((row) => row.holder !== undefined);
  if (reading.length === 0) throw new Refusal("no-reader");
  const fresh = keysAreNew(found, charter.keyWaiting) ? reading.map((row) => row.seat.id).filter((id) => !wish.newKeys.includes(id)) : [];
  if (fresh.length > 0) throw new Refusal("key-too-new", { seats: fresh });
  return offices;
}

// Where the server says, in its limits, that it takes no filing now: before anything is sealed for nothing. A reason that the record proves
// is told as proven; that a witness disputes the record is told where the server says so, and any other reason in the server's own words.
export function checkTaking({ open, code = "", reason: sentence = "" }, found, charter) {
  if (open !== false) return;
  const reason = notOpen(found, charter);
  if (reason !== "") throw new Refusal("not-open", { reason });
  throw code === "in-dispute" ? new Refusal(code) : new Refusal("server", { code, sentence });
}

function checkSizes({ dissent, original, attachments }, limits) {
  const sizes = attachments.map(({ blob }) => blob.size);
  const sum = (values) => values.reduce((total, size) => total + size, 0);
  const measured = {
    text_bytes: original.length,
    claims: dissent.claims.length,
    files: attachments.length,
    file_bytes: Math.max(0, ...sizes),
    request_bytes: original.length + sum(sizes.filter((size) => size <= LARGE)),
    total_bytes: sum(sizes),
  };
  for (const [what, have] of Object.entries(measured)) {
    const most = limits[what];
    if (Number.isInteger(most) && have > most) throw new Refusal("too-large", { what, have, most });
  }
}

function checkRoom({ attachments }, { upload_room: room }) {
  const large = attachments.map(({ blob }) => blob.size).filter((size) => size > LARGE).reduce((total, size) => total + size, 0);
  if (Number.isInteger(room) && large > room) throw new Refusal("too-large", { what: "room", have: large, most: room });
}

// The names that go into signed manifests. Two attachments may share one: each has a file of its own.
function checkNames({ dissent, attachments }) {
  for (const name of [dissent.original, ...attachments.map((part) => part.name)]) checkName(name);
  if (dissent.original === "dissent.json") throw new Refusal("file-name", { name: dissent.original });
}
