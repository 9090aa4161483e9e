// SPDX-License-Identifier: AGPL-3.0-or-later
// The vault as the server keeps it: a sealed file, fetched and put by the signed-in page. Nothing else of the desk is asked this way.

import { Refusal } from "../../lib/errors.js";
import { el } from "../web/ui.js";

let tag = ""; // of the file as it was seen: what it replaces when it is put

// The sealed file, or "" where there is none.
export async function fetchVault() {
  const answer = await ask("GET");
  if (answer.status === 404) return "";
  if (!answer.ok) throw new Refusal("vault-refused");
  tag = answer.headers.get("ETag");
  return answer.text();
}

export async function putVault(text) {
  const answer = await ask("PUT", text, tag ? { "If-Match": tag } : { "If-None-Match": "*" });
  if (answer.status === 412) throw new Refusal("vault-changed");
  if (!answer.ok) throw new Refusal("vault-refused");
  tag = answer.headers.get("ETag");
}

async function ask(method, body, headers = {}) {
  let answer = await sent(method, body, headers);
  if (answer.status === 403 && (await renewed())) answer = await sent(method, body, headers);
  // Whoever is not signed in any more is led elsewhere.
  if (answer.type === "opaqueredirect" || answer.status === 403) throw new Refusal("signed-out");
  return answer;
}

async function sent(method, body, headers) {
  return reached("vault", { method, body, headers: { ...headers, "Demur-Form": el("desk").dataset.form } });
}

async function reached(path, how = {}) {
  try {
    return await fetch(path, { ...how, redirect: "manual", cache: "no-store" });
  } catch {
    throw new Refusal("unreachable");
  }
}

// Whoever signed in again in another tab has another value for forms than this page was given; it is taken over where the account is the
// same, so that nothing that was made here is lost. A key is never put into the vault of somebody else.
async function renewed() {
  const answer = await reached("./");
  if (!answer.ok) return false;
  const page = await answer.text();
  const { seat, name } = el("desk").dataset;
  if (!page.includes(`data-seat="${seat}" data-name="${name}"`)) throw new Refusal("another-account");
  const form = / data-form="([0-9a-f]{64})"/.exec(page)?.[1];
  for (const field of document.querySelectorAll("input[name=form]")) field.value = form;
  return Boolean((el("desk").dataset.form = form));
}
