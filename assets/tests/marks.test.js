// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { countMarks, marksIn, placed, placesOf, withoutMarks } from "../pages/web/marks.js";
import { vectors } from "./support.js";

const file = vectors("marks");

test("what somebody wrote turns no word of a sentence that quotes it", () => {
  for (const { text, shown } of file.placed) assert.equal(placed(text), shown, JSON.stringify(text));
});

test("what a script or typography needs is no mark, and stays", () => {
  for (const text of file.ordinary) {
    assert.deepEqual(marksIn(text), [], JSON.stringify(text));
    assert.equal(withoutMarks(text), text);
  }
});

test("marks are counted, shown where they stand, and taken out", () => {
  for (const { text, counts, places, without } of file.marked) {
    assert.deepEqual(countMarks(text), counts, JSON.stringify(text));
    assert.deepEqual(placesOf(text).map(({ kind, shown }) => [kind, shown]), places, JSON.stringify(text));
    assert.equal(withoutMarks(text), without, JSON.stringify(text));
  }
});
