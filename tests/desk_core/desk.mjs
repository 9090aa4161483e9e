// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's worker without a browser: one line of JSON in, one out. Bytes travel as {"$bytes": base64}; a Blob comes out as bytes.
//
//     node desk.mjs ADDRESS [SECONDS]    SECONDS are added to this machine's clock
//
// in {"method", "params"}, out {"told": …}*, then {"result"} or {"refused": {code, facts}} or {"fault": stack}. "$sent" gives what went over
// the wire since it was asked last: [{method, path, status, up, down}] in bytes.

import { createInterface } from "node:readline";
import { Refusal } from "../../assets/lib/errors.js";
import { serverAt } from "../../assets/lib/http.js";
import { Desk } from "../../assets/pages/desk/methods.js";

const [address, shift = "0"] = process.argv.slice(2);
let sent = [];
const clock = () => Math.floor(Date.now() / 1000) + Number(shift);
const desk = new Desk({ server: serverAt(address, { fetch: counted, pause: 20 }), clock });
const say = (value) => process.stdout.write(`${JSON.stringify(value, writing)}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const { method, params } = JSON.parse(line, reading);
  try {
    const result = method === "$sent" ? taken() : await desk.methods[method](params, (told) => say({ told: { ...told, requests: sent.length } }));
    say({ result: await flat(result) });
  } catch (error) {
    say(error instanceof Refusal ? { refused: { code: error.code, facts: error.facts } } : { fault: error.stack });
  }
}

async function counted(url, options) {
  const answer = await fetch(url, options);
  const data = await answer.arrayBuffer();
  const { pathname, search } = new URL(url);
  sent.push({ method: options.method, path: pathname + search, status: answer.status, up: options.body?.length ?? 0, down: data.byteLength });
  return new Response(data, { status: answer.status, headers: answer.headers });
}

function taken() {
  const before = sent;
  sent = [];
  return before;
}

async function flat(result) {
  return result?.blob instanceof Blob ? { ...result, blob: new Uint8Array(await result.blob.arrayBuffer()) } : result;
}

function reading(_, value) {
  return typeof value?.$bytes === "string" ? new Uint8Array(Buffer.from(value.$bytes, "base64")) : value;
}

function writing(_, value) {
  return value instanceof Uint8Array ? { $bytes: Buffer.from(value).toString("base64") } : value;
}
