// SPDX-License-Identifier: AGPL-3.0-or-later
// The claims: paragraphs of one's own text, marked; or numbered boxes.

import { all, button, el, fill, listOf, number, part, say } from "../../web/ui.js";
import { paragraphs } from "./steps.js";

const marked = new Set(); // paragraphs as texts, so that a mark stays where its paragraph moves

// Shows the claims step for a way of writing; what was marked or typed before stays.
export function showClaims(way, text) {
  const rows = el("claim-rows");
  el("claim-more").hidden = way !== "asked";
  if (way === "own") rows.replaceChildren(...paragraphs(text).map(paragraphRow));
  else if (!rows.querySelector("textarea")) {
    rows.replaceChildren();
    addClaim();
  }
}

function paragraphRow(text, at) {
  const row = part("choice", { label: text, hint: say("paragraph", { n: number(at + 1) }) });
  const box = row.querySelector("input");
  identify(row, box, `paragraph-${at + 1}`);
  row.querySelector("label").dir = "auto";
  row.querySelector("label").classList.add("own");
  box.checked = marked.has(text);
  box.value = String(at + 1);
  box.addEventListener("change", () => (box.checked ? marked.add(text) : marked.delete(text)));
  return row;
}

function identify(row, box, id) {
  box.id = id;
  box.setAttribute("aria-describedby", `${id}-hint`);
  row.querySelector("label").htmlFor = id;
  row.querySelector(".hint").id = `${id}-hint`;
}

// One more numbered box.
export function addClaim() {
  const field = part("claim", {});
  el("claim-rows").append(field);
  field.querySelector("[data-slot=act]").append(button("", () => removeClaim(field)));
  numberClaims();
  return field.querySelector("textarea");
}

function removeClaim(field) {
  const next = field.nextElementSibling ?? field.previousElementSibling;
  field.remove();
  numberClaims();
  (next?.querySelector("textarea") ?? el("claim-more")).focus();
}

function numberClaims() {
  all(el("claim-rows"), ".field").forEach((field, at) => {
    const n = number(at + 1);
    const box = field.querySelector("textarea");
    box.id = `claim-${at + 1}`;
    field.querySelector("label").htmlFor = box.id;
    fill(field, { label: say("claim", { n }) });
    field.querySelector("button").textContent = say("claim-remove", { n });
  });
}

// The claims as they stand: [{n, text, paragraph}].
export function readClaims(way, text) {
  if (way === "document") return [];
  const parts = way === "own" ? paragraphs(text) : [];
  const chosen = way === "own"
    ? parts.map((claim, at) => ({ text: claim, paragraph: at + 1 })).filter((row) => marked.has(row.text))
    : all(el("claim-rows"), "textarea").map((box) => ({ text: box.value, paragraph: 0 })).filter((row) => row.text.trim() !== "");
  return chosen.map((row, at) => ({ n: at + 1, ...row }));
}

// The list of claims, to look at.
export function claimList(claims) {
  return listOf("ol", claims.map(({ text }) => text), { class: "own" });
}
