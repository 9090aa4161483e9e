// SPDX-License-Identifier: AGPL-3.0-or-later
// Unpacking within bounds, and the readable words of any bytes. As src/demur/client/inspection/unpacking.py.

import { inflateRaw } from "./inflating.js";
import { latin, raw, readable } from "./report.js";

const WORDS = 40;
const SCANNED = 8 * 1024 * 1024;
const ASCII = /(?:[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){5,}/g;
const LITTLE = /(?:[\x20-\x7e]\x00){5,}/g;
const BIG = /(?:\x00[\x20-\x7e]){5,}/g;
const PATH = /(?:[A-Za-z]:\\(?:Users|Documents and Settings)\\|\/home\/|\/Users\/|file:\/\/\/|\\\\[A-Za-z0-9._-]{1,60}\\)[^\x00-\x1f\x22<>|*?]{1,200}/g;

export function inflate(data, found, wrapped = false) {
  const { bytes, damaged, full } = inflateRaw(raw(wrapped ? data.slice(2) : data), Math.max(0, found.room[0]));
  found.room[0] -= bytes.length;
  if (full || found.room[0] <= 0) found.partial = true;
  else if (damaged || (wrapped && (data.charCodeAt(0) & 15) !== 8)) found.damaged = true; // cut short, or no such format
  return latin(bytes);
}

// Runs of readable letters, in bytes or in UTF-16.
export function words(data) {
  const text = data.slice(0, SCANNED);
  const runs = [];
  for (const pattern of [ASCII, LITTLE, BIG]) {
    for (const match of text.matchAll(pattern)) runs.push([match.index, match[0].replaceAll("\0", "")]);
  }
  runs.sort((a, b) => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));
  return [...new Set(runs.map(([, run]) => run.slice(0, 200)).filter(wordlike).map(readable))];
}

export function addWords(data, found, what = "text") {
  if (!found.take(data.length)) return;
  for (const run of words(data).slice(0, WORDS)) found.addIf(what, run);
}

export function addPaths(text, found) {
  let count = 0;
  for (const match of text.matchAll(PATH)) {
    if (count === 10) break;
    count += 1;
    found.addIf("path", readable(match[0]));
  }
}

function wordlike(run) {
  return /[A-Za-z\x80-\xff]{3}/.test(run) && 10 * (run.match(/[A-Za-z\x80-\xff]/g)?.length ?? 0) >= 5 * run.length;
}
