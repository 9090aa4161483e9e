// SPDX-License-Identifier: AGPL-3.0-or-later
// From the last look to the receipt: sealed, the words written down and two of them typed back, then sent, the files saved.
//
// Nothing is sent before the words are on paper, so that whoever is disturbed has either a case and the way back to it, or none. Once it is
// sent, what is sent again is always that: it is filed once. The words stand in the page while they are shown and in the worker; in no
// address, no form, no history.

import { Refusal } from "../../../lib/errors.js";
import { all, button, el, make, number, part, say, showAt, size, tell, titled } from "../../web/ui.js";
import { troubleNote } from "../trouble.js";
import { showKept } from "./kept.js";
import { sealable } from "./wish.js";

const TOO_LARGE = 413;
const state = { words: undefined, seen: "", sent: false, filed: undefined, saved: false, acceptClock: false };

// Whether the page holds words that lead nowhere yet, a filing that is not finished, or one of which nothing was saved.
export function holdsFiling() {
  return state.words !== undefined && !state.saved;
}

// What somebody who leaves now must know first, a sentence; "" where there is nothing.
export function whyStay() {
  if (!holdsFiling()) return "";
  return say(state.filed ? "leave-unsaved" : state.sent ? "leave-sending" : "leave-unfiled");
}

// Seals `wish` and goes on with the words. `mend(error)` leads back to the form where something in it must change, without an error where the
// author wants to; `done` is called when it is filed.
export async function file(worker, wish, look, { mend, done }) {
  const go = { worker, wish, look, mend, done };
  const view = showSending("sealing");
  try {
    ({ words: state.words } = await worker.call("seal", await sealable(wish), { tell: view.told }));
  } catch (error) {
    return back(error, mend);
  }
  return showWords(go);
}

// Back to the form. Words that were shown and cannot be used any more are told, since they may stand on paper.
function back(error, mend, { lost = false } = {}) {
  const seen = state.seen !== "";
  if (lost) state.seen = "";
  state.words = undefined;
  state.sent = false;
  el("after").replaceChildren();
  mend(error, { wordsLost: lost && seen });
}

// --- the words, before anything is sent

function showWords(go) {
  const changed = state.seen !== "" && state.seen !== state.words.join(" ");
  state.seen = state.words.join(" ");
  const section = part("filed", { words: state.words.map((word) => make("li", word)), changed: changed ? say("words-changed") : null });
  acting(section, { written: () => askBack(go), unfile: () => back(undefined, go.mend) });
  replace(section);
}

// Two words, drawn anew each time, so that the page cannot be answered from memory of the last try.
function askBack(go) {
  const asked = draw(state.words.length);
  const section = part("typed", { fields: asked.map(wordField) });
  const compare = () => compareWords(asked, go);
  acting(section, { again: () => showWords(go), compare });
  all(section, "input").forEach((box) => box.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && compare()));
  replace(section);
}

function draw(count) {
  const first = crypto.getRandomValues(new Uint32Array(2));
  const one = first[0] % count;
  const other = (one + 1 + (first[1] % (count - 1))) % count;
  return [one, other].sort((left, right) => left - right);
}

function wordField(at) {
  const field = part("word", { label: say("word", { n: number(at + 1) }) });
  const box = field.querySelector("input");
  box.id = `word-${at}`;
  field.querySelector("label").htmlFor = box.id;
  field.querySelector(".fault").id = `word-${at}-fault`;
  return field;
}

// A word as it is compared: its letters, however it was copied.
function lettersOf(text) {
  return text.normalize("NFKD").toLowerCase().replace(/[^\p{L}]/gu, "");
}

function compareWords(asked, go) {
  const wrong = asked.filter((at) => lettersOf(el(`word-${at}`).value) !== state.words[at]);
  for (const at of asked) {
    const fault = el(`word-${at}-fault`);
    fault.hidden = !wrong.includes(at);
    fault.textContent = wrong.includes(at) ? say("word-differs", { n: number(at + 1) }) : "";
    const box = el(`word-${at}`);
    if (wrong.includes(at)) box.setAttribute("aria-describedby", fault.id), box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  }
  titled(wrong.length > 0);
  if (wrong.length === 0) send(go);
  else el(`word-${wrong[0]}`).focus();
}

// --- sending

async function send(go) {
  if (state.sending) return;
  state.sending = true;
  try {
    await sending(go);
  } finally {
    state.sending = false;
  }
}

async function sending(go) {
  const { worker, mend, done, wish, look } = go;
  const view = showSending("sending");
  state.sent = true;
  try {
    state.filed = await worker.call("submit", { acceptClock: state.acceptClock }, { tell: view.told });
  } catch (error) {
    if (error?.facts?.final) return back(error, mend, { lost: true });
    // The sealed filing died with the worker: whether it arrived cannot be known here, and the words tell it.
    if (["fault", "worker-lost"].includes(error?.code)) return back(new Refusal("fault-sending", { code: error.code }), mend);
    return stopped(error, view, { again: () => send(go), leave: () => back(undefined, mend) });
  }
  done();
  replace(showKept(state.filed, wish, look, { saved: () => (state.saved = true) }));
}

function stopped(error, view, { again, leave }) {
  const retry = button(say(error?.code === "clock-differs" ? "accept-clock" : "send-again"), () => {
    state.acceptClock ||= error?.code === "clock-differs";
    again();
  }, "button");
  // What is too large for something on the way will be so again.
  const large = error?.code === "server" && error.facts.status === TOO_LARGE;
  view.stop(troubleNote(error), large ? [button(say("leave-something-out"), leave, "button"), retry] : [retry]);
  retry.classList.toggle("other", large);
}

function showSending(code) {
  const progress = part("progress", { text: say(code) });
  const section = part("sending", { title: say(`${code}-title`), progress, acts: " " });
  if (code === "sealing") section.querySelector("[data-slot=hint]").remove();
  replace(section);
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("p");
  const put = (words, share) => {
    if (text.textContent !== words) tell(text.textContent = words);
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
  };
  return {
    told: ({ stage, done = 0, total = 0, bits }) => {
      if (stage === "work") put(say("work", { bits: number(bits) }));
      else put(say(stage, { done: size(done), total: size(total) }), total ? (100 * done) / total : undefined);
    },
    stop: (note, moves) => {
      progress.replaceWith(note);
      const acts = section.querySelector(".acts");
      acts.replaceChildren(...moves);
      note.tabIndex = -1;
      note.focus();
    },
  };
}

function acting(section, acts) {
  for (const [name, act] of Object.entries(acts)) section.querySelector(`[data-act=${name}]`).addEventListener("click", act);
}

function replace(section) {
  el("after").replaceChildren(section);
  tell("");
  showAt(section);
}
