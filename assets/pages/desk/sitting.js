// SPDX-License-Identifier: AGPL-3.0-or-later
// One sitting at the desk: from unlocking to locking. The key is in the worker; what is here ends with the page, but for what was typed and
// neither saved nor sent: that outlives locking, sealed to the seat by the worker, until somebody unlocks it here.

import { connect } from "../web/rpc.js";

const PATIENCE = 3000; // milliseconds that locking waits for a line that is down, and for sealing

// The page's own state, in one place so that locking forgets all of it.
export const sitting = {
  worker: undefined,
  who: undefined, // what `unlock` told: seat, title, holder, channel
  vault: "", // the sealed file
  request: "", // for the officers, of a key made in this sitting
  list: undefined, // cases and what is due, as far as read
  // Who holds what somebody typed: {save() tries to save it, unsaved() -> [{kind, key, value}] what is neither saved nor sent, end() forgets it}.
  holders: new Set(),
};

let sealed = []; // Uint8Array each: what was not saved when the desk was locked
const takers = {}; // kind -> what puts an unsealed value back

export function worker() {
  sitting.worker ??= connect("desk-worker");
  return sitting.worker;
}

export function call(method, params = {}, tell) {
  return worker().call(method, params, tell ? { tell } : {});
}

// What is neither saved nor sent now.
export function unsaved() {
  return [...sitting.holders].flatMap((holder) => holder.unsaved());
}

// Whether closing this window would lose something.
export function wouldLose() {
  return sealed.length > 0 || unsaved().length > 0;
}

export function saveAll() {
  return soon(Promise.allSettled([...sitting.holders].map((holder) => holder.save())));
}

// `take(key, value)` puts what was typed back where it was typed.
export function takesBack(kind, take) {
  takers[kind] = take;
}

// Ends the worker, and with it the key; empties the document. Where everything was saved, the page is loaded anew, so that no variable of it
// is left; else it stays with what could not be saved, sealed, and `again()` shows it locked.
export async function lock(again) {
  await saveAll();
  const values = unsaved();
  if (values.length > 0) {
    const rows = await soon(Promise.allSettled(values.map((value) => call("seal", { value }))));
    sealed.push(...(rows ?? []).filter(({ status }) => status === "fulfilled").map(({ value }) => value.sealed));
  }
  forget();
  if (sealed.length > 0) again();
  else location.reload();
}

// Puts back what was sealed when the desk was locked, after it was unlocked; whether there was any. What another key sealed stays as it is.
export async function unsealAll() {
  const before = sealed;
  sealed = [];
  for (const piece of before) {
    try {
      const { kind, key, value } = (await call("unseal", { sealed: piece })).value;
      takers[kind](key, value);
    } catch {
      sealed.push(piece);
    }
  }
  return before.length > sealed.length;
}

export function forget() {
  sitting.worker?.close();
  for (const holder of sitting.holders) holder.end();
  Object.assign(sitting, { worker: undefined, who: undefined, vault: "", request: "", list: undefined });
  for (const field of document.querySelectorAll("input:not([type=hidden]), textarea")) field.value = "";
  document.getElementById("view")?.replaceChildren();
}

function soon(promise) {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
}
