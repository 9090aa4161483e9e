// SPDX-License-Identifier: AGPL-3.0-or-later
// What a page says of marks that nobody sees in somebody's texts; apart from ui.js, because a first view has no such text.

import { countMarks, placed, placesOf } from "./marks.js";
import { number, part, say } from "./ui.js";

const SHOWN = 6; // places of marks

// Notes that warn of marks that nobody sees in somebody's texts, with where they stand and why they matter; none if there are none.
export function warned(...texts) {
  const counts = {};
  const places = [];
  for (const text of texts.filter((text) => typeof text === "string")) { // what was not written is undefined
    for (const [kind, n] of Object.entries(countMarks(text))) counts[kind] = (counts[kind] ?? 0) + n;
    places.push(...placesOf(text, SHOWN).map(({ shown }) => shown));
  }
  const said = Object.entries(counts).filter(([, n]) => n).map(([kind, n]) => say(`marks-${kind}`, { n: number(n) }));
  if (said.length === 0) return [];
  const where = [...new Set(places.slice(0, SHOWN))].map((shown) => placed(shown)).join(" · ");
  return [...said, say("marks-where", { places: where }), say("marks-why")].map((text) => part("note", { text }));
}
