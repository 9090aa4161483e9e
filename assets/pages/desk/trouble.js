// SPDX-License-Identifier: AGPL-3.0-or-later
// A refusal as somebody at the desk reads it: the sentence for its code, and the evidence where a server was caught in a lie.

import { save } from "../web/save.js";
import { button, knows, make, number, part, say, size } from "../web/ui.js";

// The sentence for what went wrong; anything that is no Refusal is a fault of this page.
export function sentenceOf(error) {
  const { code, facts = {} } = error ?? {};
  if (code === "server" && knows(`server-${facts.code}`)) return say(`server-${facts.code}`);
  if (code === "empty" && knows(`empty-${facts.what}`)) return say(`empty-${facts.what}`, worded(facts));
  if (!code || !knows(code)) return say("fault", { code: code ?? "page" });
  return say(code, worded(facts));
}

function worded(facts) {
  const shown = { ...facts };
  for (const name of ["n", "seq", "seen", "seconds", "claim", "entry"]) if (typeof facts[name] === "number") shown[name] = number(facts[name]);
  for (const name of ["have", "most"]) if (typeof facts[name] === "number") shown[name] = size(facts[name]);
  if (typeof facts.case === "string") shown.case = facts.case.slice(0, 8);
  return shown;
}

export function troubleNote(error) {
  const note = part("trouble", { text: sentenceOf(error) });
  const evidence = error?.facts?.evidence;
  if (evidence) {
    const line = make("p");
    line.append(button(say("evidence-save"), () => save("demur.evidence", evidence, "text/plain"), "button other"));
    note.append(make("p", say("evidence")), line);
  }
  return note;
}

// Shows what went wrong after `place`, instead of what was shown there before, and puts the reader at it.
export function troubleAfter(place, error) {
  clearTrouble();
  const note = troubleNote(error);
  note.id = "trouble";
  place.after(note);
  note.focus();
}

export function clearTrouble() {
  document.getElementById("trouble")?.remove();
}
