// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads documents as the browser does: lines {kind, data: base64} in, one letter a line out: 1 taken, 0 refused, X any other error.

import { createInterface } from "node:readline";
import { Refusal } from "../../assets/lib/errors.js";
import { READERS } from "../../assets/tests/readers.js";

const told = [];
for await (const line of createInterface({ input: process.stdin })) {
  const { kind, data } = JSON.parse(line);
  try {
    await READERS[kind](new Uint8Array(Buffer.from(data, "base64")));
    told.push("1");
  } catch (error) {
    told.push(error instanceof Refusal ? "0" : "X");
  }
}
process.stdout.write(told.join("\n"));
