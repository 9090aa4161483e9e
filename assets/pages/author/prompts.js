// SPDX-License-Identifier: AGPL-3.0-or-later
// The template's further questions with their answers, those that were given, in the order of the steps.

import { make } from "../web/ui.js";

const ASKED = ["decision", "consequence", "tried", "read", "ask", "standing", "decision_date", "distribution"];

// `question(name)`: what was asked, in the page's language.
export function promptParts(prompts, question) {
  const given = ASKED.filter((name) => prompts[name]?.trim());
  return given.flatMap((name) => [
    make("p", question(name), { class: "quiet" }),
    make("div", prompts[name], { class: "own", dir: "auto" }),
  ]);
}
