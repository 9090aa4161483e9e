// SPDX-License-Identifier: AGPL-3.0-or-later
// Receipts that another program changed without meaning to, read as they were written. As src/demur/client/healing.py, for receipts alone.
//
// A mail gateway or an editor makes LF into CRLF, puts a byte order mark before a text, takes away its last line end or adds one, or quotes
// it. What comes out is checked as strictly as ever: a signature holds over the bytes that were signed, or it does not.

import { Refusal } from "./errors.js";

const AROUND = /^[\s\u200b\ufeff]+|[\s\u200b\ufeff]+$/gu;
const QUOTED = /^> ?/gmu;

// What `read` makes of the bytes of a text, harmless changes undone if need be. Throws what `read` throws for the bytes as they are.
export async function asWritten(data, read) {
  try {
    return await read(data);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const text of healed(data)) {
      try {
        return await read(new TextEncoder().encode(text));
      } catch (again) {
        if (!(again instanceof Refusal)) throw again;
      }
    }
    throw error;
  }
}

function healed(data) {
  const mark = data[0] === 0xff && data[1] === 0xfe ? "utf-16le" : data[0] === 0xfe && data[1] === 0xff ? "utf-16be" : "utf-8";
  const plain = new TextDecoder(mark).decode(data).replaceAll("\r\n", "\n").replaceAll("\r", "\n").replace(AROUND, "");
  return [...new Set([plain, plain.replace(QUOTED, "").replace(AROUND, "")])].map((text) => `${text}\n`);
}
