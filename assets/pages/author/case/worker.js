// SPDX-License-Identifier: AGPL-3.0-or-later
// The worker of the page on which an author comes back. What it may be asked, and what it gives, stands at the top of ../worker.js.

import { serverAt } from "../../../lib/http.js";
import { serve } from "../../web/rpc.js";
import { Follower } from "../follower.js";

const server = serverAt(self.location.origin);
serve(new Follower({ server, clock: () => Math.floor(Date.now() / 1000) }).methods);
