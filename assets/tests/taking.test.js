// SPDX-License-Identifier: AGPL-3.0-or-later
// A channel that takes nothing: the author is told why, and nobody is accused whom the server does not accuse.

import { test } from "node:test";

import { checkTaking } from "../lib/wish.js";
import { refused } from "./support.js";

const SEAT = (id) => ({ id, when: undefined });
const CHARTER = { format: 1, faults: [], practice: true, readingSeats: [SEAT("custodian"), SEAT("deputy")], oversightSeat: "oversight" };
const HELD = { charter: "aa", holders: new Map([["custodian", {}], ["deputy", {}]]) };
const found = (roster, charter = "aa") => ({ directory: { charter }, roster });
const closed = (code, reason = "Because.") => ({ open: false, code, reason });

test("a channel that is open, or whose server does not say, is no reason to refuse", () => {
  checkTaking({ open: true }, found(HELD), CHARTER);
  checkTaking({}, found(HELD), CHARTER);
});

test("a channel that the record shows closed is said to be closed, whatever else the server says", async () => {
  const few = { ...HELD, holders: new Map([["custodian", {}]]) };
  for (const code of ["not-open", "in-dispute", undefined]) {
    await refused(() => checkTaking(closed(code), found(HELD, "bb"), CHARTER), "not-open", "a new charter");
    await refused(() => checkTaking(closed(code), found(few), CHARTER), "not-open", "too few seats");
    await refused(() => checkTaking(closed(code), found(undefined), CHARTER), "not-open", "no seats");
  }
});

test("a witness's dispute is told where the server says so, and any other reason in the server's words", async () => {
  await refused(() => checkTaking(closed("in-dispute"), found(HELD), CHARTER), "in-dispute", "a dispute");
  await refused(() => checkTaking(closed("not-open"), found(HELD), CHARTER), "server", "another reason");
  await refused(() => checkTaking(closed(undefined), found(HELD), CHARTER), "server", "an older server");
});
