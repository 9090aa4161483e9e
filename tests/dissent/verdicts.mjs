// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads documents as the browser does: lines {kind, data: base64} in, one letter a line out: 1 taken, 0 refused, X any other error.

import { createInterface } from "node:readline";
import { load } from "../../assets/lib/canonical.js";
import { unpack } from "../../assets/lib/container.js";
import { readCase, readKeptCase, readOpening } from "../../assets/lib/documents/case.js";
import { readDissent } from "../../assets/lib/documents/dissent.js";
import { readReply } from "../../assets/lib/documents/reply.js";
import { readShort } from "../../assets/lib/documents/short.js";
import { Refusal, refuse } from "../../assets/lib/errors.js";
import { checkForm } from "../../assets/lib/manifests.js";

const READERS = {
  dissent: readDissent,
  reply: readReply,
  message: (data) => readShort("message", data),
  case: readCase,
  "kept case": readKeptCase,
  opening: readOpening,
  manifest: (data) => checkForm(loaded(data)),
  container: (data) => unpack(data, { floor: 64 }),
};

function loaded(data) {
  try {
    return load(data);
  } catch {
    return refuse("manifest", "not-canonical");
  }
}

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
