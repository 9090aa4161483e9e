// SPDX-License-Identifier: AGPL-3.0-or-later
// What the author wants filed, read from the page as it stands, and as the worker takes it.

import { all, el } from "../../web/ui.js";
import { partsOf, readClaims } from "./claims.js";
import { accepted, readFacts, recused } from "./readers.js";
import { PROMPTS } from "./steps.js";

// Files live here, because no field can hold them: [{id, name, size, blob, …}], and the document that is filed as it is.
export const files = [];
export const held = { file: undefined };

export function chosenWay() {
  return all(document, "input[name=way]").find((box) => box.checked)?.value ?? "";
}

export function readWish(look, readers) {
  const way = chosenWay();
  const text = value(way === "own" ? "own-text" : "dissent");
  return {
    way, text, files, document: held.file, documentTold: held.file?.told, readers, recused, accepted,
    subject: value({ own: "own-subject", document: "document-subject" }[way] ?? "subject"),
    prompts: { ...Object.fromEntries(PROMPTS.map((name) => [name, value(name)])), recommendation: value(way === "asked" ? "recommendation" : `${way}-recommendation`) },
    claims: readClaims(way, text), parts: way === "own" ? partsOf(text) : "", language: value(way === "asked" ? "language" : `${way}-language`), questions: look.facts, facts: readFacts(look.facts),
  };
}

function value(id) {
  return el(id)?.value ?? "";
}

// Whether anything would be lost if the page went away.
export function holdsText() {
  const boxes = all(document, "#writing textarea, #writing input[type=text]");
  return files.length > 0 || held.file !== undefined || boxes.some((box) => box.value.trim() !== "");
}

// The wish as the worker's `seal` takes it.
export async function sealable(wish) {
  return {
    dissent: await dissentOf(wish),
    attachments: wish.files.map(({ name, blob }) => ({ name, blob })),
    facts: Object.fromEntries(Object.entries(wish.facts).filter(([, answer]) => answer !== "")), recused: [...wish.recused], newKeys: [...wish.accepted].filter((seat) => !wish.recused.has(seat)),
  };
}

async function dissentOf({ way, text, subject, document: file, prompts, claims, parts, language }) {
  const { recommendation, ...others } = prompts;
  const beside = { subject: subject.trim(), recommendation, language };
  if (way === "own") {
    const bytes = new TextEncoder().encode(text);
    return { kind: "text", name: "dissent.txt", bytes, ...beside, parts, places: claims.map(({ start, end }) => [start, end]) };
  }
  if (way === "document") {
    return { kind: "document", name: file.name, bytes: new Uint8Array(await file.blob.arrayBuffer()), ...beside };
  }
  const given = Object.fromEntries(Object.entries(others).filter(([, answer]) => answer.trim() !== ""));
  const numbered = claims.map((row) => row.text);
  const written = { subject: subject.trim(), dissent: text, recommendation, prompts: given };
  return { kind: "template", ...written, claims: numbered, language, marking: "" };
}
