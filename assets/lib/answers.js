// SPDX-License-Identifier: AGPL-3.0-or-later
// What the log answers to a filing or an act: promise, opening, head. Each is verified before anything is believed. As
// src/demur/client/answers.py.
//
// A promise counts only if it names exactly the entries this machine can compute from what it sent and what it was told; then the log has
// signed its own obligation, and breaking it makes evidence.

import { Refusal, refuse, under } from "./errors.js";
import { checkOpening, leafOf } from "./events.js";
import { openHead } from "./record/head.js";
import { openPromise } from "./record/promise.js";
import { same } from "./record/texts.js";

const CODE = "bad-answer";
const WINDOW = 300; // seconds a promise may lie from this machine's clock (PROTOCOL section 4)

// Verifies the answer to an act in `mailbox`: {promiseNote, promise, event, r, headNote, head}. `before` are leaf hashes that the promise must
// name before the event's own; `since` and `until` (POSIX seconds) bound when it was asked, `acceptClock` takes any time.
export async function readAnswer(answer, channel, { mailbox, before = [], since, until, acceptClock = false }) {
  const read = await under(CODE, async () => {
    const [promiseNote, headNote] = [String(answer.promise), String(answer.head)];
    const promise = await openPromise(promiseNote, channel.logKey);
    return { ...checkOpening(answer.opening), promiseNote, promise, headNote, head: await openHead(headNote, channel.logKey) };
  });
  const { event, r, promise, head } = read;
  checkEntries(promise.entries, [...before, leafOf(event, r)]);
  if (promise.channel !== channel.digest || promise.policy !== channel.policy.sha256) refuse(CODE, "another-channel");
  if (promise.time !== event.time) refuse(CODE, "two-times");
  if (head.mailbox !== mailbox || head.count <= event.seq) refuse(CODE, "not-counted");
  checkTime(promise.time, { since, until, acceptClock });
  return Object.freeze(read);
}

function checkEntries(promised, wanted) {
  if (promised.length !== wanted.length || !promised.every((leaf, at) => same(leaf, wanted[at]))) refuse(CODE, "other-entries");
}

function checkTime(time, { since, until, acceptClock }) {
  if (acceptClock || (time >= since - WINDOW && time <= until + WINDOW)) return;
  throw new Refusal("clock-differs", { seconds: Math.min(Math.abs(time - since), Math.abs(time - until)) });
}
