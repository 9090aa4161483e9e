// SPDX-License-Identifier: AGPL-3.0-or-later
import assert from "node:assert/strict";
import { test } from "node:test";

import { IDLE, watchIdle } from "../pages/desk/idle.js";

function left() {
  const target = new EventTarget();
  const at = { now: 0, locked: 0, looks: [] };
  const timers = { setInterval: (look) => at.looks.push(look), clearInterval: () => at.looks.splice(0) };
  watchIdle(() => (at.locked += 1), { target, now: () => at.now, timers });
  return { target, at, look: () => at.looks.forEach((look) => look()) };
}

test("a desk that nobody touches locks after a quarter of an hour, once", () => {
  const { at, look } = left();
  at.now = IDLE - 1;
  look();
  assert.equal(at.locked, 0);
  at.now = IDLE;
  look();
  look();
  assert.equal(at.locked, 1);
});

test("a key pressed begins the quarter of an hour anew", () => {
  const { target, at, look } = left();
  at.now = IDLE - 1;
  target.dispatchEvent(new Event("keydown"));
  at.now = 2 * IDLE - 2;
  look();
  assert.equal(at.locked, 0);
  at.now += 1;
  look();
  assert.equal(at.locked, 1);
});

test("whoever comes back too late cannot keep it open by touching it", () => {
  const { target, at } = left();
  at.now = IDLE + 1; // the machine slept, and no timer ran
  target.dispatchEvent(new Event("pointerdown"));
  assert.equal(at.locked, 1);
});

test("a window that is looked at again after too long is locked", () => {
  const { target, at } = left();
  at.now = IDLE;
  target.dispatchEvent(new Event("visibilitychange"));
  assert.equal(at.locked, 1);
});
