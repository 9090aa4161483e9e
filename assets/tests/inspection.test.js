// SPDX-License-Identifier: AGPL-3.0-or-later
// What files tell, and the text that is taken of documents: as the command finds it, by the vectors of both.

import assert from "node:assert/strict";
import { test } from "node:test";

import { textOrImport } from "../lib/inspection/importing.js";
import { inflateRaw } from "../lib/inspection/inflating.js";
import { introduction, look } from "../lib/inspection/look.js";
import { vectors } from "./support.js";
import { deflateRawSync } from "node:zlib";

const files = vectors("inspection");
const bytesOf = ({ bytes }) => new Uint8Array(Buffer.from(bytes, "base64"));

test("each file tells what the vectors say", () => {
  for (const file of files) {
    const report = look(bytesOf(file));
    assert.deepEqual({ ...report, introduction: introduction(report) }, file.report, file.name);
  }
});

test("the text of a document is taken as the vectors say, or refused", () => {
  for (const file of files) {
    let text = null;
    try {
      text = textOrImport(bytesOf(file));
    } catch (error) {
      assert.equal(error.code, "no-import", file.name);
    }
    assert.equal(text, file.imported, file.name);
  }
});

test("what is deflated comes back, and stops at the bound", () => {
  const data = Buffer.from("the crossing stays open, ".repeat(5000));
  for (const level of [0, 1, 9]) {
    const packed = new Uint8Array(deflateRawSync(data, { level }));
    assert.deepEqual(Buffer.from(inflateRaw(packed, 1e6).bytes), data);
    const cut = inflateRaw(packed, 1000);
    assert.deepEqual([cut.bytes.length, cut.full], [1000, true]);
  }
});

test("a file that is cut short or changed breaks nothing", () => {
  let seed = 7;
  const drawn = (most) => (seed = (seed * 48271) % 2147483647) % most;
  for (const file of files) {
    const bytes = bytesOf(file);
    for (let n = 0; n < 6; n += 1) {
      look(bytes.subarray(0, drawn(bytes.length + 1)));
      const changed = bytes.slice();
      for (let m = 0; m < 4 && changed.length > 0; m += 1) changed[drawn(changed.length)] = drawn(256);
      look(changed);
    }
  }
});
