// SPDX-License-Identifier: AGPL-3.0-or-later
// What a clock is called; apart from clocks.js, because a page on which nothing runs yet says no more of it.

import { knows, say } from "./ui.js";

export function clockName(name) {
  return knows(`clock-${name}`) ? say(`clock-${name}`) : name;
}
