// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may: which actor may take which step. Pure; states.js says whether the step exists. As src/demur/dissent/policy.py.

import { Refusal } from "./errors.js";

const SHARED = ["message", "mismatch", "unreadable", "readable"]; // open to the author and to seats
const AUTHORS = ["withdraw"];
const READERS = ["fetch", "unreadable", "mismatch", "readable"]; // of any seat that reads: reporting a fault must not depend on anybody
const CUSTODIANS = ["acknowledge", "message", "grant", "close"];

// Throws, with the seats that may in `facts`, unless `seat` ("" for the author) may take this step.
export function checkMay(charter, verb, seat, story) {
  const why = mayNot(charter, verb, seat, story);
  if (why !== "") throw new Refusal(why, { verb, seats: whoMay(charter, verb), extensions: story.extensions });
}

// Why `seat` may not, a code; "" where it may.
export function mayNot(charter, verb, seat, story) {
  if (seat === "") return [...AUTHORS, ...SHARED].includes(verb) ? "" : "not-the-authors";
  if (!charter.readingSeats.some((known) => known.id === seat)) return "not-a-reader";
  if (READERS.includes(verb)) return "";
  if (verb === "countersign") return seat === story.replySeat ? "own-reply" : "";
  if (!whoMay(charter, verb).includes(seat)) return "another-seat";
  return verb === "extend" && story.extensions >= charter.extension.max ? "extended-enough" : "";
}

// The seats that may take a step of those that run the channel.
export function whoMay(charter, verb) {
  if (CUSTODIANS.includes(verb)) return [charter.custodian];
  if (verb === "reply") return [...new Set([charter.custodian, ...charter.replySeats])].sort();
  return verb === "extend" && charter.extension !== undefined ? [charter.extension.by] : [];
}

// The seats that can bring a case to its answer: they may acknowledge and reply. An author who leaves out all of them could never be answered.
export function answeringSeats(charter) {
  return whoMay(charter, "acknowledge").filter((seat) => whoMay(charter, "reply").includes(seat));
}
