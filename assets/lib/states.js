// SPDX-License-Identifier: AGPL-3.0-or-later
// The procedure: what can happen to a case, as one table. Pure; as src/demur/dissent/states.py, held to it by spec/vectors/procedure.json.
//
// Only a reply that counts, or the author's signed withdrawal, ends the reply clock; a reply that declines every claim counts only when a
// second seat has countersigned it; closing is refused while any clock runs; no step leads back (PROTOCOL section 7).

import { Refusal } from "./errors.js";

export const STATES = ["filed", "acknowledged", "unconfirmed", "answered", "withdrawn", "closed"];
const STAY = "="; // the step is possible, and leaves the case where it is
const refused = (code) => ({ refused: code });
const [OVER, WITHDRAWN, ANSWERED] = [refused("over"), refused("withdrawn"), refused("answered-already")];
const [ACKNOWLEDGED, RUNS, NO_CLOCK] = [refused("acknowledged-already"), refused("clock-runs"), refused("no-clock")];
const NOTHING = refused("nothing-to-countersign");

// verb -> what it leads to from each of STATES, in their order
const TABLE = {
  grant: [STAY, STAY, STAY, STAY, WITHDRAWN, OVER],
  fetch: [STAY, STAY, STAY, STAY, STAY, STAY],
  acknowledge: ["acknowledged", ACKNOWLEDGED, ACKNOWLEDGED, ACKNOWLEDGED, WITHDRAWN, OVER],
  message: [STAY, STAY, STAY, STAY, STAY, OVER],
  reply: [refused("acknowledge-first"), "answered", "answered", ANSWERED, WITHDRAWN, OVER],
  countersign: [NOTHING, NOTHING, "answered", NOTHING, WITHDRAWN, OVER],
  extend: [STAY, STAY, STAY, NO_CLOCK, NO_CLOCK, OVER],
  withdraw: ["withdrawn", "withdrawn", "withdrawn", refused("too-late-to-withdraw"), WITHDRAWN, OVER],
  close: [RUNS, RUNS, RUNS, "closed", "closed", refused("closed-already")],
  unreadable: [STAY, STAY, STAY, STAY, STAY, STAY],
  mismatch: [STAY, STAY, STAY, STAY, STAY, STAY],
};
export const VERBS = Object.keys(TABLE);

// The state after `verb`. Throws the table's code where there is no such step. `declinesAll` matters for a reply only: such a reply waits
// for a second seat.
export function nextState(state, verb, { declinesAll = false } = {}) {
  const answer = TABLE[verb]?.[STATES.indexOf(state)];
  if (answer === undefined) throw new Refusal("story", { why: `no step ${verb}` });
  if (answer.refused) throw new Refusal(answer.refused, { verb });
  if (verb === "reply" && declinesAll) return "unconfirmed";
  return answer === STAY ? state : answer;
}

// Why `verb` cannot be done in `state`: a code, "" where it can.
export function whyNot(state, verb) {
  return TABLE[verb][STATES.indexOf(state)].refused ?? "";
}

// What has happened to a case before anything has.
export const BEGINNING = Object.freeze({
  state: "filed",
  seq: 0,
  receivedAt: undefined,
  acknowledgedSeq: undefined,
  replySeq: undefined, // the last reply, counting or not
  replySeat: "",
  answeredSeq: undefined, // the act by which a reply counts: the reply, or its countersignature
  withdrawnSeq: undefined,
  closedSeq: undefined,
  extended: Object.freeze({}), // clock -> until, POSIX seconds
  extensions: 0,
  granted: Object.freeze([]), // seats added after filing
  fetched: Object.freeze([]), // [{seat, item}]
});

// The story told by `events` in order, from seq 0 or 1. Throws where one cannot follow.
export function fold(events) {
  return events.reduce(tell, BEGINNING);
}

// The story with one more event.
export function tell(story, event) {
  const { seq, type } = event;
  if (type === "submit") return Object.freeze({ ...story, seq });
  if (type === "received") return Object.freeze({ ...story, seq, receivedAt: event.time });
  const state = nextState(story.state, type, { declinesAll: type === "reply" && declinesAll(event) });
  return Object.freeze({ ...story, state, seq, ...TELL[type]?.({ ...story, state }, event) });
}

// Whether a reply answers nothing and refers nothing but declines something.
export function declinesAll({ answered, referred, declined }) {
  return declined > 0 && answered === 0 && referred === 0;
}

const TELL = {
  acknowledge: (_, { seq }) => ({ acknowledgedSeq: seq }),
  reply: ({ state }, { seq, seat }) => ({ replySeq: seq, replySeat: seat, answeredSeq: state === "answered" ? seq : undefined }),
  countersign: (story, { seq, reply }) => {
    if (reply !== story.replySeq) throw new Refusal("another-reply");
    return { answeredSeq: seq };
  },
  extend: ({ extended, extensions }, { clock, until }) => ({ extended: { ...extended, [clock]: until }, extensions: extensions + 1 }),
  withdraw: (_, { seq }) => ({ withdrawnSeq: seq }),
  close: (_, { seq }) => ({ closedSeq: seq }),
  grant: ({ granted }, { to }) => ({ granted: [...new Set([...granted, to])].sort() }),
  fetch: ({ fetched }, { seat, item }) => {
    const again = fetched.some((row) => row.seat === seat && row.item === item);
    return { fetched: again ? fetched : [...fetched, { seat, item }] };
  },
};
