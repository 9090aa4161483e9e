// SPDX-License-Identifier: AGPL-3.0-or-later
// How both pages begin: the page can be read at once; the worker is fetched while its reader reads, but not before they do anything, so
// that whoever only looks loads little; and there is no field before the worker has proved what is in force.

import { Refusal } from "../../lib/errors.js";
import { connect } from "../web/rpc.js";
import { button, el, learn, say } from "../web/ui.js";
import { sentenceOf, showEvidence } from "./trouble.js";

let worker;
let preparing;
let script = "author-worker";

// The worker, undefined before it is begun and after it is ended.
export function current() {
  return worker;
}

export function end() {
  worker?.close();
  worker = preparing = undefined;
}

// Offers to begin; `ready([worker, look])` is called once everything is proved and `also` has come. What fails is said, with the other
// ways beside.
export function offer(ready, { also = async () => {}, from = script } = {}) {
  script = from;
  // Outside https a browser gives no page what seals; the server is not to blame, nor is anything that it answered.
  if (!globalThis.isSecureContext) {
    el("state").textContent = say("insecure");
    return;
  }
  const prepare = () => (preparing ??= both(started(), also()));
  el("state").textContent = say("begin-hint");
  el("waiting").classList.remove("note");
  const begin = button(say("begin"), () => start(begin, prepare, ready), "button");
  begin.id = "begin";
  el("waiting").before(begin);
  const soon = () => prepare().catch(() => {}); // told when it is waited for
  for (const kind of ["pointerdown", "keydown", "scroll"]) window.addEventListener(kind, soon, { once: true, passive: true });
}

// What the first gives. What it refuses is told when the second is over too, which brings the sentences.
async function both(first, second) {
  await Promise.allSettled([first, second]);
  const found = await first;
  await second;
  return found;
}

async function started() {
  worker ??= connect((await signsItself()) ? script : `portable/${script}`);
  return worker.call("look");
}

// Whether this browser has Ed25519; the worker for one that lacks it weighs five kilobytes more.
function signsItself() {
  return crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]).then(() => true, () => false);
}

async function start(begin, prepare, ready) {
  begin.disabled = true;
  el("state").textContent = say("preparing");
  try {
    const look = await prepare();
    ready([worker, look]);
  } catch (error) {
    end();
    el("waiting").classList.add("note");
    el("state").textContent = sentenceOf(error);
    showEvidence(error, el("waiting"));
    begin.disabled = false;
    begin.textContent = say("try-again");
    begin.focus();
  }
}

// Fetches what the page does once its reader has begun, and the `sentences` that it then says, if they stand at an address of their own. Not
// imported by name: a bundler would take it in, and the first view would carry it. A try that failed is made again by another address, because
// a browser may remember the failure.
export function fetched(address, sentences = "") {
  let tries = 0;
  return async () => {
    tries += 1;
    try {
      await Promise.all([import(tries > 1 ? `${address}?${tries}` : address), sentences && learn(sentences)]);
    } catch {
      throw new Refusal("unreachable");
    }
  };
}

// A worker that failed is started anew; it held nothing that the page does not hold.
export async function renew() {
  end();
  return { look: await started(), worker };
}
