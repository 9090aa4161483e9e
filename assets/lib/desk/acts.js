// SPDX-License-Identifier: AGPL-3.0-or-later
// How a seat acts: read the case, sign an act over what was read, send it, believe only a signed answer. As src/demur/client/seatacts.py.
//
// The act names the last event that the seat had read, so nobody can say later that it had not. Where something that conflicts with the act
// came meanwhile, the server refuses; the case is read again and the act made anew, as long as the procedure still has such a step. An act that was recorded although its
// answer was lost is sent again with the same bytes by http.js, and gets the same answer.

import { makeBundle, MEDIA_TYPE } from "../bundle.js";
import { fromHex, toHex } from "../bytes.js";
import { dump } from "../canonical.js";
import { Refusal, refuse, under } from "../errors.js";
import { actOf, checkOpening, commitment, leafOf, makeAct, salted, signAct } from "../events.js";
import { checkMay } from "../may.js";
import { checkClosing, checkKnown } from "../procedure.js";
import { openPromise } from "../record/promise.js";
import { same } from "../record/texts.js";
import { publicKey } from "../signing.js";
import { nextState } from "../states.js";
import { knownOf, readCase } from "./cases.js";

const TRIES = 5; // how often a case that moved on is read again
const WINDOW = 300; // seconds a promise may lie from this machine's clock (PROTOCOL section 4)
const CODE = "bad-answer";

// A seat at work: `inForce()` asks what is in force now (charter/inforce.js), `record` is of lookups.js; `leftOut` is a Map case -> the seats
// that its author left out, of filings that were opened here. `noticed(view)` hears of a case of which a restore took what was seen.
export function seatDesk({ line, record, inForce, acceptClock = false, leftOut = new Map(), noticed = () => {} }) {
  const read = async (known) => {
    const view = await readCase(line, known, record, leftOut.get(known.grant.case));
    if (view.lost !== undefined) noticed(view);
    return view;
  };
  return Object.freeze({ line, record, inForce, acceptClock, leftOut, read });
}

// Takes a step, and gives {event, known}. `prepare(ground)` gives {fields, body (sealed bytes), files: [[role, bytes]]}; it is called again
// each time the case has moved on. `ground` is {view, inForce, place: {origin, charter, roster, key, seen}}.
export async function act(desk, known, verb, prepare) {
  for (let left = TRIES; ; left -= 1) {
    const view = await desk.read(known);
    // Nothing is signed over what the person has not seen: a restore took what stood before them.
    if (view.lost !== undefined) throw new Refusal("case-lost", { case: view.grant.case, ...view.lost });
    checkStep(desk, view, verb);
    const ground = await groundOf(desk, view, await desk.inForce());
    try {
      return await send(desk, verb, ground, await prepare(ground));
    } catch (error) {
      if (!movedOn(error)) throw error;
      if (left === 0) throw new Refusal("moved-on");
    }
  }
}

// A step without a text.
export function plain(desk, known, verb, fields = {}) {
  return act(desk, known, verb, () => ({ fields }));
}

function movedOn(error) {
  return error instanceof Refusal && error.code === "server" && error.facts.code === "moved-on";
}

// Throws unless this seat may take this step in the case as it was read.
function checkStep(desk, view, verb) {
  if (view.recused.includes(desk.line.seat)) throw new Refusal("own-left-out");
  checkKnown(view.story, verb);
  checkMay(view.charter, verb, desk.line.seat, view.story);
  if (verb !== "readable") nextState(view.story.state, verb); // what the table does not know of: a case closed as not to be read
  if (verb === "close") checkClosing(view.charter, view.story, desk.line.clock());
}

// Several acts about one reading of a case, which is not read again between them: fetches and reports conflict with nothing, so each names as
// `seen` what was read before the first. A thousand of them cost a thousand requests, not a thousand readings.
export class Series {
  #view;
  #ground;
  #made = false; // whether something was recorded since the case was read

  // `known` is the latest event that was seen or made; `view` the case, if it was just read.
  constructor(desk, known, view) {
    Object.assign(this, { desk, known });
    this.#view = view;
  }

  // The case as it was read.
  async view() {
    if (this.#view === undefined) {
      this.#view = await this.desk.read(this.known);
      [this.#ground, this.#made, this.known] = [undefined, false, knownOf(this.#view)];
    }
    return this.#view;
  }

  // The case, read once more.
  again() {
    this.#view = undefined;
    return this.view();
  }

  // The case with all that was recorded meanwhile: read once more only if there is such a thing.
  settled() {
    return this.#made ? this.again() : this.view();
  }

  // Takes a step without a text that conflicts with nothing.
  async act(verb, fields) {
    for (let left = TRIES; ; left -= 1) {
      const view = await this.view();
      checkStep(this.desk, view, verb);
      this.#ground ??= await groundOf(this.desk, view, await this.desk.inForce());
      try {
        this.known = (await send(this.desk, verb, this.#ground, { fields })).known;
        this.#made = true;
        return;
      } catch (error) {
        if (!movedOn(error)) throw error;
        if (left === 0) throw new Refusal("moved-on");
        this.#view = undefined; // the seats have changed
      }
    }
  }
}

async function groundOf({ line }, view, inForce) {
  const place = { origin: line.channel.origin, charter: view.charterLeaf, roster: inForce.directory.roster };
  const seen = { seq: view.last.n, commitment: toHex(view.last.commitment) };
  return { view, inForce, place: { ...place, seen, key: toHex(await publicKey(line.key.seed)) } };
}

async function send(desk, verb, { view, place }, { fields = {}, body, files = [] }) {
  const { line } = desk;
  const { grant } = view;
  const began = line.clock();
  const hash = body === undefined ? "" : await salted(fromHex(grant.salt), body);
  const made = makeAct(verb, { ...place, case: grant.case, seat: line.seat, body: hash, ...fields });
  const signature = await signAct(made, line.key.seed);
  const all = [...(body === undefined ? [] : [["body", body]]), ...files];
  const bundle = await makeBundle({ v: 1, type: "act", act: made, signature }, all);
  const told = await line.postJson(`/api/v1/cases/${grant.case}/acts`, bundle, { type: MEDIA_TYPE, token: grant.token });
  return checked(desk, told, { made, signature, view, began });
}

async function checked({ line, acceptClock }, told, { made, signature, view, began }) {
  const { event, r, promise } = await under(CODE, async () => {
    return { ...checkOpening(told.opening), promise: await openPromise(String(told.promise), line.channel.logKey) };
  });
  const { time, signature: recorded } = event;
  if (recorded !== signature || !same(dump(actOf(event)), dump(made))) throw new Refusal("another-act");
  const { channel } = line;
  const named = promise.entries.length === 1 && same(promise.entries[0], leafOf(event, r)) && promise.time === time;
  if (!named || promise.channel !== channel.digest || promise.policy !== channel.policy.sha256) refuse(CODE, "another-promise");
  if (!acceptClock && (time < began - WINDOW || time > line.clock() + WINDOW)) {
    throw new Refusal("clock-differs", { seconds: Math.min(Math.abs(time - began), Math.abs(time - line.clock())) });
  }
  return { event, known: { grant: view.grant, seen: event.seq, last: toHex(commitment(event, r)), size: view.size, at: -1 } };
}
