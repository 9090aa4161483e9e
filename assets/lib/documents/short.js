// SPDX-License-Identifier: AGPL-3.0-or-later
// The short documents: a message, or the reason of an act. One text, of the type of the act it travels with. As
// src/demur/dissent/documents/short.py.

import { isWellFormed } from "../bytes.js";
import { dump } from "../canonical.js";
import { Refusal } from "../errors.js";
import { shortDocument as SHAPES } from "./forms.js";
import { hasText, readDocument } from "./reading.js";

// The bytes of {"v":1,"type":type,"text":…}. Throws for an empty or unwritable text.
export function shortDocument(type, text) {
  if (!hasText(text)) throw new Refusal("empty", { what: type });
  if (!isWellFormed(text)) throw new Refusal("text", { why: "half-a-letter" });
  return dump({ v: 1, type, text });
}

// The text of a short document.
export function readShort(type, data) {
  return readDocument(data, type, SHAPES).text;
}
