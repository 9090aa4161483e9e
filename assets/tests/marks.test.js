// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { marksIn, placed } from "../pages/web/marks.js";
import { vectors } from "./support.js";

const file = vectors("marks");

test("what somebody wrote turns no word of a sentence that quotes it", () => {
  for (const { text, shown } of file.placed) assert.equal(placed(text), shown, JSON.stringify(text));
});

test("marks that nobody sees are counted, joined pictures are none", () => {
  for (const { text, ...counts } of file.counted) assert.deepEqual(marksIn(text), counts, JSON.stringify(text));
});
