// SPDX-License-Identifier: AGPL-3.0-or-later
// The page on which an author comes back, as it is before they begin: little, so that whoever only looks loads little. What it does then
// stands in mycase.js.

import { watchLeaving } from "../web/leave.js";
import { end, fetched, offer, renew } from "./begin.js";

const also = fetched("/static/demur/js/mycase.js");

watchLeaving({ clear: end, holds: () => globalThis.demurCase?.holds() ?? false });
offer(([worker]) => globalThis.demurCase.open({ worker, renew, end }), { also, from: "case/author-worker" });
