// SPDX-License-Identifier: AGPL-3.0-or-later
// Opening what an author filed, and comparing it with what was recorded; texts written since are opened by texts.js. As
// src/demur/client/unsealing.py.
//
// Three things can be wrong. A text that does not open, or was not signed by its author, throws: it is unreadable. A text that opens but says
// something else than the record is a mismatch, and `fault` names the fact: "manifest", "attachments" or "recipients". A filing that no honest client would make, because it goes beyond the charter of its case, is a mismatch
// with the charter: the fact is `limits.` and the limit's name. One whose author left no key that anything can be sealed to opens, and nobody
// can answer it: the fault is `return`, and seats tell it as unreadable.

import * as age from "../age.js";
import { fromHex } from "../bytes.js";
import { checkRecipient } from "../charter/roster.js";
import { checkName, unpack } from "../container.js";
import { checkOriginal, readDissent } from "../documents/dissent.js";
import { Refusal, refuse } from "../errors.js";
import { openLarge } from "../large.js";
import { checkForm, checkManifest, keyFingerprint } from "../manifests.js";
import { utf8 } from "../record/texts.js";

export const DISSENT_FILE = "dissent.json";
export const UNANSWERABLE = "return"; // the fault of a filing to whose author nothing can be written
const CODE = "document";

// What the author filed: {dissent, original: bytes, attachments: [{n, name, size, data}], manifest, faults}. `parts` are the sealed
// attachments; one that is undefined is large and stays unopened, with the `hash` its manifest names.
export async function openFiling(body, parts, view, seat) {
  const author = fromHex(view.grant.author);
  const opened = await open(body, view, author);
  const inside = [];
  for (const part of parts) inside.push(part && (await open(part, view, author)));
  const { dissent, original } = dissentIn(opened.files);
  const rows = opened.manifest.type === "submit" ? opened.manifest.attachments : [];
  if (opened.manifest.type !== "submit" || rows.length !== parts.length) refuse(CODE, "other-attachments");
  const attachments = inside.map((part, at) => attached(at + 1, part, rows[at]));
  const measured = measure(original, dissent, attachments.map(({ size }) => size));
  const faults = [...filingFaults(opened.manifest, inside, view), ...beyond(measured, view.charter.limits), ...(await unanswerable(opened.manifest))];
  const reads = view.grant.giver !== "" || readersOf(opened.manifest).some((row) => row.seat === seat);
  return { dissent, original, attachments, manifest: opened.manifest, faults: reads ? faults : [...faults, "recipients"] };
}

// Sealing tells it: a key can be well formed and still be none that anything is sealed to.
async function unanswerable(manifest) {
  try {
    checkRecipient(manifest.return);
    await age.seal(new Uint8Array(), [manifest.return]);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [UNANSWERABLE];
  }
}

// What the charter limits in a filing, by the limits' names: `sizes` are the attachments', in bytes.
export function measure(original, { text, claims }, sizes) {
  const texts = [text, claims.map((claim) => claim.text).join("")]; // both were made of the original, so neither is longer
  const bytes = Math.max(original.length, ...texts.map((part) => utf8(part).length));
  const sum = sizes.reduce((total, size) => total + size, 0);
  return { text_bytes: bytes, claims: claims.length, files: sizes.length, file_bytes: Math.max(0, ...sizes), total_bytes: sum };
}

// The facts of a mismatch with the charter: each limit that a filing goes beyond.
export function beyond(measured, limits) {
  return Object.keys(measured).filter((name) => measured[name] > limits[name]).map((name) => `limits.${name}`);
}

// Whom the author sealed it to, as the manifest lists them.
export function readersOf({ recipients }) {
  return recipients;
}

// The seats that the author left out.
export function recusedIn({ recused }) {
  return recused;
}

// A large attachment of the filing, {blob}; `sealed` is a Blob. Throws where it is unreadable, or another than was filed.
export async function openLargeAttachment(sealed, { n, name, size, hash }, view) {
  const { manifest, blob } = await openLarge(sealed, { identities: [view.grant.caseKey], by: fromHex(view.grant.author) });
  checkManifest(manifest, { type: "attachment", n, ...common(view) });
  const [row] = manifest.files;
  if (row.name !== name || row.sha256 !== hash || row.size !== size) refuse(CODE, "another-attachment");
  return blob;
}

async function open(sealed, { grant }, by) {
  const opened = await unpack(await age.open(sealed, [grant.caseKey]), { by });
  checkForm(opened.manifest);
  return opened;
}

function dissentIn(files) {
  const names = [...files.keys()];
  if (names.length !== 2 || names[0] !== DISSENT_FILE) refuse(CODE, "other-files");
  const dissent = readDissent(files.get(DISSENT_FILE));
  if (dissent.original !== names[1]) refuse(CODE, "another-original");
  checkOriginal(dissent, files.get(names[1]));
  return { dissent, original: files.get(names[1]) };
}

function attached(n, part, row) {
  if (part === undefined) {
    checkName(row.name);
    return { n, name: row.name, size: row.size, hash: row.sha256, data: undefined };
  }
  if (part.files.size !== 1) refuse(CODE, "several-files");
  const [[name, data]] = part.files;
  return { n, name, size: data.length, hash: part.manifest.files[0].sha256, data };
}

// What every manifest of the filing must say.
function common({ items, grant }) {
  const { origin, case: id, charter, roster } = items[0].event;
  return { origin, case: id, charter, roster, seq: 0, prev: "", seat: "", case_key: keyFingerprint(grant.recipient) };
}

function filingFaults(manifest, inside, view) {
  const faults = [];
  try {
    checkManifest(manifest, { type: "submit", salt: view.grant.salt, ...common(view) });
    inside.forEach((part, at) => part && checkManifest(part.manifest, { type: "attachment", n: at + 1, ...common(view) }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    faults.push("manifest");
  }
  const differs = inside.some((part, at) => part !== undefined && !isRow(manifest.attachments[at], at + 1, part.manifest.files[0]));
  return differs ? [...faults, "attachments"] : faults;
}

function isRow(told, n, { name, sha256, size }) {
  return Object.keys(told).length === 4 && told.n === n && told.name === name && told.sha256 === sha256 && told.size === size;
}
