// SPDX-License-Identifier: AGPL-3.0-or-later
// The page on which an author files, as it is before they begin: little, so that whoever only looks loads little.
//
// The steps (writing.js) and the worker are fetched when its reader does something. Both come from this server alone, and the worker proves
// what is in force before there is a field to type into.

import { Refusal } from "../../lib/errors.js";
import { watchLeaving } from "../web/leave.js";
import { end, offer, renew } from "./begin.js";

const STEPS = "/static/demur/js/writing.js";
let tries = 0;

watchLeaving({ clear: end, holds: () => globalThis.demurWriting?.holds() ?? false });
if (document.getElementById("steps")) offer(([worker, look]) => globalThis.demurWriting.open({ worker, look, renew }), { also: fetchSteps });

// Not imported by name: a bundler would take it in, and the first view would carry it. A try that failed is made again by another address,
// because a browser may remember the failure.
async function fetchSteps() {
  tries += 1;
  try {
    await import(tries > 1 ? `${STEPS}?${tries}` : STEPS);
  } catch {
    throw new Refusal("unreachable");
  }
}
