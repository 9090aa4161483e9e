// SPDX-License-Identifier: AGPL-3.0-or-later
// Marks in a text that nobody sees: those that turn its direction, and those of no width. Pure; runs in node too.
//
// They are warned of and kept (spec/dissent.md): a text that is quoted must stay what its author wrote, and Persian and Hindi need some of
// them. What an attacker could do with them is to make a sentence read otherwise than it stands (Unicode Technical Report 36).

const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const UNSEEN = /[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/gu;
// Joined pictures, such as a family, are no trick.
const JOINED = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d(?=\p{Extended_Pictographic})/gu;

// How many of each kind a text holds.
export function marksIn(text) {
  const plain = text.replace(JOINED, "");
  return { turning: plain.match(TURNING)?.length ?? 0, unseen: plain.match(UNSEEN)?.length ?? 0 };
}

// The text as a sentence of the page can hold it: a mark that would turn the sentence too is shown by its number.
export function quotable(text) {
  return text.replace(TURNING, (mark) => `⟨U+${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
}
