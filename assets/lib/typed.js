// SPDX-License-Identifier: AGPL-3.0-or-later
// How words are read from what somebody typed, pasted or scanned. Pure; as `typed_words`, `unlisted` and `nearest` in src/demur/seal/words.py.

import { Refusal } from "./errors.js";
import { wordlist } from "./lean/english.js";

const SLIPS = 3; // more of them make another word, and a guess that helps nobody
const UNSEEN = "\u00ad"; // stands for every mark of no width while words are parted
const listed = /* @__PURE__ */ new Set(wordlist);

// The words of a text, as they are compared: NFKD, small letters, no accents. Whatever is no letter parts words; a mark of no width too, unless
// it stands inside a word of the list, where a program put it to allow a line's end.
export function typedWords(text) {
  const plain = [...text.normalize("NFKD").toLowerCase()].map(signOf).join("");
  return plain.split(" ").filter(Boolean).flatMap((piece) => {
    const whole = piece.replaceAll(UNSEEN, "");
    return listed.has(whole) ? [whole] : piece.split(UNSEEN).filter(Boolean);
  });
}

// A letter as it is, nothing for an accent, UNSEEN for a mark of no width, a space for anything else.
function signOf(sign) {
  if (/^\p{L}$/u.test(sign) && !/^\p{Lm}$/u.test(sign)) return sign; // a modifier letter is an apostrophe
  return /^\p{M}$/u.test(sign) ? "" : /^\p{Cf}$/u.test(sign) ? UNSEEN : " ";
}

// Twelve return words as somebody typed them, small and with a space between them. Throws "words-count" {n} where there are not twelve, "word-near"
// or "word-unlisted" {n: the first that is on no list, from 1; word, near}.
export function twelve(text) {
  const words = typedWords(text);
  if (words.length !== 12) throw new Refusal("words-count", { n: words.length });
  const odd = unlisted(words);
  if (odd.n > 0) throw new Refusal(odd.near ? "word-near" : "word-unlisted", odd);
  return words.join(" ");
}

// {n, word, near}: the number (from 1) of the first word that is not on the list, that word, and the listed word nearest to it, "" where none
// is near; n is 0 if all are.
export function unlisted(words) {
  const at = words.findIndex((word) => !listed.has(word));
  return at < 0 ? { n: 0, word: "", near: "" } : { n: at + 1, word: words[at], near: nearest(words[at]) };
}

// The first word of the list that takes the fewest slips (a letter more, less, other, or two exchanged) to become `word`; "" beyond SLIPS of
// them, or beyond half of the word.
export function nearest(word) {
  const letters = [...word];
  let best = Math.min(SLIPS, Math.floor(letters.length / 2)) + 1;
  let found = "";
  for (const candidate of wordlist) {
    if (Math.abs(candidate.length - letters.length) >= best) continue;
    const slips = slipsBetween(letters, [...candidate]);
    if (slips < best) [best, found] = [slips, candidate];
  }
  return found;
}

// Restricted Damerau-Levenshtein distance.
function slipsBetween(one, other) {
  let before = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      let least = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) least = Math.min(least, before[j - 2] + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last.at(-1);
}
