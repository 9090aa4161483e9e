// SPDX-License-Identifier: AGPL-3.0-or-later
// The directory: the log's signed word on which charter, roster and policy are in force. Format: spec/channel.md, "Directory"; as
// src/demur/charter/directory.py.
//
// Without it, a server that shows one author a swapped key leaves no trace. With it, the lie is a signed note that `demur verify` condemns.

import { refuse, under } from "../errors.js";
import { openSole } from "../record/note.js";
import { isNumber } from "../record/texts.js";

const CODE = "directory";
const FORM = new RegExp(
  "^demur/directory/v1\\norigin (\\S+)\\ncharter ([0-9a-f]{64})\\nroster ([0-9a-f]{64}|none)\\npolicy ([0-9a-f]{64}|first)\\n" +
    "time (0|[1-9][0-9]{0,15})\\nsize (0|[1-9][0-9]{0,15})\\n$",
);

// {origin, charter, roster, policy, time, size}: leaf hashes in hex, `roster` empty while no seat was ever filled, `policy` while the
// first is in force. `key` is the log's.
export async function openDirectory(text, key) {
  const said = await under(CODE, () => openSole(text, key));
  const [, origin, charter, roster, policy, ...numbers] = FORM.exec(said) ?? refuse(CODE, "form");
  const [time, size] = numbers.map(Number);
  if (origin !== key.name || !isNumber(time) || !isNumber(size)) refuse(CODE, "form");
  return Object.freeze({ origin, charter, roster: roster === "none" ? "" : roster, policy: policy === "first" ? "" : policy, time, size });
}
