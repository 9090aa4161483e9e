// SPDX-License-Identifier: AGPL-3.0-or-later
// Statements that charter officers sign: the charter, the seats, the policy. Format: spec/channel.md; as src/demur/charter/officers.py.
//
// An attacker who owns the server can publish any entry in the record, but not one that clients accept: k of n officers, whose keys never
// touch the server, must have signed it.

import { fromHex } from "../bytes.js";
import { refuse, under } from "../errors.js";
import { written } from "../record/texts.js";
import { verify } from "../signing.js";
import { exact } from "./channel.js";

export const DOMAIN = "demur/officer/v1";
const CODE = "statement";

// Throws unless at least k distinct officers of `channel` signed exactly this statement.
export async function checkStatement(statement, channel) {
  if (statement?.origin !== channel.origin) refuse(CODE, "another-channel");
  const { officers: rows, ...rest } = statement;
  if (!Array.isArray(rows)) refuse(CODE, "unsigned");
  const signed = written(rest, CODE);
  for (const row of rows) await checkRow(row, signed, channel);
  if (rows.some((row, at) => at > 0 && rows[at - 1].key >= row.key)) refuse(CODE, "officers-order");
  if (rows.length < channel.k) refuse(CODE, "too-few");
}

async function checkRow(row, signed, channel) {
  if (!exact(row, ["key", "signature"]) || !channel.officers.includes(row.key)) refuse(CODE, "strangers-signature");
  if (typeof row.signature !== "string" || !/^[0-9a-f]{128}$/.test(row.signature)) refuse(CODE, "signature-form");
  await under(CODE, () => verify(fromHex(row.key), DOMAIN, signed, fromHex(row.signature)));
}
