// SPDX-License-Identifier: AGPL-3.0-or-later
// The claims: paragraphs and passages of one's own text, marked; or numbered boxes.

import { between, find, parting, passages } from "../../../lib/documents/paragraphs.js";
import { sure } from "../../web/sure.js";
import { all, button, el, fill, listOf, make, number, part, say } from "../../web/ui.js";

const marked = new Set(); // paragraphs as texts, so that a mark stays where its paragraph moves
let pointed = []; // passages that the author made claims, as texts: each stands in the text once, or was selected where it stands
let chosen = ""; // what parts the text, where the author said it
let boxes = []; // numbered boxes, which come back when the author comes back to that way of writing

// Shows the claims step for a way of writing; what was marked or typed before stays.
export function showClaims(way, text) {
  const rows = el("claim-rows");
  if (rows.querySelector("textarea")) boxes = [...rows.children];
  el("claim-more").hidden = way !== "asked";
  for (const id of ["claim-parts", "claim-passages"]) el(id).hidden = way !== "own";
  if (way === "own") return showText(text);
  rows.replaceChildren(...boxes);
  if (boxes.length === 0) addClaim();
}

// --- what parts the text

// What parts `text`: as the author said, or as it suggests; "" where only the author can tell.
export function partsOf(text) {
  return chosen || parting(text);
}

function showText(text) {
  const [blank, lines] = [passages(text, "blank"), passages(text, "lines")];
  el("claim-parts").hidden = blank.length === lines.length;
  for (const box of all(el("claim-parts"), "input")) {
    box.checked = box.value === partsOf(text);
    box.onchange = () => {
      chosen = box.value;
      showText(text);
    };
  }
  const found = partsOf(text) === "lines" ? lines : blank;
  el("claim-rows").replaceChildren(...found.map(({ text: row }, at) => paragraphRow(row, at)));
  el("claim-one").replaceChildren(...(found.length === 1 ? [part("note", { text: say("one-paragraph") })] : []));
  el("claim-text").textContent = text;
  showPassages(text);
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

// --- passages

// Wires the buttons that make a passage a claim; `told(code)` tells what is wrong, "" that nothing is.
export function takesPassages(text, told) {
  const take = (passage, code) => {
    if (passage === undefined) return told(code);
    told("");
    if (!claimsIn(text()).some((row) => row.start === passage.start && row.end === passage.end)) pointed.push(passage);
    showPassages(text());
    el("passage").value = "";
    return el("passage-taken").focus();
  };
  el("passage-take").addEventListener("click", () => {
    const found = find(text(), el("passage").value);
    take(found.length === 1 ? found[0] : undefined, found.length === 0 ? "passage-not-there" : "passage-not-once");
  });
  el("passage-select").addEventListener("click", () => take(selected(text()), "passage-none"));
}

// The passage that is selected in the text that is shown; undefined if none is.
function selected(text) {
  const selection = globalThis.getSelection();
  const node = el("claim-text").firstChild;
  if (selection.rangeCount === 0 || node === null) return undefined;
  const range = selection.getRangeAt(0);
  const within = range.intersectsNode(node) && !range.collapsed;
  const [from, to] = [range.startContainer === node ? range.startOffset : 0, range.endContainer === node ? range.endOffset : text.length];
  return within ? between(text, from, to) : undefined;
}

function showPassages(text) {
  pointed = standing(text);
  el("passage-rows").replaceChildren(...pointed.map((row) => passageRow(row, text)));
}

// The passages that still stand in the text: where they stood, or else where they stand once.
function standing(text) {
  const bytes = new TextEncoder().encode(text);
  const still = ({ text: said, start, end }) => new TextDecoder().decode(bytes.subarray(start, end)) === said;
  return pointed.map((row) => (still(row) ? row : find(text, row.text))).flatMap((row) => (Array.isArray(row) ? (row.length === 1 ? row : []) : [row]));
}

function passageRow(row, text) {
  const node = make("li");
  const remove = button(say("passage-remove"), () => {
    pointed = pointed.filter((other) => other !== row);
    showPassages(text);
    el("passage").value ||= row.text; // one press makes it a claim again
    el("passage").focus();
  });
  node.append(make("div", row.text, { class: "own", dir: "auto" }), remove);
  return node;
}

// The claims in one's own text, in the order in which they stand: [{text, start, end}].
function claimsIn(text) {
  const rows = [...passages(text, partsOf(text) || "blank").filter((row) => marked.has(row.text)), ...standing(text)];
  const places = new Map(rows.map((row) => [`${row.start} ${row.end}`, row]));
  return [...places.values()].sort((left, right) => left.start - right.start || left.end - right.end);
}

// --- numbered boxes

// One more numbered box.
export function addClaim() {
  const field = part("claim", {});
  el("claim-rows").append(field);
  field.querySelector("[data-slot=act]").append(button("", () => removeClaim(field)));
  numberClaims();
  return field.querySelector("textarea");
}

function removeClaim(field) {
  if (field.querySelector("textarea").value.trim() && !sure(field.querySelector("button"))) return;
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

// The marks on paragraphs and passages, after the text was changed by `change`.
export function followText(change) {
  const texts = [...marked].map(change);
  marked.clear();
  for (const text of texts) marked.add(text);
  pointed = pointed.map((row) => ({ ...row, text: change(row.text) }));
}

// The claims as they stand: [{n, text}], with `start` and `end` in one's own text.
export function readClaims(way, text) {
  if (way === "document") return [];
  const boxes = () => all(el("claim-rows"), "textarea").map((box) => ({ text: box.value })).filter((row) => row.text.trim() !== "");
  return (way === "own" ? claimsIn(text) : boxes()).map((row, at) => ({ n: at + 1, ...row }));
}

// The list of claims, to look at.
export function claimList(claims) {
  return listOf("ol", claims.map(({ text }) => text), { class: "own" });
}
