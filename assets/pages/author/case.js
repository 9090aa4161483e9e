// SPDX-License-Identifier: AGPL-3.0-or-later
// The page on which an author comes back, as it is before they begin: little, so that whoever only looks loads little. What it does then
// stands in mycase.js.

import { watchLeaving } from "../web/leave.js";
import { end, fetched, offer, renew } from "./begin.js";

// What mycase.js takes from here (build.mjs).
export { Refusal } from "../../lib/errors.js";
export { save } from "../web/save.js";
export * from "../web/ui.js";
export * from "./trouble.js";

const also = fetched("/static/demur/js/mycase.js");

watchLeaving({ clear: end, holds: () => globalThis.demurCase?.holds() ?? false });
offer(([worker]) => globalThis.demurCase.open({ worker, renew, end }), { also, from: "case/author-worker" });
