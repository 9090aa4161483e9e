// SPDX-License-Identifier: AGPL-3.0-or-later
// Grants: a case's key sealed to one seat. Format: spec/filing.md; as src/demur/client/grants.py.
//
// The first grants come from the author, with the filing. One that a seat adds later is signed by that seat, carries its reason, and counts
// only beside the `grant` event that everybody sees: a reader who passes the key on in silence makes no reader of the channel. A grant is
// {case, caseKey (identity), recipient, token, salt, author, giver, signer, seq, prev}: hex but for the first two of age; `giver` is "" for
// the author's, else the seat that added it, whose key `signer` signed; `seq` and `prev` are, for a grant of version 2 (`v`), the
// number and commitment of the last event that the giver had read; for one of version 1 the place of its own event.

import * as age from "../age.js";
import { dump } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { pack, unpack } from "../container.js";
import { readCase } from "../documents/case.js";
import { Refusal, refuse, under } from "../errors.js";
import { baseManifest, checkForm, checkManifest, keyFingerprint, recipientRows } from "../manifests.js";

export const CASE_FILE = "case.json";
export const GRANT_FLOOR = 2048;
const CODE = "grant";
const [HEX32, HEX64] = [/^[0-9a-f]{32}$/, /^[0-9a-f]{64}$/];

// A grant of its parts, checked.
export async function makeGrant({ case: id, caseKey, token, salt, author, giver = "", signer = "", seq = 0, prev = "", v = 1 }) {
  if (typeof id !== "string" || !HEX32.test(id)) refuse(CODE, "case");
  if (![token, salt, author].every((part) => typeof part === "string" && HEX64.test(part))) refuse(CODE, "part");
  const recipient = await under(CODE, () => age.recipientOf(caseKey));
  return Object.freeze({ case: id, caseKey, recipient, token, salt, author, giver, signer, seq, prev, v });
}

// The grant in an inbox item; undefined for what this seat cannot open. Throws "grant" for an item that opens and does not hold: signature,
// channel, seat or case key differ from what it says.
export async function openGrant(item, { key, seat, origin }) {
  let plain;
  try {
    plain = await age.open(item, [key.identity]);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
  return under(CODE, async () => {
    const { manifest, files } = await unpack(plain, { floor: GRANT_FLOOR });
    checkForm(manifest);
    const inside = read(files);
    const grant = await makeGrant({ case: inside.case, caseKey: inside.case_key, token: inside.token, salt: inside.salt, author: inside.author });
    const told = { type: "grant", origin, case: grant.case, case_key: keyFingerprint(grant.recipient), seat };
    checkManifest(manifest, told);
    checkRecipients(manifest.recipients, recipientRows({ [seat]: key.recipient }));
    return given(manifest, grant);
  });
}

function read(files) {
  return files.size === 1 && files.has(CASE_FILE) ? readCase(files.get(CASE_FILE)) : refuse(CODE, "members");
}

function checkRecipients(told, wanted) {
  const same = Array.isArray(told) && told.length === 1 && exact(told[0], ["seat", "key"]);
  if (!same || told[0].seat !== wanted[0].seat || told[0].key !== wanted[0].key) refuse(CODE, "another-recipient");
}

function given({ v, by, giver = "", seen, seq: place, prev: before }, grant) {
  const { seq, commitment: prev } = v > 1 ? (seen ?? {}) : { seq: place, commitment: before };
  if (giver === "") return by === grant.author && seq === 0 && prev === "" ? grant : refuse(CODE, "signed-by-nobody");
  if (typeof giver !== "string" || !Number.isSafeInteger(seq) || typeof prev !== "string") refuse(CODE, "no-place");
  return Object.freeze({ ...grant, giver, signer: by, seq, prev, v });
}

// Whether `event`, whose signature is verified, is the one that tells everybody of a seat's later grant to `seat`.
export function isGranted(grant, event, seat) {
  if (event.type !== "grant" || event.seat !== grant.giver || event.to !== seat || event.v !== grant.v) return false;
  if (grant.v === 1) return event.prev === grant.prev && event.seq === grant.seq;
  return event.seen.seq === grant.seq && event.seen.commitment === grant.prev;
}

// A grant that the seat `giver` adds for the seat `to`, whose age recipient is `recipient`: bytes. `place` holds origin, charter, roster, seen
// and key of the grant's event.
export async function sealGrant(grant, { to, recipient, giver, reason, place, seed }) {
  const about = { ...place, case: grant.case, caseKey: grant.recipient, seat: to, recipients: { [to]: recipient }, names: [CASE_FILE] };
  const inside = { v: 1, type: "case", case: grant.case, case_key: grant.caseKey, token: grant.token, salt: grant.salt, author: grant.author };
  const { bytes } = await pack(baseManifest("grant", { ...about, giver, reason }), [dump(inside)], seed, { floor: GRANT_FLOOR });
  return age.seal(bytes, [recipient]);
}
