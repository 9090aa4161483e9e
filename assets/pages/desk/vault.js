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
  let answer;
  try {
    const form = { "Demur-Form": el("desk").dataset.form };
    answer = await fetch("vault", { method, body, headers: { ...headers, ...form }, redirect: "manual", cache: "no-store" });
  } catch {
    throw new Refusal("unreachable");
  }
  // Whoever is not signed in any more is led elsewhere.
  if (answer.type === "opaqueredirect" || answer.status === 403) throw new Refusal("signed-out");
  return answer;
}
