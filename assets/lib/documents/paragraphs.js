// SPDX-License-Identifier: AGPL-3.0-or-later
// Where a plain text is parted into paragraphs, and where a passage stands in it. Rules: spec/dissent.md, "Paragraphs"; as
// src/demur/dissent/documents/paragraphs.py.
//
// A passage is {text, start, end}: `start` and `end` count bytes of the whole text in UTF-8.

import { isVisible, SPACES } from "../visible.js";

export const [BY_BLANK, BY_LINES] = ["blank", "lines"];
const MARK = "\ufeff"; // a byte order mark, which some programs put before a text
const LINE_END = /\r\n|[\n\v\f\r\x85\u2028\u2029]/g;
const SPACE = new RegExp(`[${SPACES}]`, "u");
const ENDS_SENTENCE = new Set(".!?:;…。！？：；।॥؟؛۔።፧");
const CLOSING = new Set("\"'”’»)]}」』）");
const encoder = new TextEncoder();
const utf8 = (text) => encoder.encode(text);
const [SHORTEST, LONGEST] = [55, 100]; // letters in a line that a program has wrapped

// The paragraphs of `text` as written, parted by empty lines ("blank") or at every line end ("lines"). An empty line holds nothing but white
// space and letters that nobody sees.
export function passages(text, parts) {
  return measured(text, spans(text, parts));
}

// How a text is parted where its author did not say: "blank", "lines", or "" where only the author can tell.
export function parting(text) {
  if (spans(text, BY_BLANK).length !== 1) return BY_BLANK;
  const lines = spans(text, BY_LINES).map(([start, end]) => text.slice(start, end));
  if (lines.length === 1) return BY_BLANK;
  return lookWrapped(lines) ? "" : BY_LINES;
}

// Where `passage` stands in `text`; white space of any kind and length is the same here. At most two are given.
export function find(text, passage) {
  const { flat, places } = flattened(text);
  const wanted = flattened(passage).flat.replace(/^ | $/g, "");
  const found = [];
  for (let at = wanted === "" ? -1 : flat.indexOf(wanted); at >= 0 && found.length < 2; at = flat.indexOf(wanted, at + 1)) {
    found.push([places[at], places[at + wanted.length - 1] + 1]);
  }
  return measured(text, found);
}

// The passage between two places in letters of the text, as a selection in a page gives them, without white space at its ends; undefined
// where nothing is seen of it.
export function between(text, from, to) {
  let [start, end] = [from, to];
  while (start < end && SPACE.test(text[start])) start += 1;
  while (end > start && SPACE.test(text[end - 1])) end -= 1;
  return isVisible(text.slice(start, end)) ? measured(text, [[start, end]])[0] : undefined;
}

// The whole text, after the byte order mark that it may begin with.
export function withoutMark(text) {
  const marked = text.startsWith(MARK);
  return { text: marked ? text.slice(1) : text, start: marked ? 3 : 0, end: utf8(text).length };
}

// Where each paragraph starts and ends, in UTF-16 units.
function spans(text, parts) {
  const found = [];
  let [begun, ended] = [-1, -1];
  const end = () => {
    if (begun >= 0) found.push([begun, ended]);
    begun = -1;
  };
  for (const [from, to] of lines(text)) {
    const empty = !isVisible(text.slice(from, to));
    if (empty || parts === BY_LINES) end();
    if (!empty) [begun, ended] = [begun < 0 ? from : begun, to];
  }
  end();
  return found;
}

function lines(text) {
  const found = [];
  let at = text.startsWith(MARK) ? 1 : 0;
  for (const ending of text.matchAll(LINE_END)) {
    found.push([at, ending.index]);
    at = ending.index + ending[0].length;
  }
  return [...found, [at, text.length]];
}

function measured(text, places) {
  let [at, size] = [0, 0];
  return places.map(([start, end]) => {
    if (start < at) [at, size] = [0, 0]; // passages that were found may overlap
    size += utf8(text.slice(at, start)).length;
    const part = text.slice(start, end);
    const begins = size;
    at = end;
    size += utf8(part).length;
    return { text: part, start: begins, end: size };
  });
}

// The text with one space for each run of white space, and where each of its units stood.
function flattened(text) {
  const [letters, places] = [[], []];
  for (let at = 0; at < text.length; at += 1) {
    const space = SPACE.test(text[at]);
    if (space && letters.at(-1) === " ") continue;
    letters.push(space ? " " : text[at]);
    places.push(at);
  }
  return { flat: letters.join(""), places };
}

// Whether most lines but the last have a wrapped line's length and end within a sentence.
function lookWrapped(all) {
  const before = all.slice(0, -1).map((line) => [...line.replace(ENDS, "")]);
  const long = before.filter((line) => line.length >= SHORTEST && line.length <= LONGEST).length;
  const within = before.filter((line) => !endsSentence(line)).length;
  return 2 * long > before.length && 2 * within > before.length;
}

const ENDS = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "gu");

function endsSentence(line) {
  let at = line.length - 1;
  while (at >= 0 && CLOSING.has(line[at])) at -= 1;
  return at >= 0 && ENDS_SENTENCE.has(line[at]);
}
