// SPDX-License-Identifier: AGPL-3.0-or-later
// The browser's reader of a thread: node thread.mjs ADDRESS, {channel, items, author, now, recused, filed, newest: [leaf, roster in force]} as JSON on
// its standard input; answered by {state, seq, faults: [[seq, name]], clocks: [[name, limit, state]]}, or {refused: code}.

import { text } from "node:stream/consumers";
import { fromHex } from "../../../assets/lib/bytes.js";
import { readChannel } from "../../../assets/lib/charter/channel.js";
import { Refusal } from "../../../assets/lib/errors.js";
import { serverAt } from "../../../assets/lib/http.js";
import { Record } from "../../../assets/lib/lookups.js";
import { readItems, readThread } from "../../../assets/lib/thread.js";
import { clocksOf } from "../../../assets/lib/timing.js";

const { channel: document, items: rows, author, now, recused, filed, newest } = JSON.parse(await text(process.stdin));

try {
  const channel = readChannel(document);
  const record = new Record(serverAt(process.argv[2], { pause: 20 }), channel);
  record.keep(...newest); // as from the directory
  const items = readItems(rows, { origin: channel.origin });
  const { charter, story, times, faults } = await readThread(items, record, { author: fromHex(author), now, recused, filed });
  const clocks = clocksOf(charter, story, times, now).map(({ name, limit, state }) => [name, limit, state]);
  process.stdout.write(JSON.stringify({ state: story.state, seq: story.seq, faults: faults.map(({ n, name }) => [n, name]), clocks }));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stdout.write(JSON.stringify({ refused: error.code }));
}
