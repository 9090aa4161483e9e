// SPDX-License-Identifier: AGPL-3.0-or-later
// What `script/bench pages` measures inside a browser, beside its floors: our own modules in a worker, with a clock of their own. It is put in
// the place of the author's worker for one browser that nobody else uses, so it obeys the policy that the real ones obey.

import { x25519 } from "@noble/curves/ed25519.js";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import * as age from "../assets/lib/age.js";
import { fromText } from "../assets/lib/documents/made.js";
import { prepare } from "../assets/lib/filing.js";
import { serverAt } from "../assets/lib/http.js";
import { Filer } from "../assets/pages/author/filer.js";
import { Desk } from "../assets/pages/desk/methods.js";
import { serve } from "../assets/pages/web/rpc.js";

const FILES = 2; // sealed beside the items of the seats: the text, and the author's own copy
const ADDRESS = self.location.origin;
const clock = () => Math.floor(Date.now() / 1000);
const filer = new Filer({ server: serverAt(ADDRESS), clock });
const kem = ml_kem768.keygen().publicKey;
const reader = x25519.getPublicKey(crypto.getRandomValues(new Uint8Array(32)));
let fetched = []; // {path, bytes} of every answer
const counting = serverAt(ADDRESS, { fetch: counted });

async function counted(url, options) {
  const answer = await fetch(url, options);
  const data = await answer.arrayBuffer();
  fetched.push({ path: new URL(url).pathname, bytes: data.byteLength });
  return new Response([204, 304].includes(answer.status) ? null : data, { status: answer.status, headers: answer.headers });
}

async function milliseconds(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

// Seals a text of `size` bytes to all seats that read under `facts`: {ms, seats, bytes (of the filing)}. What is in force was proved before.
async function seal({ size, facts }) {
  if (filer.charter === undefined) await filer.look();
  const limits = await counting.getJson("/api/v1/limits");
  const line = "A paragraph of the dissent that says something. ";
  const bytes = new TextEncoder().encode(`Subject\n\n${line.repeat(Math.ceil(size / line.length))}`.slice(0, size));
  const written = fromText({ name: "dissent.txt", bytes });
  const wish = { ...written, original: bytes, attachments: [], facts, recused: [], newKeys: [] };
  const { memory, charter } = filer;
  let made;
  const ms = await milliseconds(async () => {
    made = await prepare({ wish, found: memory.found, charter, address: ADDRESS, limits, now: clock() });
  });
  return { ms, seats: made.seats, bytes: made.bundle.length };
}

// The least that it takes a browser: a key agreement of both kinds for each file, and the cipher once over as many bytes.
async function agree({ seats, bytes }) {
  const data = new Uint8Array(bytes);
  const ms = await milliseconds(async () => {
    const theirs = await crypto.subtle.importKey("raw", reader, { name: "X25519" }, false, []);
    for (let n = 0; n < seats + FILES; n += 1) {
      ml_kem768.encapsulate(kem);
      const own = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
      await crypto.subtle.deriveBits({ name: "X25519", public: theirs }, own.privateKey, 256);
    }
    chacha20poly1305(new Uint8Array(32), new Uint8Array(12)).encrypt(data);
  });
  return { ms };
}

// A desk from its unlocked key to the list: milliseconds until something is shown and until all is, how many cases, and the size of the
// sealed list that the first view was made from.
async function desk({ vault, seat }) {
  fetched = [];
  const sitting = new Desk({ server: counting, clock });
  const began = performance.now();
  let [first, shown, kept] = [0, 0, 0];
  await sitting.methods.unlock({ vault, passphrase: "", seat });
  const list = await sitting.methods.today({}, ({ stage, list: begun }) => {
    if (stage !== "first") return;
    [first, shown] = [performance.now() - began, begun.cases.length];
    kept = fetched.filter(({ path }) => path.includes("/kept/")).reduce((sum, { bytes }) => sum + bytes, 0);
  });
  return { first, shown, kept, whole: performance.now() - began, cases: list.cases.length, faults: list.faults.length };
}

// One sealed file of `size` bytes, opened.
async function openOne({ size }) {
  const { identity, recipient } = await age.newIdentity();
  const sealed = await age.seal(new Uint8Array(size), [recipient]);
  return { ms: await milliseconds(() => age.open(sealed, [identity])) };
}

serve({ seal, agree, desk, openOne });
