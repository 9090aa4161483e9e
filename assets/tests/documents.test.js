// SPDX-License-Identifier: AGPL-3.0-or-later
// Paragraphs, passages, dates, letters and documents, as Python has them (spec/vectors/dissent.json).

import assert from "node:assert/strict";
import { test } from "node:test";
import { dump } from "../lib/canonical.js";
import { between, find, parting, passages } from "../lib/documents/paragraphs.js";
import { hasText, isDate } from "../lib/documents/reading.js";
import { letters } from "../lib/documents/letters.js";
import { Refusal } from "../lib/errors.js";
import { READERS } from "./readers.js";
import { vectors } from "./support.js";

const rows = vectors("dissent");
const places = (found) => found.map(({ start, end }) => [start, end]);

test("texts are parted at the same places", () => {
  for (const { text, parting: how, blank, lines } of rows.paragraphs) {
    assert.equal(parting(text), how, JSON.stringify(text));
    assert.deepEqual(places(passages(text, "blank")), blank, JSON.stringify(text));
    assert.deepEqual(places(passages(text, "lines")), lines, JSON.stringify(text));
  }
});

test("passages are found at the same places", () => {
  for (const { text, passage, found } of rows.passages) assert.deepEqual(places(find(text, passage)), found, JSON.stringify(passage));
});

test("what was selected is a passage of the text, without white space at its ends", () => {
  const text = "Überfähre. 🙂 Und weiter.";
  assert.deepEqual(between(text, 10, 17), { text: "🙂 Und", start: 13, end: 21 });
  assert.equal(between(text, 10, 11), undefined);
});

test("dates, letters and what is seen are the same", () => {
  for (const { text, holds } of rows.dates) assert.equal(isDate(text), holds, text);
  for (const row of rows.letters) assert.equal(letters(row.text), row.letters, row.text);
  for (const { text, holds } of rows.visible) assert.equal(hasText(text), holds, JSON.stringify(text));
});

test("the same documents are ones, and no other is refused by anything but a Refusal", () => {
  for (const { kind, document, holds } of rows.documents) {
    const read = () => READERS[kind](dump(document));
    if (holds) read();
    else assert.throws(read, Refusal, `${kind} ${JSON.stringify(document)}`);
  }
});
