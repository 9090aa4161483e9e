// SPDX-License-Identifier: AGPL-3.0-or-later
// The dissent: subject, the decision it disagrees with, numbered claims, recommendation. Format: spec/dissent.md; as
// src/demur/dissent/documents/dissent.py.
//
// Version 2 always has a claim, so that there is always something a reply must answer. Version 1 is read as it was filed and never parted
// anew. What an author writes is in made.js.

import { dump } from "../canonical.js";
import { refuse } from "../errors.js";
import { same, utf8 } from "../record/texts.js";
import { dissentDocument as SHAPES } from "./forms.js";
import { hasText, readDocument } from "./reading.js";

// The bytes of dissent.json.
export function dissentDocument(dissent) {
  return dump({ ...dissent, type: "dissent" });
}

// Reads dissent.json: {v, subject, text, claims: [{n, text, marking}], prompts, language, marking, original, as_is}. Version 2 has `parts` and
// `portions` too, and its claims `start` and `end` (bytes of `text`); version 1's have `paragraph`.
export function readDissent(data) {
  const { type, ...dissent } = readDocument(data, "dissent", SHAPES);
  checkPlaces(dissent);
  return dissent;
}

// What the schema cannot say: numbers in order, and, in version 2, every range.
function checkPlaces({ v, text, claims, as_is: asIs, parts, portions, original }) {
  if (claims.some(({ n }, at) => n !== at + 1)) refuse("document", "claims");
  if (v === 1) return;
  const whole = utf8(text);
  const apart = claims.every(({ start, end }) => start === 0 && end === 0) && parts === "";
  const held = asIs && text !== "" ? claims.every((claim) => isAt(whole, claim)) : apart;
  const said = asIs && text === "" ? claims.length === 1 && claims[0].text === original : hasText(text);
  if (!held || !said || !portionsHold(portions, whole)) refuse("document", "places");
}

function isAt(whole, { text, start, end }) {
  return start < end && end <= whole.length && same(whole.subarray(start, end), utf8(text));
}

function portionsHold(portions, whole) {
  const inside = (place) => place < whole.length && (whole[place] & 0xc0) === 0x80;
  const ends = [0, ...portions.map(({ end }) => end)];
  const ordered = portions.every(({ start, end }, at) => ends[at] <= start && start < end);
  return ordered && ends.at(-1) <= whole.length && !portions.some(({ start, end }) => inside(start) || inside(end));
}

// Throws unless the text of version 2 is the original's (bytes), where it is the author's own text.
export function checkOriginal({ v, as_is: asIs, text }, original) {
  if (v > 1 && asIs && text !== "" && !same(utf8(text), original)) refuse("document", "another-text");
}

// What the author recommends, "" if nothing.
export function recommendationOf({ prompts }) {
  return prompts.recommendation ?? "";
}
