// SPDX-License-Identifier: AGPL-3.0-or-later
// The readers of documents by kind, each of bytes, as the browser reads them: for the vectors, and for verdicts beside Python's.

import { load } from "../lib/canonical.js";
import { unpack } from "../lib/container.js";
import { readCase, readKeptCase, readOpening } from "../lib/documents/case.js";
import { readDissent } from "../lib/documents/dissent.js";
import { readReply } from "../lib/documents/reply.js";
import { readShort } from "../lib/documents/short.js";
import { refuse } from "../lib/errors.js";
import { checkForm } from "../lib/manifests.js";

export const READERS = {
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
