// SPDX-License-Identifier: AGPL-3.0-or-later
// What several tests need: the vectors that Python runs too, and both ways of Ed25519.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { choose } from "../lib/ed25519.js";
import { Refusal } from "../lib/errors.js";

export function vectors(name) {
  return JSON.parse(readFileSync(new URL(`../../spec/vectors/${name}.json`, import.meta.url), "utf8"));
}

export const bytes64 = (text) => new Uint8Array(Buffer.from(text, "base64"));
export const base64 = (bytes) => Buffer.from(bytes).toString("base64");

// A test that runs with WebCrypto and with the JavaScript that stands in for it: browsers with either must see the same.
export function bothWays(name, work) {
  for (const way of ["webcrypto", "portable"]) {
    test(`${name} (${way})`, async () => {
      choose(way);
      try {
        await work();
      } finally {
        choose(undefined);
      }
    });
  }
}

// `work` is refused, and by a Refusal: any other error would be a fault of ours that looks like strictness.
export async function refused(work, code, what) {
  await assert.rejects(async () => work(), (error) => {
    assert.ok(error instanceof Refusal, `${what}: ${error.stack}`);
    if (code !== undefined) assert.equal(error.code, code, what);
    return true;
  }, String(what).slice(0, 200));
}

// `value` with each edit made, as the vectors write them: a member put at its path, or taken away.
export function edited(value, ...edits) {
  let whole = structuredClone(value);
  for (const edit of edits) {
    if (edit.path.length === 0) {
      whole = edit.value;
      continue;
    }
    const [last, way] = [edit.path.at(-1), edit.path.slice(0, -1)];
    const place = way.reduce((part, step) => part[step], whole);
    if ("value" in edit) place[last] = edit.value;
    else delete place[last];
  }
  return whole;
}
