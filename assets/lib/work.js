// SPDX-License-Identifier: AGPL-3.0-or-later
// Proof of work, shown when a server asks for it: only then, only as much. Format: spec/filing.md, "Work"; as src/demur/dissent/work.py and
// src/demur/client/working.py.

import { sha256 } from "@noble/hashes/sha2.js";
import { Refusal, refuse } from "./errors.js";
import { utf8 } from "./record/texts.js";

export const HEADER = "Demur-Work";
const MOST = 22; // bits: some seconds on an ordinary machine; what asks for more is not a server of Demur
const TRIES = 5; // the load may rise while we work
const BREATH = 65_536; // stamps between two pauses, so that a worker can be told to stop

// What `send(headers)` answers, with a stamp for `subject` once the server asks for one. `kind` is "filing" (an act shows as much) or
// "part"; `tell` is told the bits before they are worked on.
export async function working(server, subject, send, { origin, kind, tell = () => {} }) {
  let headers = {};
  for (let tries = TRIES; ; tries -= 1) {
    try {
      return await send(headers);
    } catch (error) {
      const wanted = error instanceof Refusal && error.code === "server" && error.facts.status === 429 && error.facts.code === "work";
      if (!wanted || tries === 0) throw error;
      headers = { [HEADER]: await stamp(server, subject, error.facts, { origin, kind, tell }) };
    }
  }
}

async function stamp(server, subject, refused, { origin, kind, tell }) {
  let { bits, challenge } = refused;
  if (bits === undefined) {
    // An older server says it at another address, and the same for every size.
    const { work } = await server.getJson("/api/v1/limits");
    [bits, challenge] = [work?.[`${kind}_bits`], work?.challenge];
  }
  if (!Number.isInteger(bits) || bits < 0 || bits > MOST || !/^[0-9a-f]{32}$/.test(challenge)) refuse("bad-answer", "work");
  tell(bits);
  return solve(subject, { origin, challenge, bits });
}

// A stamp of `bits` bits for `subject`.
export async function solve(subject, { origin, challenge, bits }) {
  const begun = sha256.create().update(utf8(`demur/work/v1\0${origin}\0${subject}\0${challenge}:`));
  for (let counter = 0; ; counter += 1) {
    const digits = counter.toString(16);
    if (zeros(begun.clone().update(utf8(digits)).digest()) >= bits) return `${challenge}:${digits}`;
    if (counter % BREATH === BREATH - 1) await new Promise((resume) => setTimeout(resume));
  }
}

// How many zero bits a hash starts with.
function zeros(hash) {
  const at = hash.findIndex((byte) => byte !== 0);
  return at < 0 ? 256 : at * 8 + Math.clz32(hash[at]) - 24;
}
