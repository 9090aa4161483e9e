// SPDX-License-Identifier: AGPL-3.0-or-later
// The list of a desk, made while a case is opened that the inbox has only just brought.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Refusal } from "../lib/errors.js";
import { newKey } from "../lib/desk/keyfile.js";
import { toBase64, utf8 } from "../lib/record/texts.js";
import { Listing } from "../pages/desk/listing.js";

const ITEMS = Array.from({ length: 9 }, (_, at) => ({ n: at + 1, file: toBase64(utf8("for another seat")) }));

test("a case that is opened while the list is made has no item of the inbox read twice", async () => {
  const read = [];
  const line = {
    seat: "custodian", channel: { origin: "practice" }, key: await newKey("custodian", 1_795_430_000),
    async getJson(path) {
      const after = Number(/after=(\d+)/.exec(path)[1]);
      await new Promise((resume) => setTimeout(resume, 5));
      const items = ITEMS.slice(after, after + 2);
      read.push(...items.map(({ n }) => n));
      return { items, more: after + 2 < ITEMS.length };
    },
  };
  const index = {
    after: 0, head: [], pieces: 0, counts: {},
    async take(_, after) { this.after = Math.max(this.after, after); },
    async find() { throw new Refusal("no-case"); },
    async lead() {},
    async save() {},
  };
  const listing = new Listing(() => ({ line, index, confirm: async () => {}, now: () => 0, size: () => 9 }));

  const [list] = await Promise.all([listing.today(() => {}), assert.rejects(() => listing.find("ff"), { code: "no-case" })]);

  assert.deepEqual(read, ITEMS.map(({ n }) => n));
  assert.deepEqual([list.complete, list.cases], [true, []]);
});
