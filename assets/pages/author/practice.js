// SPDX-License-Identifier: AGPL-3.0-or-later
// That a channel is for practice: the banner is the server's word; what the worker proved is said where the banner is missing.

import { part, say } from "../web/ui.js";

export function practiceNote({ practice }) {
  return practice && !document.querySelector(".banner") ? [part("note", { text: say("practice") })] : [];
}
