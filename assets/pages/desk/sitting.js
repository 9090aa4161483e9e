// SPDX-License-Identifier: AGPL-3.0-or-later
// One sitting at the desk: from unlocking to locking. The key is in the worker; what is here ends with the page.

import { connect } from "../web/rpc.js";

// The page's own state, in one place so that locking forgets all of it.
export const sitting = {
  worker: undefined,
  who: undefined, // what `unlock` told: seat, title, holder, channel
  vault: "", // the sealed file
  request: "", // for the officers, of a key made in this sitting
  list: undefined, // cases and what is due, as far as read
  before: new Set(), // what must be done before locking: drafts kept
};

export function worker() {
  sitting.worker ??= connect("desk-worker");
  return sitting.worker;
}

export function call(method, params = {}, tell) {
  return worker().call(method, params, tell ? { tell } : {});
}

// Ends the worker, and with it the key; empties the document; and loads the page anew, so that no variable of it is left.
export async function lock() {
  const kept = Promise.allSettled([...sitting.before].map((act) => act()));
  await Promise.race([kept, new Promise((resolve) => setTimeout(resolve, 3000))]);
  forget();
  location.reload();
}

export function forget() {
  sitting.worker?.close();
  Object.assign(sitting, { worker: undefined, who: undefined, vault: "", request: "", list: undefined });
  for (const field of document.querySelectorAll("input, textarea")) field.value = "";
  document.getElementById("view")?.replaceChildren();
}
