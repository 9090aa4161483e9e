// SPDX-License-Identifier: AGPL-3.0-or-later
// A statement that the log named as in force: a directory with the charter, the seats or the policy in it, both as their texts.
// As src/demur/client/named.py.

import { toHex } from "../bytes.js";
import { refuse } from "../errors.js";
import { readableEntry } from "../record/entry.js";
import { MARGIN } from "../record/head.js";
import { leafHash } from "../record/merkle.js";
import { read, utf8 } from "../record/texts.js";
import { openDirectory } from "./directory.js";
import { checkStatement } from "./officers.js";

const CODE = "statement";
// type of a statement -> the directory's member that names it, and its own member that counts from 1
const COUNTED = new Map([["charter", ["charter", "version"]], ["seats", ["roster", "serial"]], ["policy", ["policy", "serial"]]]);

// {directory, kind, number}: `kind` is "charter", "seats" or "policy". Throws unless the log named the statement on `line` in the directory
// `note`, and the officers signed it.
export async function readNamed(channel, { note, line }) {
  const directory = await openDirectory(note, channel.logKey);
  if (!line.endsWith("\n")) refuse(CODE, "form");
  const statement = read(utf8(line.slice(0, -1)), CODE);
  const [member, counter] = COUNTED.get(statement?.type) ?? refuse(CODE, "another-kind");
  const number = statement[counter];
  if (!Number.isSafeInteger(number) || number < 1) refuse(CODE, "number");
  if (directory[member] !== toHex(leafHash(readableEntry(statement)))) refuse(CODE, "not-named");
  await checkStatement(statement, channel);
  return Object.freeze({ directory, kind: statement.type, number });
}

// Whether the log named in `shown` what it had replaced before, in `seen`. The sizes say which came later without any clock; the margin
// leaves room for one slow request.
export function rolledBack(seen, shown) {
  const later = shown.directory.size >= seen.directory.size && shown.directory.time > seen.directory.time + MARGIN;
  return later && shown.kind === seen.kind && shown.number < seen.number;
}
