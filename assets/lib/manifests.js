// SPDX-License-Identifier: AGPL-3.0-or-later
// Manifests: what the signed head of every sealed file binds. Format: spec/filing.md, "The sealed files"; as src/demur/dissent/manifests.py.
//
// age hides what is inside but not who wrote it, and any reader who holds the case key could write in another's name. So every plaintext
// starts with a manifest that names channel, case, place and writer, signed by the writer.

import { toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { refuse } from "./errors.js";
import { same, sha256, utf8 } from "./record/texts.js";
import { manifestFault } from "./schema.js";

const CODE = "manifest";
const CUSTODY = ["client-cli", "client-browser", "server"];

// SHA-256 of an age recipient's text, hex: an age1pq key itself is 1,959 letters long.
export function keyFingerprint(recipient) {
  return toHex(sha256(utf8(recipient)));
}

// How `recipients` ({seat: recipient}) stand in a manifest.
export function recipientRows(recipients) {
  return Object.keys(recipients).sort().map((seat) => ({ seat, key: keyFingerprint(recipients[seat]) }));
}

// A manifest for container.js: `caseKey` is an age recipient, `recipients` {seat: recipient}, `names` those of its files in order; `more` holds
// the place: `seen` and `key` of an act of version 2, or `seq` and `prev`.
export function baseManifest(type, { origin, case: id, caseKey, charter, roster, seat, recipients, names, ...more }) {
  return {
    v: more.seen === undefined ? 1 : 2,
    type,
    origin,
    case: id,
    case_key: keyFingerprint(caseKey),
    charter,
    roster,
    seat,
    recipients: Array.isArray(recipients) ? recipients : recipientRows(recipients),
    custody: "client-browser",
    files: names.map((name) => ({ name })),
    ...more,
  };
}

// What the manifest of an event's sealed text must say as the event does. The log gives the place of an act of version 2, so its text binds
// what the actor had read instead.
export function placeOf(event) {
  const names = ["type", "origin", "case", "seat", "charter", ...(event.v === 1 ? ["seq", "prev"] : ["seen", "key"])];
  return Object.fromEntries(names.map((name) => [name, event[name]]));
}

// Throws unless the manifest has the members of its type, each of its type and size (spec/documents.json), and names as many files as its
// type has. Readers ask this before they use any member.
export function checkForm(manifest) {
  const found = manifestFault(manifest);
  if (found !== "") refuse(CODE, `member:${found}`);
}

// Throws unless the manifest is in form and each member of `expected` stands in it with that value.
export function checkManifest(manifest, expected) {
  checkForm(manifest);
  for (const [name, value] of Object.entries(expected)) {
    if (manifest[name] === undefined || !same(dump(manifest[name]), dump(value))) refuse(CODE, `another-${name}`);
  }
  if (!CUSTODY.includes(manifest.custody)) refuse(CODE, "custody");
}
