// SPDX-License-Identifier: AGPL-3.0-or-later
// How a page and its worker speak: answers, progress, refusals, faults that quote nobody, and ends.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { connect, handOver, serve } from "../pages/web/rpc.js";
import { Refusal } from "../lib/errors.js";

// A worker in this very thread; what crosses is copied as between two.
class Here extends EventTarget {
  static last;
  constructor(address) {
    super();
    Object.assign(this, { address, ended: false });
    Here.last = this;
    const inside = new EventTarget();
    const send = (target, data, transfer) => {
      const copied = structuredClone(data, { transfer });
      queueMicrotask(() => this.ended || target.dispatchEvent(Object.assign(new Event("message"), { data: copied })));
    };
    this.postMessage = (data, transfer = []) => send(inside, data, transfer);
    inside.postMessage = (data, transfer = []) => send(this, data, transfer);
    globalThis.self = inside;
    if (Here.methods) serve(Here.methods);
  }
  terminate() {
    this.ended = true;
  }
}

beforeEach(() => {
  globalThis.Worker = Here;
  delete globalThis.trustedTypes;
  Here.methods = {
    add: async ({ a, b }, tell) => {
      tell({ stage: "half" });
      return a + b;
    },
    refuse: async () => {
      throw new Refusal("too-large", { what: "text", most: 5 });
    },
    fail: async () => {
      throw new TypeError("the secret sentence of somebody");
    },
    bytes: async () => {
      const bytes = new Uint8Array([1, 2, 3]);
      Here.kept = bytes;
      return handOver({ bytes }, [bytes.buffer]);
    },
    never: () => new Promise(() => {}),
  };
});

test("a call is answered, and tells how far it is", async () => {
  const worker = connect("author-worker");
  await worker.ready;
  const told = [];
  assert.equal(await worker.call("add", { a: 2, b: 3 }, { tell: (step) => told.push(step) }), 5);
  assert.deepEqual(told, [{ stage: "half" }]);
  assert.equal(String(Here.last.address), "/static/demur/js/author-worker.js");
});

test("answers find their calls, in whatever order they come", async () => {
  const worker = connect("desk-worker");
  const sums = await Promise.all([1, 2, 3, 4].map((n) => worker.call("add", { a: n, b: n })));
  assert.deepEqual(sums, [2, 4, 6, 8]);
});

test("a refusal is a refusal on the other side, with its facts", async () => {
  await assert.rejects(connect("author-worker").call("refuse"), (error) => {
    assert.ok(error instanceof Refusal);
    assert.deepEqual([error.code, { ...error.facts }], ["too-large", { what: "text", most: 5 }]);
    return true;
  });
});

test("a fault tells where it was and never what it quotes", async () => {
  await assert.rejects(connect("author-worker").call("fail"), (error) => {
    assert.equal(error.code, "fault");
    assert.equal(error.facts.name, "TypeError");
    assert.match(error.facts.places, /rpc\.test\.js:\d+:\d+/);
    assert.ok(!JSON.stringify([error.facts, error.message]).includes("secret"));
    return true;
  });
});

test("a method that is not there is a fault, also one that every object has", async () => {
  for (const name of ["nothing", "toString", "__proto__"]) {
    await assert.rejects(connect("author-worker").call(name), { code: "fault" });
  }
});

test("bytes that are handed over are gone where they came from, in both directions", async () => {
  const worker = connect("author-worker");
  const { bytes } = await worker.call("bytes");
  assert.deepEqual([...bytes], [1, 2, 3]);
  assert.equal(Here.kept.length, 0);
  const sent = new Uint8Array([9]);
  await worker.call("add", { a: 1, b: 1, sent }, { transfer: [sent.buffer] });
  assert.equal(sent.length, 0);
});

test("after the end nothing is asked, and what was asked is told of the end", async () => {
  const worker = connect("author-worker");
  const waiting = worker.call("never");
  worker.close();
  await assert.rejects(waiting, { code: "closed" });
  await assert.rejects(worker.call("add", { a: 1, b: 1 }), { code: "closed" });
  await assert.rejects(worker.ready, { code: "closed" });
  assert.equal(Here.last.ended, true);
});

test("a worker that is lost is told to everybody who waits, and another can be made", async () => {
  Here.methods = null; // its script never came
  const worker = connect("author-worker");
  const waiting = worker.call("add");
  Here.last.dispatchEvent(new Event("error", { cancelable: true }));
  await assert.rejects(waiting, { code: "worker-lost" });
  await assert.rejects(worker.ready, { code: "worker-lost" });
  await assert.rejects(worker.call("add"), { code: "worker-lost" });
  Here.methods = { add: async () => 1 };
  assert.equal(await connect("author-worker").call("add"), 1);
});

test("what cannot cross is told at once, and the worker goes on", async () => {
  const worker = connect("author-worker");
  await assert.rejects(worker.call("add", { a: () => {} }), { name: "DataCloneError" });
  assert.equal(await worker.call("add", { a: 1, b: 1 }), 2);
});

test("only our workers can be made, also by the one policy that makes script addresses", () => {
  assert.throws(() => connect("write"), TypeError);
  assert.throws(() => connect("../../../elsewhere/author-worker"), TypeError);
  const made = [];
  globalThis.trustedTypes = {
    createPolicy: (name, rules) => {
      made.push(name);
      return { createScriptURL: (address) => `trusted ${rules.createScriptURL(address)}` };
    },
  };
  connect("author-worker");
  assert.equal(Here.last.address, "trusted /static/demur/js/author-worker.js");
  connect("desk-worker");
  assert.throws(() => connect("more"), TypeError);
  assert.deepEqual(made, ["demur-worker"]); // a second policy of this name would be refused
});
