// SPDX-License-Identifier: AGPL-3.0-or-later
// White space, and letters that nobody sees. As SPACES and BLANK of src/demur/schema.py; apart from schema.js, so that a page need not load that.

import { SPACE_CODES, UNSEEN_CODES } from "./documents/unseen.js";

const range = ([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`;

export const SPACES = /* @__PURE__ */ SPACE_CODES.map(range).join(""); // what Python's str.strip takes away; for a [...] with the flag u
const BLANK = SPACES + UNSEEN_CODES.map(range).join("");
const ONLY_SPACES = /* @__PURE__ */ (() => new RegExp(`^[${SPACES}]*$`, "u"))(); // left out where nothing asks
const ONLY_BLANK = new RegExp(`^[${BLANK}]*$`, "u");

// Whether there is more in a text than white space.
export function isFilled(text) {
  return !ONLY_SPACES.test(text);
}

// Whether there is more in a text than white space and letters that nobody sees.
export function isVisible(text) {
  return !ONLY_BLANK.test(text);
}
