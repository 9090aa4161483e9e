// SPDX-License-Identifier: AGPL-3.0-or-later
// When a desk was left alone too long. A machine that slept counts as left: the clock is read, not the ticks of a timer.

export const IDLE = 15 * 60_000; // milliseconds
const LOOK = 5_000;

// Calls `lock` once nobody has pressed a key or clicked for IDLE; gives the function that ends the watch.
export function watchIdle(lock, { target = document, now = () => Date.now(), every = LOOK, timers = globalThis } = {}) {
  let last = now();
  const stir = () => {
    // Whoever comes back after the time is up must not keep it open by moving the mouse.
    if (now() - last < IDLE) last = now();
    else look();
  };
  const look = () => {
    if (now() - last < IDLE) return;
    end();
    lock();
  };
  const kinds = ["keydown", "pointerdown", "wheel", "touchstart"];
  for (const kind of kinds) target.addEventListener(kind, stir, { capture: true, passive: true });
  target.addEventListener("visibilitychange", look);
  const timer = timers.setInterval(look, every);
  const end = () => {
    timers.clearInterval(timer);
    for (const kind of kinds) target.removeEventListener(kind, stir, { capture: true });
    target.removeEventListener("visibilitychange", look);
  };
  return end;
}
