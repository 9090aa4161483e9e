// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "../lib/errors.js";
import { asWritten } from "../lib/healing.js";

const TEXT = "demur/receipt/v1\n-- promise\nYes =\n";
const bytes = (text) => new TextEncoder().encode(text);

async function read(data) {
  if (new TextDecoder("utf-8", { ignoreBOM: true }).decode(data) !== TEXT) throw new Refusal("receipt");
  return "read";
}

const CHANGES = {
  nothing: bytes(TEXT),
  CRLF: bytes(TEXT.replaceAll("\n", "\r\n")),
  CR: bytes(TEXT.replaceAll("\n", "\r")),
  "a mark": bytes(`\ufeff${TEXT}`),
  "a line end more": bytes(`${TEXT}\n`),
  "no last line end": bytes(TEXT.trimEnd()),
  "an empty line first": bytes(`\n${TEXT}`),
  "a no-break space": bytes(`${TEXT}\u00a0`),
  quoted: bytes(TEXT.replaceAll(/^/gmu, "> ").slice(0, -2)),
  "UTF-16": new Uint8Array([0xff, 0xfe, ...[...TEXT].flatMap((letter) => [letter.charCodeAt(0), 0])]),
};

for (const [name, data] of Object.entries(CHANGES)) {
  test(`a text after a harmless change is read as it was written: ${name}`, async () => {
    assert.equal(await asWritten(data, read), "read");
  });
}

test("what was changed in itself is refused as it was, and a fault of ours goes through", async () => {
  await assert.rejects(asWritten(bytes(TEXT.replace("Yes", "No")), read), { name: "Refusal", code: "receipt" });
  await assert.rejects(
    asWritten(bytes(TEXT), () => {
      throw new TypeError("ours");
    }),
    { name: "TypeError" },
  );
});
