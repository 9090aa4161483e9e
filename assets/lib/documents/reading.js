// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading documents strictly: canonical JSON that machines exchange. As src/demur/dissent/documents/reading.py.
//
// Text is never altered: what a person typed is what is sealed. What counts as a space is what Python counts, so that both ends agree on
// which text is empty and where a paragraph ends.

import { dump, load } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { refuse } from "../errors.js";
import { same } from "../record/texts.js";

const CODE = "document";
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const ENDS = new RegExp(`^[${SPACE}]+|[${SPACE}]+$`, "g");

// The text without spaces at its ends, as Python's str.strip.
export function stripped(text) {
  return text.replace(ENDS, "");
}

// Whether there is more in a text than spaces.
export function hasText(text) {
  return stripped(text) !== "";
}

// A canonical document of this type, version 1, with exactly these members beside `v` and `type`.
export function readDocument(data, type, members) {
  const document = parsed(data);
  if (document?.type !== type || document.v !== 1 || !exact(document, ["v", "type", ...members])) refuse(CODE, `not-a-${type}`);
  return same(dump(document), data) ? document : refuse(CODE, "not-its-one-form");
}

function parsed(data) {
  try {
    return load(data);
  } catch (error) {
    return refuse(CODE, `not-canonical: ${error.message}`);
  }
}

// Throws unless every one of `values` is text.
export function checkTexts(values) {
  if (!values.every((value) => typeof value === "string")) refuse(CODE, "not-text");
}
