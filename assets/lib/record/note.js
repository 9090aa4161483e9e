// SPDX-License-Identifier: AGPL-3.0-or-later
// Signed notes (c2sp.org/signed-note): text, a blank line, signature lines. Canonical: writeNote(parseNote(x)) is x.
// As src/demur/record/note.py.
//
// A key's name and its 4-byte id pick the key to try; they are no proof, since anybody can make a key with that id. A known key whose
// signature fails refuses the whole note; unknown keys are passed over, as the format demands.
//
// A key is {name, kind, bytes, id, vkey, check(text, signature)}: `id` is 8 hex digits, `check` resolves to whether the signature holds.

import { checkPublic, verifyEd25519 } from "../ed25519.js";
import { Refusal, refuse } from "../errors.js";
import { isWellFormed, toHex } from "../bytes.js";
import { concat, fromBase64, sha256, toBase64, utf8 } from "./texts.js";

const ED25519 = 0x01;
const MAX_SIGNATURES = 64;
const MAX_SIZE = 1_048_576; // bytes; 64 ML-DSA-44 signatures take 210 kB
const CODE = "note";

// Throws unless `name` can be a key's name: not empty, no space, plus sign or control character.
export function checkName(name) {
  if (name === "" || /[+\p{C}\p{Z}]/u.test(name)) refuse(CODE, "key-name");
}

export function formatVkey(name, kind, bytes) {
  const typed = concat(Uint8Array.of(kind), bytes);
  return `${name}+${keyId(name, typed)}+${toBase64(typed)}`;
}

function keyId(name, typed) {
  return toHex(sha256(utf8(`${name}\n`), typed).subarray(0, 4));
}

// Name, type, public key and id of a vkey in its one form.
export function parseVkey(text) {
  const [name, id, ...rest] = text.split("+");
  if (rest.length === 0) refuse(CODE, "key");
  checkName(name);
  const typed = fromBase64(rest.join("+"), CODE);
  if (typed.length < 2 || keyId(name, typed) !== id) refuse(CODE, "key-id");
  return { name, kind: typed[0], bytes: typed.subarray(1), id, vkey: text };
}

// A log's own public key, type 0x01.
export function logKey(vkey) {
  const key = parseVkey(vkey);
  if (key.kind !== ED25519) refuse(CODE, "key-type");
  checkPublic(key.bytes);
  return Object.freeze({ ...key, check: (text, signature) => verifyEd25519(key.bytes, utf8(text), signature) });
}

// {text, signatures: [{name, id, data}]}; nothing of it is to be believed before `verified`.
export function parseNote(data) {
  if (!isWellFormed(data) || utf8(data).length > MAX_SIZE || /[\x00-\x09\x0b-\x1f]/.test(data)) refuse(CODE, "characters");
  const at = data.lastIndexOf("\n\n");
  if (at < 1 || !data.endsWith("\n")) refuse(CODE, "no-signatures");
  const lines = data.slice(at + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) refuse(CODE, "too-many-signatures");
  const note = Object.freeze({ text: data.slice(0, at + 1), signatures: lines.map(parseSignature) });
  return writeNote(note) === data ? note : refuse(CODE, "not-its-one-form");
}

function parseSignature(line) {
  const at = line.indexOf(" ", 2);
  if (!line.startsWith("— ") || at < 0) refuse(CODE, "signature-line");
  const name = line.slice(2, at);
  checkName(name);
  const data = fromBase64(line.slice(at + 1), CODE);
  if (data.length < 5) refuse(CODE, "signature-line");
  return Object.freeze({ name, id: toHex(data.subarray(0, 4)), head: data.subarray(0, 4), data: data.subarray(4) });
}

export function writeNote({ text, signatures }) {
  return `${text}\n${signatures.map(({ name, head, data }) => `— ${name} ${toBase64(concat(head, data))}\n`).join("")}`;
}

// Each known key with its signature, in the note's order: [{key, data}]. Every line of a known key is checked, not only its first: what
// follows a checked line would else be believed too.
export async function verified(note, keys) {
  const found = [];
  for (const { name, id, data } of note.signatures) {
    const key = keys.find((known) => known.name === name && known.id === id);
    if (key === undefined) continue;
    if (!(await key.check(note.text, data))) throw new Refusal(CODE, { why: "forged" });
    found.push({ key, data });
  }
  return found.length > 0 ? found : refuse(CODE, "unknown-signers");
}

// The text of a note with exactly one signature, by `key`. A line by anybody else would be bytes that nothing vouches for.
export async function openSole(data, key) {
  const note = parseNote(data);
  await verified(note, [key]);
  return note.signatures.length === 1 ? note.text : refuse(CODE, "strangers-signature");
}
