// SPDX-License-Identifier: AGPL-3.0-or-later
// A refusal as a person reads it: the sentence for its code, what to do, and the evidence where a server was caught in a lie.

import { button, el, knows, make, number, part, say, size } from "../web/ui.js";
import { save } from "../web/save.js";

// The sentence for what went wrong. Of the many refusals that say that a server's answer does not hold, the page carries the names and one
// sentence; anything else that it has no sentence for is a fault of this page, and never told as a lie of the server.
export function sentenceOf(error) {
  const code = error?.code;
  if (code === "server" && error.facts.code === "unknown") return say(between(error.facts.status), error.facts);
  if (code === "server" && knows(`server-${error.facts.code}`)) return say(`server-${error.facts.code}`);
  if (code === "too-large" && knows(`too-large-${error.facts.what}`)) return say(`too-large-${error.facts.what}`, sizes(error.facts));
  const kind = knows(code) ? code : error?.facts && say("bad-answers").split(" ").includes(code) ? "bad-answer" : "fault";
  return say(kind, worded(error?.facts ?? {}, code));
}

function between(status) {
  return status === 413 ? "between-large" : [502, 503, 504].includes(status) ? "between-away" : "between";
}

function sizes({ have, most }) {
  return { have: size(have), most: size(most) };
}

// The facts as they stand in sentences. What a server says itself is in its own language, and is shown as said by it.
function worded(facts, code) {
  const shown = { code: code ?? "", ...facts };
  for (const name of ["seconds", "n", "bits"]) if (typeof facts[name] === "number") shown[name] = number(facts[name]);
  if (Array.isArray(facts.seats)) shown.seats = facts.seats.join(", ");
  return shown;
}

// A note with the sentence, and the evidence to save.
export function troubleNote(error, stem = "demur") {
  const note = part("trouble", { text: sentenceOf(error), evidence: null });
  const evidence = error?.facts?.evidence;
  if (evidence) note.append(...evidenceLines(evidence, stem));
  return note;
}

export function evidenceLines(evidence, stem) {
  const act = button(say("evidence-save"), () => save(`${stem}.evidence`, evidence, "text/plain"), "button other");
  const line = make("p");
  line.append(act);
  return [make("p", say("evidence")), line];
}

// Where a server was caught in a lie, what convicts it stands after `place`, to be saved.
export function showEvidence(error, place) {
  el("evidence")?.remove();
  if (!error?.facts?.evidence) return;
  const note = troubleNote(error);
  note.id = "evidence";
  place.after(note);
}
