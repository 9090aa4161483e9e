// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether an answer says enough to be one. As src/demur/dissent/documents/replying.py; apart from reply.js, so that a page need not load that.

export const LEAST = 10; // letters of an answer: enough for "Read it again."; not for "No.", "Noted." or "See above."
const DENSE = /[\u0e00-\u0eff\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7ff\u{20000}-\u{3ffff}]/u;

// How many letters and digits a text has. One of a script in which a letter is a syllable or a word counts as three.
export function letters(text) {
  const found = text.match(/[\p{L}\p{N}]/gu) ?? [];
  return found.reduce((sum, letter) => sum + (DENSE.test(letter) ? 3 : 1), 0);
}
