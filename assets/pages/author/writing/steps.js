// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of writing, which of them apply, and what is wrong with what stands in one. Pure; runs in node too.
//
// A fault is {field, code, facts}: the page makes the sentence. What is measured here is what src/demur/client/wish.py refuses, so that an
// author hears of a limit where it can be mended, and not after everything is written.

import { isVisible } from "../../../lib/visible.js";

const ALL = ["way", "own", "subject", "dissent", "recommendation", "more", "document", "claims", "language", "files", "facts", "readers", "check"];
const ONLY = {
  own: ["own"], subject: ["asked"], dissent: ["asked"], recommendation: ["asked"], more: ["asked"], document: ["document"],
  claims: ["own", "asked"], language: ["asked"],
};

export const PROMPTS = ["decision", "recommendation", "consequence", "tried", "read", "ask", "standing", "decision_date"];

// The steps in order, for one way of writing (own, asked, document; "" while none is chosen); `asks`: the charter has questions.
export function stepsFor(way, { asks }) {
  if (way === "") return ["way"];
  return ALL.filter((step) => (ONLY[step] ?? [way]).includes(way) && (step !== "facts" || asks));
}

export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

export function faultsOf(step, wish, limits) {
  return CHECKS[step]?.(wish, limits) ?? [];
}

const CHECKS = {
  way: ({ way }) => missing(way, "way-own", "choose-way"),
  own: ({ text }, limits) => [...missing(text, "own-text", "write-text"), ...tooLong("own-text", text, limits)],
  subject: ({ subject }) => [...missing(subject, "subject", "write-subject"), ...oneLine("subject", subject)],
  dissent: ({ text }, limits) => [...missing(text, "dissent", "write-text"), ...tooLong("dissent", text, limits)],
  recommendation: ({ prompts }) => missing(prompts.recommendation ?? "", "recommendation", "write-recommendation"),
  document: ({ document, documentTold }, limits) => documentFaults(document, documentTold, limits),
  claims: ({ way, claims, parts }, limits) => [
    ...(way === "own" && parts === "" ? [{ field: "parts-blank", code: "choose-parts", facts: {} }] : []),
    ...(claims.length > limits.claims ? [{ field: "claims", code: "many-claims", facts: { n: limits.claims } }] : []),
  ],
  files: ({ files }, limits) => fileFaults(files, limits),
  facts: ({ facts, questions }) =>
    questions.filter(({ id, choices }) => choices.length > 0 && facts[id] === undefined).map(({ id }) => ({ field: `fact-${id}-1`, code: "choose-answer", facts: {} })),
  readers: ({ readers, recused, accepted }) => readerFaults(readers, recused, accepted),
};

function missing(value, field, code) {
  return !isVisible(value) ? [{ field, code, facts: {} }] : [];
}

function oneLine(field, text) {
  return /[\r\n]/.test(text.trim()) ? [{ field, code: "one-line", facts: {} }] : [];
}

function tooLong(field, text, limits) {
  const size = bytesOf(text);
  return size > limits.textBytes ? [{ field, code: "long-text", facts: { size, limit: limits.textBytes } }] : [];
}

function documentFaults(file, told, limits) {
  if (!file) return [{ field: "document", code: "choose-document", facts: {} }];
  const most = limits.textBytes;
  if (file.empty) return [{ field: "document", code: "empty-document", facts: {} }];
  if (file.size > most) return [{ field: "document", code: "large-document", facts: { size: file.size, limit: most } }];
  return told ? [] : [{ field: "document-confirm", code: "confirm-file", facts: { name: file.name } }];
}

function fileFaults(files, limits) {
  const faults = [];
  if (files.length > limits.files) faults.push({ field: "files", code: "many-files", facts: { n: limits.files } });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.totalBytes) faults.push({ field: "files", code: "large-files", facts: { size: total, limit: limits.totalBytes } });
  for (const { id, name, size, told } of files) {
    if (size === 0) faults.push({ field: "files", code: "empty-file", facts: { name } });
    else if (size > limits.fileBytes) faults.push({ field: "files", code: "large-file", facts: { name, size, limit: limits.fileBytes } });
    else if (!told) faults.push({ field: `${id}-confirm`, code: "confirm-file", facts: { name } });
  }
  return faults;
}

function readerFaults(readers, recused, accepted) {
  const left = readers.filter(({ seat }) => !recused.has(seat));
  if (!left.some(({ vacant }) => !vacant)) return [{ field: "readers", code: "nobody-left", facts: {} }];
  return left.filter(({ seat, vacant, newKey }) => newKey && !vacant && !accepted.has(seat))
    .map(({ seat, title }) => ({ field: `accept-${seat}`, code: "accept-key", facts: { title } }));
}
