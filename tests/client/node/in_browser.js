// SPDX-License-Identifier: AGPL-3.0-or-later
// The checker inside a real browser: what of the vectors holds, what is refused, and what is a fault. Bundled and called by
// tests/client/test_browser_checker.py.

import { readChannel } from "../../../assets/lib/charter/channel.js";
import { openDirectory } from "../../../assets/lib/charter/directory.js";
import { checkDirectory } from "../../../assets/lib/charter/inforce.js";
import { checkStatement } from "../../../assets/lib/charter/officers.js";
import { choose, publicEd25519, signEd25519, verifyEd25519 } from "../../../assets/lib/ed25519.js";
import { Refusal } from "../../../assets/lib/errors.js";
import { parseReceipt, readChannelLine, receiptText, verifyReceipt } from "../../../assets/lib/receipt.js";
import { openHead } from "../../../assets/lib/record/head.js";
import { logKey, parseNote, verified } from "../../../assets/lib/record/note.js";
import { accept, parsePolicy } from "../../../assets/lib/record/policy.js";
import { openPromise } from "../../../assets/lib/record/promise.js";
import { verifyProof } from "../../../assets/lib/record/proof.js";
import { hashFrom } from "../../../assets/lib/record/texts.js";

const utf8 = (text) => new TextEncoder().encode(text);

// name of a file of vectors -> [what must hold, what must be refused], each a list of functions
const CASES = {
  note({ vkey, accepted, refused, refused_log_vkeys: untrusted }) {
    const open = (text) => async () => verified(parseNote(text), [logKey(vkey)]);
    return [accepted.map(open), [...refused.map(open), ...untrusted.map((key) => async () => logKey(key))]];
  },
  policy({ accepted, not_met: notMet, refused }) {
    const met = ({ policy, checkpoint }) => async () => accept(parsePolicy(policy), checkpoint);
    return [accepted.map(met), [...notMet.map(met), ...refused.map((text) => async () => parsePolicy(text))]];
  },
  proof({ policy, leaf, proof, refused }) {
    const verify = (text) => async () => verifyProof(text, hashFrom(leaf, "proof"), parsePolicy(policy));
    return [[verify(proof)], refused.map(verify)];
  },
  promise({ vkey, promise, refused }) {
    const open = (text) => async () => openPromise(text, logKey(vkey));
    return [[open(promise)], refused.map(open)];
  },
  head({ vkey, older, newer, refused }) {
    const open = (text) => async () => openHead(text, logKey(vkey));
    return [[older, newer].map(open), refused.map(open)];
  },
  channel({ accepted, statement }) {
    const channel = readChannel(accepted[1].document);
    const check = (row) => async () => checkStatement(row, channel);
    return [statement.accepted.map(check), statement.refused.map(check)];
  },
  directory({ channel, now, note, answer, refused_notes: bad, refused_times: times }) {
    const open = (text) => async () => openDirectory(text, (await readChannelLine(channel, "receipt")).logKey);
    const check = (time) => async () => checkDirectory(answer, await readChannelLine(channel, "receipt"), { now: time });
    return [[open(note), check(now)], [...bad.map(open), ...times.map(check)]];
  },
  receipt({ accepted, refused }) {
    const texts = new Map(accepted.map((row) => [row.name, row.receipt]));
    const whole = (text, now) => async () => {
      const receipt = await parseReceipt(utf8(text));
      if (receiptText(receipt) !== text) throw new TypeError("written otherwise");
      return verifyReceipt(receipt, { now });
    };
    const changed = (row) => row.replace.reduce((text, [old, other]) => text.replaceAll(old, other), texts.get(row.name));
    return [accepted.map((row) => whole(row.receipt, row.now)), refused.map((row) => whole(changed(row), row.now))];
  },
};

globalThis.check = async (name, file, way) => {
  choose(way);
  const told = { held: 0, refused: 0, faults: [] };
  const [good, bad] = CASES[name](file);
  for (const work of good) {
    try {
      await work();
      told.held += 1;
    } catch (error) {
      told.faults.push(`${name}: ${error.stack}`);
    }
  }
  for (const work of bad) {
    try {
      await work();
      told.faults.push(`${name}: held`);
    } catch (error) {
      if (error instanceof Refusal) told.refused += 1;
      else told.faults.push(`${name}: ${error.stack}`);
    }
  }
  return JSON.stringify({ ...told, expected: [good.length, bad.length] });
};

// Whether the two ways make the same key and signature, and each holds the other's.
globalThis.agree = async (seed) => {
  const made = [];
  for (const way of ["webcrypto", "portable"]) {
    choose(way);
    made.push([await publicEd25519(utf8(seed)), await signEd25519(utf8(seed), utf8("text"))]);
  }
  const [[key, signature], [other, second]] = made;
  choose("webcrypto");
  const holds = await verifyEd25519(other, utf8("text"), second);
  return holds && String(key) === String(other) && String(signature) === String(second);
};
