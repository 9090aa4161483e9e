// SPDX-License-Identifier: AGPL-3.0-or-later
// What old Office documents and Outlook messages tell. As src/demur/client/inspection/ole.py.

import { le, moment, readable, TABLES } from "./report.js";
import { addWords } from "./unpacking.js";

const SETS = [
  ["\xe0\x85\x9f\xf2\xf9\x4f\x68\x10\xab\x91\x08\x00\x2b\x27\xb3\xd9", "ole"], ["\x02\xd5\xcd\xd5\x9c\x2e\x1b\x10\x93\x97\x08\x00\x2b\x2c\xf9\xae", "oleMore"],
];
const TO_1970 = 11_644_473_600n;
const number = (data, at) => (at >= 0 ? le(data, at, 4) : 0);

export function ole(data, found) {
  for (const [mark, table] of SETS) {
    let at = data.indexOf(mark);
    for (let n = 0; n < 8 && at >= 0; n += 1) {
      readSet(data, at + 16, at - 28, table, found);
      at = data.indexOf(mark, at + 16);
    }
  }
  for (const [name, what] of [["VBA", "script"], ["Ole10Native", "embedded"], ["__substg1.0", "recipient"], ["__attach", "attachment"]]) {
    if (data.includes(name.replace(/./g, "$&\0"))) found.add(what, "");
  }
  addWords(data, found);
}

function readSet(data, at, start, table, found) {
  const section = start + number(data, at);
  const count = Math.min(number(data, section + 4), 100);
  for (let n = 0; n < count; n += 1) {
    const name = number(data, section + 8 + 8 * n);
    found.addIf(TABLES[table][name] ?? "property", property(data, section + number(data, section + 12 + 8 * n)));
  }
}

function property(data, place) {
  const kind = number(data, place) & 0xffff;
  const size = Math.min(number(data, place + 4), 2000);
  if (kind === 30) return readable(data.slice(place + 8, place + 8 + size)).replaceAll("\0", " ");
  if (kind === 31) return readable(`\xff\xfe${data.slice(place + 8, place + 8 + 2 * size)}`).replaceAll("\0", " ");
  let ticks = 0n;
  for (const byte of [...data.slice(place + 4, place + 12)].reverse()) ticks = ticks * 256n + BigInt(byte.charCodeAt(0));
  const seconds = ticks / 10_000_000n - TO_1970;
  return kind === 64 && seconds > 0n ? moment(Number(seconds)) : "";
}
