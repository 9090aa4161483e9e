// SPDX-License-Identifier: AGPL-3.0-or-later
// The page on which an author files, as it is before they begin: little, so that whoever only looks loads little.
//
// The steps (writing.js) and the worker are fetched when its reader does something. Both come from this server alone, and the worker proves
// what is in force before there is a field to type into.

import { watchLeaving } from "../web/leave.js";
import { end, fetched, offer, renew } from "./begin.js";

// What writing.js takes from here (build.mjs).
export { Refusal } from "../../lib/errors.js";
export { connect } from "../web/rpc.js";
export { save } from "../web/save.js";
export * from "../web/ui.js";
export * from "./trouble.js";

const also = fetched("/static/demur/js/writing.js", "file/sayings/steps/");

watchLeaving({ clear: end, holds: () => globalThis.demurWriting?.holds() ?? false, stay: () => globalThis.demurWriting?.stay() ?? "" });
if (document.getElementById("steps")) offer(([worker, look]) => globalThis.demurWriting.open({ worker, look, renew }), { also });
