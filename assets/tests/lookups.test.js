// SPDX-License-Identifier: AGPL-3.0-or-later
// What a record's reader reads once, however many cases name it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Record } from "../lib/lookups.js";
import { vectors } from "./support.js";

test("ten thousand cases read their charter once", async () => {
  const record = new Record({}, {});
  const leaf = "ab".repeat(32);
  record.keep(leaf, vectors("procedure").charters[0].statement);
  const found = new Set();
  for (let n = 0; n < 10_000; n += 1) found.add(await record.charter(leaf));
  assert.equal(found.size, 1);
});
