// SPDX-License-Identifier: AGPL-3.0-or-later
// age files (spec/age.md) by typage, in Demur's profile: post-quantum recipients, or a passphrase alone. As src/demur/seal/age/.
//
// A file that has a classical recipient beside a post-quantum one is as weak as the classical one, for as long as the record lasts. So
// only age1pq recipients are taken, and typage never sees another.

import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from "age-encryption";
import { refuse, Refusal } from "./errors.js";
import { same, utf8 } from "./record/texts.js";

const CODE = "sealed-file";
const BEGINNING = /* @__PURE__ */ utf8("age-encryption.org/v1\n");

// A new key: {identity: "AGE-SECRET-KEY-PQ-1…", recipient: "age1pq1…"}.
export async function newIdentity() {
  const identity = await generateHybridIdentity();
  return { identity, recipient: await identityToRecipient(identity) };
}

// The recipient of an identity. Throws unless it is a post-quantum one.
export async function recipientOf(identity) {
  if (typeof identity !== "string" || !identity.startsWith("AGE-SECRET-KEY-PQ-1")) refuse(CODE, "identity");
  return mended(() => identityToRecipient(identity));
}

// An age file over `plain` for every one of `recipients`, at least one.
export async function seal(plain, recipients) {
  return mended(async () => encrypterFor(recipients).encrypt(plain));
}

// As `seal` over a ReadableStream of bytes; gives a ReadableStream.
export async function sealStream(plain, recipients) {
  return mended(async () => encrypterFor(recipients).encrypt(plain));
}

// What an age file holds, opened by the first of `identities` that fits. Throws if it is for others, or damaged.
export async function open(data, identities) {
  return mended(async () => decrypterFor(identities).decrypt(data));
}

// As `open` over a ReadableStream; what comes out is authentic piece by piece, and whole only at its end.
export async function openStream(data, identities) {
  return mended(async () => decrypterFor(identities).decrypt(data));
}

// Whether bytes begin as an age file does.
export function isSealed(data) {
  return data.length > BEGINNING.length && same(data.subarray(0, BEGINNING.length), BEGINNING);
}

function encrypterFor(recipients) {
  const encrypter = new Encrypter();
  if (recipients.length === 0) refuse(CODE, "no-recipient");
  for (const recipient of recipients) {
    if (typeof recipient !== "string" || !recipient.startsWith("age1pq1")) refuse(CODE, "not-post-quantum");
    encrypter.addRecipient(recipient);
  }
  return encrypter;
}

function decrypterFor(identities) {
  const decrypter = new Decrypter();
  if (identities.length === 0) refuse(CODE, "no-identity");
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter;
}

// typage throws plain errors, whose text can hold what it read: only that it failed goes on.
async function mended(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    return refuse(CODE, "cannot-open");
  }
}
