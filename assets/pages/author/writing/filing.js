// SPDX-License-Identifier: AGPL-3.0-or-later
// From the button to the receipt: sealed, sent, the words shown once and two of them typed back, the files saved.
//
// Once the worker has sealed, what is sent is always that: a filing that is sent again is filed once. The words stand in the page while
// they are shown and in the worker; in no address, no form, no history.

import { Refusal } from "../../../lib/errors.js";
import { all, button, el, make, moment, day, number, part, say, showAt, size, tell } from "../../web/ui.js";
import { save } from "../../web/save.js";
import { troubleNote } from "../trouble.js";
import { sealable } from "./wish.js";

const state = { sealed: false, filed: undefined, acceptClock: false };

// Whether the page holds a filing that is not finished, or words that are not yet written down.
export function holdsFiling() {
  return state.sealed && !state.kept;
}

// Seals and sends `wish`. `mend(error)` leads back to the form where something in it must change; `done` is called when it is filed.
export async function file(worker, wish, look, { mend, done }) {
  const view = showSending();
  try {
    if (!state.sealed) {
      view.say("sealing");
      await worker.call("seal", await sealable(wish), { tell: view.told });
      state.sealed = true;
    }
    view.say("sending");
    state.filed = await worker.call("submit", { acceptClock: state.acceptClock }, { tell: view.told });
  } catch (error) {
    if (!state.sealed || error?.facts?.final) return back(error, mend);
    // The words died with the worker: whether the filing arrived cannot be known, and the page does not pretend to.
    if (["fault", "worker-lost"].includes(error?.code)) return back(new Refusal("fault-sending", { code: error.code }), mend);
    return stopped(error, view, () => file(worker, wish, look, { mend, done }));
  }
  done();
  return showWords(look);
}

function back(error, mend) {
  state.sealed = false;
  el("after").replaceChildren();
  mend(error);
}

function stopped(error, view, again) {
  const retry = button(say(error?.code === "clock-differs" ? "accept-clock" : "send-again"), () => {
    state.acceptClock ||= error?.code === "clock-differs";
    again();
  }, "button");
  view.stop(troubleNote(error), retry);
}

function showSending() {
  const progress = part("progress", { text: say("sealing") });
  const section = part("sending", { progress, acts: " " });
  el("after").replaceChildren(section);
  showAt(section);
  const bar = progress.querySelector("progress");
  const text = progress.querySelector("p");
  const put = (words, share) => {
    if (text.textContent !== words) tell(text.textContent = words);
    if (share === undefined) bar.removeAttribute("value");
    else bar.value = share;
  };
  return {
    say: (code) => put(say(code)),
    told: ({ stage, done = 0, total = 0, bits }) => {
      if (stage === "work") put(say("work", { bits: number(bits) }));
      else put(say(stage, { done: size(done), total: size(total) }), total ? (100 * done) / total : undefined);
    },
    stop: (note, retry) => {
      progress.replaceWith(note);
      const acts = section.querySelector(".acts");
      acts.replaceChildren(retry);
      note.tabIndex = -1;
      note.focus();
    },
  };
}

function showWords(look) {
  const { words, promise } = state.filed;
  const section = part("filed", { promise: promised(promise), words: words.map((word) => make("li", word)) });
  section.querySelector("[data-act=written]").addEventListener("click", () => askBack(look));
  replace(section);
}

function promised({ time, notAfter }) {
  return say(state.filed.proven ? "filed-proven" : "filed-promised", { when: moment(time), due: moment(notAfter) });
}

// Two words, drawn anew each time, so that the page cannot be answered from memory of the last try.
function askBack(look) {
  const { words } = state.filed;
  const asked = draw(words.length);
  const fields = asked.map(wordField);
  const section = part("typed", { fields });
  section.querySelector("[data-act=again]").addEventListener("click", () => showWords(look));
  section.querySelector("[data-act=compare]").addEventListener("click", () => compareWords(asked, look));
  all(section, "input").forEach((box) => box.addEventListener("keydown", (event) => event.key === "Enter" && compareWords(asked, look)));
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

function compareWords(asked, look) {
  const wrong = asked.filter((at) => el(`word-${at}`).value.trim().toLowerCase() !== state.filed.words[at]);
  for (const at of asked) {
    const fault = el(`word-${at}-fault`);
    fault.hidden = !wrong.includes(at);
    fault.textContent = wrong.includes(at) ? say("word-differs", { n: number(at + 1) }) : "";
    const box = el(`word-${at}`);
    if (wrong.includes(at)) box.setAttribute("aria-describedby", fault.id), box.setAttribute("aria-invalid", "true");
    else box.removeAttribute("aria-invalid");
  }
  if (wrong.length === 0) showKept(look);
  else el(`word-${wrong[0]}`).focus();
}

function showKept(look) {
  const { filed } = state;
  state.kept = true;
  const channel = look.words.map((word) => make("li", word));
  const section = part("kept", { promise: promised(filed.promise), facts: caseFacts(filed, look), channel });
  const acts = {
    receipt: () => save(`${filed.stem}.receipt`, filed.receipt, "text/plain"),
    sealed: () => save(`${filed.stem}.sealed`, filed.sealed),
    key: () => save(`${filed.stem}.key`, filed.key, "application/json"),
    print: () => window.print(),
  };
  for (const [name, act] of Object.entries(acts)) section.querySelector(`[data-act=${name}]`).addEventListener("click", act);
  replace(section);
}

function caseFacts(filed, look) {
  const facts = {
    "fact-case": filed.case, "fact-channel": look.origin, "fact-charter": look.charter.title,
    "fact-charter-hash": look.charter.leaf, "fact-filed": moment(filed.promise.time), "fact-due": day(filed.promise.notAfter),
  };
  return Object.entries(facts).flatMap(([code, value]) => [make("dt", say(code)), make("dd", value, { dir: "auto" })]);
}

function replace(section) {
  el("after").replaceChildren(section);
  showAt(section);
}
