// SPDX-License-Identifier: AGPL-3.0-or-later
// Both of the author's workers without a browser: one line of JSON in, one out. Bytes travel as {"$bytes": base64}, Blobs in as {"$blob": base64}.
//
//     node author.mjs ADDRESS [SECONDS]    SECONDS are added to this machine's clock
//
// in {"method", "params"}, out {"told": …}*, then {"result"} or {"refused": {code, facts}} or {"fault": stack}.

import { createInterface } from "node:readline";
import { Refusal } from "../../assets/lib/errors.js";
import { serverAt } from "../../assets/lib/http.js";
import { Filer } from "../../assets/pages/author/filer.js";
import { Follower } from "../../assets/pages/author/follower.js";

const [address, shift = "0"] = process.argv.slice(2);
const clock = { shift: Number(shift) };
const parts = { server: serverAt(address, { pause: 20 }), clock: () => Math.floor(Date.now() / 1000) + clock.shift };
const methods = { ...new Follower(parts).methods, ...new Filer(parts).methods };
const say = (value) => process.stdout.write(`${JSON.stringify(value, writing)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { method, params } = JSON.parse(line, reading);
  try {
    if (method === "$clock") clock.shift = params.shift;
    say({ result: method === "$clock" ? {} : await methods[method](params, (told) => say({ told })) });
  } catch (error) {
    say(error instanceof Refusal ? { refused: { code: error.code, facts: error.facts } } : { fault: error.stack });
  }
}

function reading(_, value) {
  if (typeof value?.$bytes === "string") return new Uint8Array(Buffer.from(value.$bytes, "base64"));
  return typeof value?.$blob === "string" ? new Blob([Buffer.from(value.$blob, "base64")]) : value;
}

function writing(_, value) {
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : value;
}
