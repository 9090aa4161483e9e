// SPDX-License-Identifier: AGPL-3.0-or-later
// How a page speaks with its worker. The worker holds words, keys and text, and does all that is slow; the page shows what it gets.
//
//     worker   serve({ method: async (params, tell) => result })
//     page     const worker = connect("author-worker");
//              await worker.ready;                                   the worker has loaded and serves
//              await worker.call("seal", params, { tell: (step) => …, transfer: [buffer] });
//              worker.close();                                       ends it with everything it holds
//
// Params, results and what is told are copied (structured clone): Blobs and Uint8Arrays may be among them. A result is transferred instead of
// copied where the worker says so: `return handOver(result, [bytes.buffer])`; it must not keep such bytes.
//
// A Refusal crosses as its code and facts and is a Refusal again. Anything else that is thrown crosses as the code "fault" with the name of the
// error and the places in our own files: never its message, which may quote somebody's text. Two codes are the page's own: "worker-lost" (its
// script could not be loaded, or it died; `connect` can be tried again) and "closed" (asked after `close`, or before and not answered).

import { Refusal } from "../../lib/errors.js";

const FOLDER = "/static/demur/js/";
const WORKERS = ["inspection-worker", "author-worker", "case/author-worker", "portable/author-worker", "portable/case/author-worker", "desk-worker"];

class HandOver {
  constructor(result, buffers) {
    Object.assign(this, { result, buffers });
  }
}

export function handOver(result, buffers) {
  return new HandOver(result, buffers);
}

// --- in the worker

export function serve(methods) {
  self.addEventListener("message", async ({ data: { id, method, params } }) => {
    const tell = (told) => self.postMessage({ id, told });
    try {
      if (!Object.hasOwn(methods, method)) throw new TypeError("no such method");
      const given = await methods[method](params, tell);
      const { result, buffers } = given instanceof HandOver ? given : { result: given, buffers: [] };
      self.postMessage({ id, result }, buffers);
    } catch (error) {
      self.postMessage({ id, refused: crossing(error) });
    }
  });
  self.postMessage({ ready: true });
}

function crossing(error) {
  if (error instanceof Refusal) return { code: error.code, facts: { ...error.facts } };
  const places = String(error?.stack ?? "").match(/[\w.$-]+\.js:\d+:\d+/g) ?? [];
  return { code: "fault", facts: { name: String(error?.name ?? "").slice(0, 60), places: places.slice(0, 5).join(" ") } };
}

// --- on the page

// The one policy of trusted types on our pages: what may become a script is one of our workers, and nothing else. The scripts of a page share
// it, because a page may make it once.
function workerAddress(name) {
  const allowed = (address) => {
    if (!WORKERS.some((known) => address === `${FOLDER}${known}.js`)) throw new TypeError("not a worker of ours");
    return address;
  };
  const address = `${FOLDER}${name}.js`;
  if (!globalThis.trustedTypes) return allowed(address);
  globalThis.demurWorkers ??= trustedTypes.createPolicy("demur-worker", { createScriptURL: allowed });
  return globalThis.demurWorkers.createScriptURL(address);
}

export function connect(name) {
  const worker = new Worker(workerAddress(name));
  const waiting = new Map(); // id -> {resolve, reject, tell}
  let last = 0;
  let over = "";
  let begin;
  let never;
  const ready = new Promise((resolve, reject) => {
    begin = resolve;
    never = reject;
  });
  ready.catch(() => {}); // told to those who wait for it

  function end(code) {
    if (over) return;
    over = code;
    worker.terminate();
    never(new Refusal(code));
    for (const { reject } of waiting.values()) reject(new Refusal(code));
    waiting.clear();
  }

  worker.addEventListener("message", ({ data }) => {
    if (data.ready) return begin();
    const call = waiting.get(data.id);
    if (!call) return undefined;
    if ("told" in data) return call.tell?.(data.told);
    waiting.delete(data.id);
    if (data.refused) return call.reject(new Refusal(data.refused.code, data.refused.facts));
    return call.resolve(data.result);
  });
  // Fires when the script cannot be loaded and when it fails outside of a method.
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    end("worker-lost");
  });
  worker.addEventListener("messageerror", () => end("worker-lost"));

  return {
    ready,
    call(method, params = {}, { tell, transfer = [] } = {}) {
      if (over) return Promise.reject(new Refusal(over));
      return new Promise((resolve, reject) => {
        const id = (last += 1);
        waiting.set(id, { resolve, reject, tell });
        try {
          worker.postMessage({ id, method, params }, transfer);
        } catch (error) {
          waiting.delete(id);
          reject(error);
        }
      });
    },
    close: () => end("closed"),
  };
}
