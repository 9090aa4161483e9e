// SPDX-License-Identifier: AGPL-3.0-or-later
// The procedure: what can happen to a case, as one table. Pure; as src/demur/dissent/states.py, held to it by spec/vectors/procedure.json.
//
// Only a reply that counts, the author's signed withdrawal, or "could not be read" said by two seats ends the reply clock. A reply that
// answers and refers nothing counts only when a second seat has countersigned it; one that was reported as faulty is disputed until a new
// reply or a second seat's signature. Closing is refused while any clock runs (PROTOCOL section 7). Events of version 1 are judged by the
// table alone, as they were.

import { Refusal } from "./errors.js";

export const FILING = 0; // the item that is the filing itself
export const STATES = ["filed", "acknowledged", "unconfirmed", "disputed", "answered", "unreadable", "withdrawn", "closed"];
const STAY = "="; // the step is possible, and leaves the case where it is
const refused = (code) => ({ refused: code });
const [OVER, WITHDRAWN, ANSWERED] = [refused("over"), refused("withdrawn"), refused("answered-already")];
const [ACKNOWLEDGED, RUNS, NO_CLOCK] = [refused("acknowledged-already"), refused("clock-runs"), refused("no-clock")];
const [NOTHING, READABLE_FIRST, NOT_DOUBTED] = ["nothing-to-countersign", "readable-first", "not-doubted"].map(refused);
const [LATE, DISPUTED] = [refused("too-late-to-withdraw"), refused("disputed")];

// verb -> what it leads to from each of STATES, in their order
const TABLE = {
  grant: [STAY, STAY, STAY, STAY, STAY, STAY, WITHDRAWN, OVER],
  fetch: [STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY],
  acknowledge: ["acknowledged", ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED, READABLE_FIRST, WITHDRAWN, OVER],
  message: [STAY, STAY, STAY, STAY, STAY, STAY, STAY, OVER],
  reply: [refused("acknowledge-first"), "answered", "answered", "answered", ANSWERED, READABLE_FIRST, WITHDRAWN, OVER],
  countersign: [NOTHING, NOTHING, "answered", "answered", NOTHING, NOTHING, WITHDRAWN, OVER],
  extend: [STAY, STAY, STAY, STAY, NO_CLOCK, NO_CLOCK, NO_CLOCK, OVER],
  withdraw: ["withdrawn", "withdrawn", "withdrawn", "withdrawn", LATE, "withdrawn", WITHDRAWN, OVER],
  close: [RUNS, RUNS, RUNS, DISPUTED, "closed", "closed", "closed", refused("closed-already")],
  unreadable: [STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY],
  mismatch: [STAY, STAY, STAY, STAY, STAY, STAY, STAY, STAY],
  readable: [NOT_DOUBTED, NOT_DOUBTED, NOT_DOUBTED, NOT_DOUBTED, NOT_DOUBTED, "filed", NOT_DOUBTED, NOT_DOUBTED],
};
export const VERBS = /* @__PURE__ */ Object.keys(TABLE);

// The state after `verb` by the table alone. Throws the table's code where there is no such step; `turned` says what an act's content changes.
export function nextState(state, verb) {
  const answer = TABLE[verb]?.[STATES.indexOf(state)];
  if (answer === undefined) throw new Refusal("story", { why: `no step ${verb}` });
  if (answer.refused) throw new Refusal(answer.refused, { verb });
  return answer === STAY ? state : answer;
}

// Why `verb` cannot be done in `state`: a code, "" where it can.
export function whyNot(state, verb) {
  return TABLE[verb][STATES.indexOf(state)].refused ?? "";
}

// What has happened to a case before anything has. Times are POSIX seconds as the log claims them.
export const BEGINNING = Object.freeze({
  state: "filed",
  seq: 0,
  time: 0, // of the last event
  receivedAt: undefined,
  acknowledgedSeq: undefined,
  acknowledgedAt: undefined,
  replySeq: undefined, // the last reply, counting or not
  replySeat: "",
  replyV: 0, // the version of its event; one of version 1 is judged as it was
  replyAt: undefined,
  replyDeclines: false, // it answers and refers nothing, and waits for a second seat
  disputedSeq: undefined, // the report that disputed the last reply; a reply is disputed once
  authorDisputes: 0, // reports by the author of a reply, of any reply, also those that moved no clock
  answeredSeq: undefined, // the act by which a reply counts: the reply, or its countersignature
  withdrawnSeq: undefined,
  closedSeq: undefined,
  extended: Object.freeze({}), // clock -> until, POSIX seconds
  extensions: 0,
  granted: Object.freeze([]), // seats added after filing
  fetched: Object.freeze([]), // [{seat, item}]
  bodies: Object.freeze([]), // events that came with a sealed text
  unreadableBy: Object.freeze([]), // seats that say that the filing cannot be read
  unreadableSeq: undefined, // the second seat's word, by which the filing could not be read
  unreadableAt: undefined,
  readableSeq: undefined, // somebody has read it: from then on nobody's word ends the clocks
  changed: Object.freeze({}), // verb -> the last event of it that changed where the case stands
  unknown: 0, // events that this version does not know
});

// Whether a reply's event answers and refers no claim. In version 1 only one that declines something is meant.
export function answersNothing({ v, answered, referred, declined }) {
  return answered === 0 && referred === 0 && (v > 1 || declined > 0);
}

// The state after `event`, its content considered. Throws where the procedure has no such step from here.
export function turned(story, event) {
  return TURNS[event.type]?.(story, event) ?? nextState(story.state, event.type);
}

const firstDispute = (story, { v, item }) => {
  const replied = ["unconfirmed", "answered", "closed"].includes(story.state) && story.withdrawnSeq === undefined;
  return replied && Math.min(v, story.replyV) > 1 && item === story.replySeq && story.disputedSeq === undefined;
};

const secondWord = (story, { v, item, seat }) => {
  const waits = ["filed", "acknowledged"].includes(story.state) && story.readableSeq === undefined;
  return waits && v > 1 && item === FILING && seat !== "" && story.unreadableBy.some((other) => other !== seat);
};

// verb -> the state to which an act leads because of what was said with it; undefined where the table decides
const TURNS = {
  reply: (story, event) => (["acknowledged", "unconfirmed", "disputed"].includes(story.state) && answersNothing(event) ? "unconfirmed" : undefined),
  mismatch: (story, event) => (firstDispute(story, event) ? "disputed" : undefined),
  unreadable: (story, event) => (firstDispute(story, event) ? "disputed" : secondWord(story, event) ? "unreadable" : undefined),
  readable: ({ state, unreadableSeq, acknowledgedSeq }) => {
    if (!["unreadable", "closed"].includes(state) || unreadableSeq === undefined) return undefined;
    return acknowledgedSeq === undefined ? "filed" : "acknowledged";
  },
};

// The story told by `events` in order, from seq 0 or 1. Throws where one cannot follow.
export function fold(events) {
  return events.reduce(tell, BEGINNING);
}

// The story with one more event. Who acted, and whether the charter allows what was said, is for procedure.js to judge.
export function tell(story, event) {
  const { seq, type, time } = event;
  if (type === "submit") return Object.freeze({ ...story, seq });
  if (type === "received") return Object.freeze({ ...story, seq, time, receivedAt: time });
  const state = turned(story, event);
  const changes = state !== story.state || ["reply", "extend"].includes(type);
  const changed = changes ? { ...story.changed, [type]: seq } : story.changed;
  const after = { ...passOver(story, event), state, changed };
  return Object.freeze({ ...after, ...TELL[type]?.(after, event) });
}

// The story with an event that leaves the case where it is: one that this version does not know, or that was not allowed.
export function passOver(story, { seq, time, body }) {
  return Object.freeze({ ...story, seq, time, bodies: body ? [...story.bodies, seq] : story.bodies });
}

const toldFault = (story, { v, seq, seat, item }) => {
  const author = v > 1 && item === story.replySeq && seat === "";
  const disputes = story.state === "disputed" && story.disputedSeq === undefined;
  return {
    authorDisputes: story.authorDisputes + (author ? 1 : 0),
    ...(disputes ? { disputedSeq: seq, answeredSeq: undefined, closedSeq: undefined } : {}),
  };
};

const TELL = {
  acknowledge: (_, { seq, time }) => ({ acknowledgedSeq: seq, acknowledgedAt: time }),
  reply: ({ state }, { v, seq, seat, time }) => ({
    ...{ replySeq: seq, replySeat: seat, replyV: v, replyAt: time, replyDeclines: state === "unconfirmed", disputedSeq: undefined },
    answeredSeq: state === "answered" ? seq : undefined,
  }),
  countersign: (story, { seq, reply }) => {
    if (reply !== story.replySeq) throw new Refusal("another-reply");
    // It confirms a reply that declines everything from now on; to one that was only disputed it gives back its own time.
    return { answeredSeq: story.replyDeclines ? seq : story.replySeq };
  },
  extend: ({ extended, extensions }, { clock, until }) => ({ extended: { ...extended, [clock]: until }, extensions: extensions + 1 }),
  withdraw: (_, { seq }) => ({ withdrawnSeq: seq, unreadableSeq: undefined, unreadableAt: undefined }),
  close: (_, { seq }) => ({ closedSeq: seq }),
  grant: ({ granted }, { to }) => ({ granted: [...new Set([...granted, to])].sort() }),
  fetch: ({ fetched }, { seat, item }) => {
    const again = fetched.some((row) => row.seat === seat && row.item === item);
    return { fetched: again ? fetched : [...fetched, { seat, item }] };
  },
  mismatch: toldFault,
  unreadable: (story, event) => {
    const { v, seq, seat, item, time } = event;
    if (v === 1) return {};
    if (item !== FILING || seat === "") return toldFault(story, event);
    const unreadableBy = [...new Set([...story.unreadableBy, seat])].sort();
    const second = story.state === "unreadable" && story.unreadableSeq === undefined;
    return second ? { unreadableBy, unreadableSeq: seq, unreadableAt: time } : { unreadableBy };
  },
  readable: (_, { seq }) => ({
    ...{ readableSeq: seq, unreadableBy: [], unreadableSeq: undefined },
    ...{ unreadableAt: undefined, closedSeq: undefined },
  }),
};
