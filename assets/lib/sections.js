// SPDX-License-Identifier: AGPL-3.0-or-later
// Sectioned text: how receipts and evidence stand in a file that a person can print. Format: spec/receipt.md; as src/demur/client/sections.py.
//
// Canonical: reading and writing again gives the same bytes, so every byte of a receipt is either checked or refused.

import { refuse } from "./errors.js";
import { fromUtf8 } from "./record/texts.js";

const HEADING = "=== ";

// The text whose first line is `first`; `sections` are [name, text] pairs, each text empty or of lines that end with a line feed.
export function writeSections(first, sections) {
  return `${first}\n${sections.map(([name, text]) => `${HEADING}${name}\n${text}`).join("")}`;
}

// The sections of a text (bytes) that starts with the line `first`. Throws under `code` unless it is canonical.
export function readSections(data, first, code) {
  const text = fromUtf8(data, code);
  if (!text.startsWith(`${first}\n`)) refuse(code, "another-kind");
  const sections = [];
  for (const line of text.slice(first.length + 1).match(/[^\n]*\n|[^\n]+/g) ?? []) {
    if (line.startsWith(HEADING)) {
      const name = line.slice(HEADING.length).replace(/\n+$/, "");
      if (!/^[a-z][a-z-]{0,39}$/.test(name)) refuse(code, "heading");
      sections.push([name, ""]);
    } else if (sections.length === 0) {
      refuse(code, "text-before-headings");
    } else {
      sections.at(-1)[1] += line;
    }
  }
  return writeSections(first, sections) === text ? sections : refuse(code, "not-its-one-form");
}
