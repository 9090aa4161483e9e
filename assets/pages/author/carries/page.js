// SPDX-License-Identifier: AGPL-3.0-or-later
// What the page of filing asks of this folder; fetched when the first file is added, because most authors add none.

import { look, LOOKED_AT } from "./look.js";

globalThis.demurCarries = { look, LOOKED_AT };
