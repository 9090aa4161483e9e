// SPDX-License-Identifier: AGPL-3.0-or-later
// Reading documents strictly: canonical JSON that machines exchange. As src/demur/dissent/documents/reading.py.
//
// Text is never altered: what a person typed is what is sealed. What counts as a space is what Python counts, so that both ends agree on
// which text is empty and where a paragraph ends.

import { load } from "../canonical.js";
import { refuse } from "../errors.js";
import { documentFault } from "../schema.js";
import { isVisible, SPACES } from "../visible.js";

const CODE = "document";
const ENDS = new RegExp(`^[${SPACES}]+|[${SPACES}]+$`, "gu");

// The text without spaces at its ends, as Python's str.strip.
export function stripped(text) {
  return text.replace(ENDS, "");
}

// Whether there is more in a text than white space and letters that nobody sees.
export const hasText = isVisible;

// A canonical document of this type, held against its shapes by version (of forms.js) before anything of it is used.
export function readDocument(data, type, shapes) {
  const document = parsed(data);
  const found = documentFault(document, shapes);
  if (found === undefined || document.type !== type) refuse(CODE, `not-a-${type}`);
  return found === "" ? document : refuse(CODE, `member:${found}`);
}

function parsed(data) {
  try {
    return load(data);
  } catch (error) {
    return refuse(CODE, `not-canonical: ${error.message}`);
  }
}

// Whether `text` is a day of the calendar, year-month-day in digits, from the year 1.
export function isDate(text) {
  const [, year, month, day] = (/^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text) ?? []).map(Number);
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
}
