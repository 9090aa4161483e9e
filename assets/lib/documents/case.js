// SPDX-License-Identifier: AGPL-3.0-or-later
// What lets somebody read a case: case.json of a grant, and what an author keeps in the mailbox. As src/demur/dissent/documents/case.py.

import { load } from "../canonical.js";
import { refuse } from "../errors.js";
import { fault } from "../schema.js";
import { caseDocument, keptCaseDocument, openingDocument } from "./forms.js";
import { readDocument } from "./reading.js";

// case.json of a grant: {case, case_key, token, salt, author}.
export function readCase(data) {
  return readDocument(data, "case", caseDocument);
}

// case.json of the author's own item in the mailbox, which adds the submit manifest.
export function readKeptCase(data) {
  return readDocument(data, "case", keptCaseDocument);
}

// The outer form of an opening: {event, r}.
export function readOpening(data) {
  let document;
  try {
    document = load(data);
  } catch (error) {
    refuse("document", `not-canonical: ${error.message}`);
  }
  return fault(document, openingDocument["1"]) === "" ? document : refuse("document", "not-an-opening");
}
