// SPDX-License-Identifier: AGPL-3.0-or-later
// Marks in a text that nobody sees, and words that mix scripts. Pure; runs in node too. As src/demur/client/marks.py, held to it by
// spec/vectors/marks.json.
//
// They can tell whose copy a text was (each reader gets other marks), or make a sentence read otherwise than it stands (Unicode Technical
// Report 36). They are shown where they stand and never replaced unasked: what a script needs (joiners of Persian and Hindi, selectors of
// emoji) is no mark. Sources: UTS 39 ("highly restrictive"), UAX 31 (joiners), UTS 51 (emoji).

export const SCRIPTS = [
  "Latin", "Cyrillic", "Greek", "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Arabic", "Hebrew", "Armenian", "Georgian", "Cherokee",
  "Coptic", "Syriac", "Thaana", "Nko", "Adlam", "Mongolian", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu",
  "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan", "Ethiopic", "Lisu", "Tifinagh", "Javanese", "Balinese",
];
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const TURNED = new RegExp(TURNING, "gu");
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const SUSPECT =
  /[\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
const SPACE = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/u;
const SELECTOR = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;
const EMOJI = /[\p{Extended_Pictographic}0-9#*\u{1f1e6}-\u{1f1ff}\u{1f3fb}-\u{1f3ff}]/u;
const PICTURE = /[\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}]/u;
const IDEOGRAPH = /[\u2e80-\u2fdf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{323af}]/u;
const MATHEMATICS = /[\u2190-\u23ff\u2900-\u2bff\u1000-\u109f]/u;
// Scripts whose letters join, or whose syllables are steered by joiners.
const JOINING = /[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1b00-\u1b7f\ua840-\ua87f\ua900-\ua9ff\uaa60-\uaa7f\ufb50-\ufdff\ufe70-\ufefc\u{10ac0}-\u{10aff}\u{10d00}-\u{10d3f}\u{11000}-\u{11fff}\u{1e900}-\u{1e95f}]/u;
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\ua9e0-\ua9ff]/u; // scripts that part words by U+200B
const EASTERN = /[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\uffef\u{20000}-\u{323af}]/u;
const NUMBER = /[0-9\p{Nd}%\u00b0\u20a0-\u20cf$\u00a3\u00a5]/u;
const POINT = /[:;!?\u00bb\u00ab\u203a\u2039\u2013\u2014\u2026\u00a7\u2116.,()\u201c\u201d]/u;
const WORD = /[\p{L}\p{M}]+/gu;
const LETTER = /* @__PURE__ */ SCRIPTS.map((name) => [new RegExp(`\\p{Script=${name}}`, "u"), new RegExp(`\\p{Script_Extensions=${name}}`, "u")]);
const TOGETHER = [new Set([0, 3, 4, 5]), new Set([0, 3, 7]), new Set([0, 3, 6])]; // UTS 39: Latin with Japanese, with Bopomofo, with Korean
const AROUND = 16; // characters shown on each side
export const KINDS = ["turning", "unseen", "selector", "spaces", "mixed"];

// Every mark of a text: [{kind, at, length}], places in code points.
export function marksIn(text) {
  const letters = [...text];
  const found = [];
  if (SUSPECT.test(text)) {
    letters.forEach((letter, at) => {
      const kind = SUSPECT.test(letter) ? verdict(letters, at) : "";
      if (kind) found.push({ kind, at, length: 1 });
    });
  }
  if (/[^\0-\u007f]/.test(text)) found.push(...mixedIn(text));
  return found.sort((a, b) => a.at - b.at);
}

function verdict(letters, at) {
  const letter = letters[at];
  const before = letters[at - 1] ?? "";
  const after = letters[at + 1] ?? "";
  if (TURNING.test(letter)) return "turning";
  if (SPACE.test(letter)) return ordinarySpace(letters, at) ? "" : "spaces";
  if (SELECTOR.test(letter)) return takesSelector(before, letter) ? "" : "selector";
  if (letter === "\u200c") return JOINING.test(before) && JOINING.test(after) ? "" : "unseen";
  if (letter === "\u200d") return JOINING.test(before) || joinsPictures(letters, at) ? "" : "unseen";
  if (letter === "\u200b") return UNSPACED.test(before) && UNSPACED.test(after) ? "" : "unseen";
  if (letter === "\ufeff") return at === 0 ? "" : "unseen"; // a byte order mark
  if (letter >= "\u180b" && letter <= "\u180f") return /[\u1820-\u18af]/.test(before) ? "" : "unseen";
  return inFlag(letters, at) ? "" : "unseen";
}

function takesSelector(before, letter) {
  if (letter === "\ufe0e" || letter === "\ufe0f") return EMOJI.test(before);
  return IDEOGRAPH.test(before) || (letter === "\ufe00" && MATHEMATICS.test(before));
}

function joinsPictures(letters, at) {
  const before = letters[at - 1] === "\ufe0f" ? letters[at - 2] : letters[at - 1];
  return PICTURE.test(before ?? "") && PICTURE.test(letters[at + 1] ?? "");
}

// Tag characters spell the flags of regions, such as Scotland's, after a black flag; nothing else needs them.
function inFlag(letters, at) {
  const isTag = (letter) => letter >= "\u{e0020}" && letter <= "\u{e007f}";
  if (!isTag(letters[at])) return false;
  let start = at;
  while (start > 0 && at - start < 8 && isTag(letters[start])) start -= 1;
  let end = at;
  while (end < letters.length && end - start < 9 && isTag(letters[end]) && letters[end] !== "\u{e007f}") end += 1;
  return letters[start] === "\u{1f3f4}" && letters[end] === "\u{e007f}";
}

// A space that typography wants: beside a number or a point, in Chinese or Japanese, or alone on its line.
function ordinarySpace(letters, at) {
  const before = letters[at - 1] ?? "\n";
  const after = letters[at + 1] ?? "\n";
  if (/[\r\n]/.test(before) && /[\r\n]/.test(after)) return true;
  if (letters[at] === "\u3000") return EASTERN.test(before) || EASTERN.test(after);
  if (/[ \t]/.test(before + after) || SPACE.test(before) || SPACE.test(after)) return false;
  return NUMBER.test(before) || NUMBER.test(after) || POINT.test(before) || POINT.test(after);
}

const known = new Map();

function scriptOf(letter) {
  if (!known.has(letter)) {
    const several = LETTER.filter(([, extended]) => extended.test(letter)).length > 1;
    known.set(letter, several ? -1 : LETTER.findIndex(([own]) => own.test(letter)));
  }
  return known.get(letter);
}

function mixedIn(text) {
  const found = [];
  let counted = 0; // code points before `seen`
  let seen = 0;
  for (const match of text.matchAll(WORD)) {
    if (!/[^\0-\u024f]/.test(match[0])) continue; // Latin alone
    const letters = [...match[0]];
    const scripts = new Set(letters.map(scriptOf).filter((script) => script >= 0));
    if (scripts.size < 2 || TOGETHER.some((group) => [...scripts].every((script) => group.has(script)))) continue;
    counted += [...text.slice(seen, match.index)].length;
    seen = match.index;
    found.push({ kind: "mixed", at: counted, length: letters.length });
  }
  return found;
}

// How many of each kind a text holds.
export function countMarks(text) {
  const counts = { turning: 0, unseen: 0, selector: 0, spaces: 0, mixed: 0 };
  for (const { kind } of marksIn(text)) counts[kind] += 1;
  return counts;
}

// Where the marks stand: what is around each, with the marks made visible; at most `most`.
export function placesOf(text, most = 20) {
  const letters = [...text];
  const marks = marksIn(text);
  const hidden = new Set(marks.filter(({ kind }) => kind !== "mixed").map(({ at }) => at));
  for (const { at, length } of marks.filter(({ kind }) => kind === "mixed")) {
    const own = scriptOf(letters[at]);
    for (let n = at; n < at + length; n += 1) if (![own, -1].includes(scriptOf(letters[n]))) hidden.add(n);
  }
  return marks.slice(0, most).map(({ kind, at, length }) => {
    const from = Math.max(0, at - AROUND);
    const to = Math.min(letters.length, at + length + AROUND);
    const shown = letters.slice(from, to).map((letter, n) => (hidden.has(from + n) ? named(letter) : letter)).join("");
    return { kind, shown: (from > 0 ? "…" : "") + shown.replace(/[\0-\u001f\u007f]+/g, " ") + (to < letters.length ? "…" : "") };
  });
}

// The text without its marks: what is not seen goes, and an odd space becomes an ordinary one. Words that mix scripts stay: only their author
// knows which letter was meant.
export function withoutMarks(text) {
  const marks = new Map(marksIn(text).filter(({ kind }) => kind !== "mixed").map(({ at, kind }) => [at, kind]));
  return [...text].map((letter, at) => ({ turning: "", unseen: "", selector: "", spaces: " " })[marks.get(at)] ?? letter).join("");
}

function named(letter) {
  return `⟨U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

// What somebody wrote, for a place in a sentence of ours: it turns none of our words, neither by marks, which are shown by their numbers, nor
// by the direction of its letters.
export function placed(text) {
  const shown = text.replace(TURNED, named);
  return RIGHT_TO_LEFT.test(shown) ? `\u2068${shown}\u2069` : shown;
}
