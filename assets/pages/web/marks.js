// SPDX-License-Identifier: AGPL-3.0-or-later
// Marks in a text that nobody sees: those that turn its direction, and those of no width. Pure; runs in node too. As
// src/demur/author/plain_marks.py, held to it by spec/vectors/marks.json.
//
// They are warned of and kept (spec/dissent.md): a text that is quoted must stay what its author wrote, and Persian and Hindi need some of
// them. What an attacker could do with them is to make a sentence read otherwise than it stands (Unicode Technical Report 36).

const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNSEEN = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
// Joined pictures, such as a family, are no trick.
const JOINED = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

// How many of each kind a text holds.
export function marksIn(text) {
  const plain = text.replace(JOINED, "");
  return { turning: plain.match(TURNING)?.length ?? 0, unseen: plain.match(UNSEEN)?.length ?? 0 };
}

// What somebody wrote, for a place in a sentence of ours: it turns none of our words, neither by marks, which are shown by their numbers, nor
// by the direction of its letters.
export function placed(text) {
  const shown = text.replace(TURNING, (mark) => `⟨U+${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}
