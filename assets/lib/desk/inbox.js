// SPDX-License-Identifier: AGPL-3.0-or-later
// A seat's inbox: opaque items in pages, most of them for nobody. As src/demur/client/inbox.py. The server makes no list of cases for a seat;
// the list is made here (index.js).

import { Refusal, refuse } from "../errors.js";
import { fromBase64 } from "../record/texts.js";
import { openGrant } from "./grants.js";

const CODE = "bad-answer";

// A page of the inbox above number `after`, `most` items at most (undefined: as many as the server gives): {items: [{n, file}], more}; `file`
// is base64 as the server gave it.
export async function readPage(line, after, most) {
  const how = most === undefined ? "" : `&most=${most}`;
  const { items, more } = await line.getJson(`/api/v1/seats/${line.seat}/inbox?after=${after}${how}`);
  if (!Array.isArray(items) || typeof more !== "boolean" || (more && items.length === 0)) refuse(CODE, "inbox");
  let last = after;
  const read = items.map((row) => {
    if (!Number.isSafeInteger(row?.n) || row.n <= last || typeof row.file !== "string") refuse(CODE, "inbox-order");
    last = row.n;
    return { n: row.n, file: row.file };
  });
  return { items: read, more };
}

// What inbox items open to: {rows, faults}. One that this seat cannot open is dropped in silence, one that opens and does not hold becomes a
// fault: one bad item must not keep a seat from the others, because anybody who files can make one. `confirm(grant)` is asked for grants
// that a seat added; `size` is how many entries the record has now.
export async function openItems(line, items, confirm, size = 0) {
  const [rows, faults] = [[], []];
  for (const { n, file } of items) {
    try {
      const grant = await openGrant(fromBase64(file, "grant"), { key: line.key, seat: line.seat, origin: line.channel.origin });
      if (grant === undefined) continue;
      if (grant.giver !== "") await confirm(grant);
      rows.push({ n, grant, seen: 0, last: "", subject: "", size, at: -1 });
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "grant") throw error;
      faults.push({ code: "inbox-item", facts: { n, why: error.message } });
    }
  }
  return { rows, faults };
}
