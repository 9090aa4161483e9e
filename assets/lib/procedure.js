// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether an act may be taken: one judgement for the server that records it and for every client that reads it. Pure; as
// src/demur/dissent/procedure.py, held to it by spec/vectors/procedure.json.
//
// may.js says who may, states.js which step exists, timing.js what the charter allows of dates; here they are asked together. What a client
// finds in a thread that a server should have refused is a told fault and changes nothing: else a server and a custodian together could bury
// a case unseen.

import { Refusal, accepted } from "./errors.js";
import { isKnown, UNSIGNED } from "./events.js";
import { checkMay } from "./may.js";
import { FILING, passOver, tell } from "./states.js";
import { checkExtension, closingOpens } from "./timing.js";

// What somebody may do on a case that holds an event which their version does not know: to speak, to read and to report a fault.
const FREE_OF_UNKNOWN = ["message", "withdraw", "mismatch", "unreadable", "readable", "fetch"];

const WITH_TEXT = ["message", "reply", "extend", "grant"]; // no reply without text, no extension or grant without reason

// What an act conflicts with: where one of these came after what its actor had read, and changed where the case stands, the server should have
// refused it. What is not named conflicts with nothing.
const ENDS = ["withdraw", "unreadable"];
export const CONFLICTS = {
  acknowledge: ["acknowledge", ...ENDS],
  reply: ["reply", "countersign", ...ENDS],
  countersign: ["reply", "countersign", "mismatch", ...ENDS],
  extend: ["extend", "reply", "countersign", ...ENDS],
  close: ["close", "reply", "countersign", "mismatch", "readable", ...ENDS],
};

// {story, fault}: the story with one more event that was read, and what is wrong with it: "" if nothing, else a fault's name (`conflict`, `who`,
// `step`, `extension`, `close`, `fetch`, `time`, `text`). A faulty event changes nothing; nor does one that this version does not know. `times` as in
// timing.js.
export function judge(charter, story, event, times = new Map()) {
  if (!isKnown(event)) return { story: Object.freeze({ ...passOver(story, event), unknown: story.unknown + 1 }), fault: "" };
  const checks = UNSIGNED.includes(event.type) ? [["step", checkStep]] : CHECKS;
  const found = checks.find(([, check]) => !accepted(() => check(charter, story, event, times)));
  return found === undefined ? { story: tell(story, event), fault: "" } : { story: passOver(story, event), fault: found[0] };
}

// Throws if the case holds an event that this version does not know and `verb` could depend on it.
export function checkKnown(story, verb) {
  if (story.unknown > 0 && !FREE_OF_UNKNOWN.includes(verb)) throw new Refusal("update-to-act", { verb });
}

// Throws, with the moment from which it can be (POSIX seconds), while a case cannot be closed: the author still has time to contradict.
export function checkClosing(charter, story, at) {
  const opens = closingOpens(charter, story);
  if (opens !== undefined && at <= opens) throw new Refusal("close-later", { opens });
}

function checkStep(_charter, story, event) {
  tell(story, event);
}

const CHECKS = [
  ["conflict", (_, { changed }, { type, v, seen }) => {
    if (v > 1 && CONFLICTS[type]?.some((other) => changed[other] > seen.seq)) throw new Refusal("moved-on");
  }],
  ["who", (charter, story, { type, seat }) => checkMay(charter, type, seat, story)],
  ["step", checkStep],
  ["extension", (charter, story, { type, v, clock, until }, times) => {
    if (type === "extend") checkExtension(charter, story, { clock, until, v, times });
  }],
  ["close", (charter, story, { type, v, seq, time }, times) => {
    if (type === "close" && v > 1) checkClosing(charter, story, Math.max(time, times.get(seq) ?? 0));
  }],
  ["fetch", (_, story, { type, v, item, seat }) => {
    if (type !== "fetch" || v === 1) return;
    if (item !== FILING && !story.bodies.includes(item)) throw new Refusal("no-such-item", { item });
    if (story.fetched.some((row) => row.seat === seat && row.item === item)) throw new Refusal("fetched-already", { item });
  }],
  ["time", (_, story, { v, time }) => {
    if (v > 1 && time < story.time) throw new Refusal("dated-before", { time });
  }],
  ["text", (_charter, _story, { v, type, body }) => {
    if (v > 1 && WITH_TEXT.includes(type) && !body) throw new Refusal("empty", { what: "text" });
  }],
];

