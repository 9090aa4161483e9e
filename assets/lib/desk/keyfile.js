// SPDX-License-Identifier: AGPL-3.0-or-later
// A seat's key file: canonical JSON under a passphrase, as an armored age file that the command line, and any age tool, opens too. As
// src/demur/seal/keyfile.py. A practice key may lie in clear.
//
// A key here is {seat ("" until it is filled), identity, recipient, seed, public (bytes), created (POSIX seconds)}.

import { armor, Decrypter, Encrypter } from "age-encryption";
import { newIdentity, recipientOf } from "../age.js";
import { fromHex, toHex } from "../bytes.js";
import { dump, load } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { Refusal, refuse } from "../errors.js";
import { same, utf8 } from "../record/texts.js";
import { bitsAsWords } from "../returning.js";
import { publicKey } from "../signing.js";

export const PASSPHRASE_WORDS = 7; // 77 bits, behind scrypt
const CODE = "key-file";
const TYPE = "demur/seat-key";
const WORK_FACTOR = 18; // 2^18 blocks: about a second, 256 MiB; what Python, typage and age choose
const ARMORED = "-----BEGIN AGE ENCRYPTED FILE-----";

// A fresh key; `now` is POSIX seconds.
export async function newKey(seat, now) {
  const { identity, recipient } = await newIdentity();
  const seed = crypto.getRandomValues(new Uint8Array(32));
  return Object.freeze({ seat, identity, recipient, seed, public: await publicKey(seed), created: now });
}

// The key file under a passphrase: text.
export async function writeKey(key, passphrase) {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase);
  return armor.encode(await encrypter.encrypt(document(key)));
}

// Reads a key file (text). Throws "passphrase" where it does not open, "key-file" where it is none.
export async function readKey(text, passphrase) {
  const whole = text.trimStart();
  return parse(whole.startsWith(ARMORED) ? await opened(whole, passphrase) : utf8(text));
}

async function opened(text, passphrase) {
  let data;
  try {
    data = armor.decode(text);
  } catch {
    refuse(CODE, "armor");
  }
  // Another kind of age file would fail like a wrong passphrase, and a person would try word after word.
  if (!/^age-encryption\.org\/v1\n-> scrypt /.test(fromLatin(data.subarray(0, 40)))) refuse(CODE, "no-passphrase-file");
  try {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    return await decrypter.decrypt(data);
  } catch {
    throw new Refusal("passphrase");
  }
}

async function parse(data) {
  const read = documentOf(data);
  if (!exact(read, ["v", "type", "seat", "age", "sign", "created"]) || read.v !== 1 || read.type !== TYPE) refuse(CODE, "not-a-seats-key");
  const { seat, age: identity, sign, created } = read;
  if (typeof seat !== "string" || typeof sign !== "string" || !/^[0-9a-f]{64}$/.test(sign) || !Number.isSafeInteger(created)) refuse(CODE, "members");
  let recipient;
  try {
    recipient = await recipientOf(identity);
  } catch {
    refuse(CODE, "identity");
  }
  const key = { seat, identity, recipient, seed: fromHex(sign), public: await publicKey(fromHex(sign)), created };
  return same(document(key), data) ? Object.freeze(key) : refuse(CODE, "not-its-one-form");
}

function documentOf(data) {
  try {
    return load(data);
  } catch {
    return refuse(CODE, "not-canonical");
  }
}

function document({ seat, identity, seed, created }) {
  return dump({ v: 1, type: TYPE, seat, age: identity, sign: toHex(seed), created });
}

// Seven words of the BIP-39 list, each from 11 fresh bits.
export function newPassphrase() {
  return bitsAsWords(crypto.getRandomValues(new Uint8Array(10)), 11 * PASSPHRASE_WORDS).join(" ");
}

function fromLatin(bytes) {
  return String.fromCharCode(...bytes);
}
