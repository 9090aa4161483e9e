// SPDX-License-Identifier: AGPL-3.0-or-later
// The page on which an author files, as it is before they begin: little, so that whoever only looks loads little.
//
// The steps (writing.js) and the worker are fetched when its reader does something. Both come from this server alone, and the worker proves
// what is in force before there is a field to type into.

import { watchLeaving } from "../web/leave.js";
import { end, offer, renew } from "./begin.js";

let writing;

watchLeaving({ clear: end, holds: () => writing?.holds() ?? false });
if (document.getElementById("steps")) {
  let tries = 0;
  // Not by name: a bundler would take it in, and the first view would carry it. A try that failed is asked for by another address, because
  // a browser may remember the failure.
  const steps = () => import(new URL(tries++ ? `writing.js?${tries}` : "writing.js", import.meta.url).href).catch(() => {
    throw Object.assign(new Error("unreachable"), { code: "unreachable", facts: {} });
  });
  offer(([worker, look], module) => {
    writing = module;
    writing.open({ worker, look, renew });
  }, { also: steps });
}
