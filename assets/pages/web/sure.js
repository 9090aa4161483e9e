// SPDX-License-Identifier: AGPL-3.0-or-later
// Asks before what was typed or chosen is thrown away.

import { say } from "./ui.js";

// Whether what the button `node` throws away shall be gone.
export function sure({ textContent }) {
  return globalThis.confirm(say("gone-then", { what: textContent }));
}
