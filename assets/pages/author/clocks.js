// SPDX-License-Identifier: AGPL-3.0-or-later
// Clocks before anything runs: what the charter promises to whoever files now.

import { clockName } from "../web/clockname.js";
import { day, part, say } from "../web/ui.js";

// One clock as it would run if it started now: nothing is kept or broken yet.
export function promisedClock(row) {
  const facts = { due: day(row.limit, row.zone), aim: row.target ? day(row.target, row.zone) : "", owner: row.title };
  const card = part("clock", {
    name: clockName(row.name), said: null, due: say("clock-due", facts), aim: row.target ? say("clock-aim", facts) : null,
  });
  card.dataset.state = "running";
  return card;
}
