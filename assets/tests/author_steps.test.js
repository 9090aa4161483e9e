// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of writing: which apply, and what is said before anything is lost or sealed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { faultsOf, stepsFor } from "../pages/author/writing/steps.js";

const LIMITS = { textBytes: 20, claims: 2, files: 2, fileBytes: 10, totalBytes: 15 };
const READERS = [{ seat: "a", title: "Office A", vacant: false, newKey: false }, { seat: "b", title: "Office B", vacant: true, newKey: false }];
const codes = (step, wish) => faultsOf(step, wish, LIMITS).map(({ code }) => code);

test("each way of writing has its own steps, and ends with readers and the last look", () => {
  assert.deepEqual(stepsFor("", { asks: true }), ["way"]);
  assert.deepEqual(stepsFor("own", { asks: false }), ["way", "own", "claims", "files", "readers", "check"]);
  assert.deepEqual(stepsFor("document", { asks: true }), ["way", "document", "files", "facts", "readers", "check"]);
  assert.deepEqual(stepsFor("asked", { asks: false }), ["way", "subject", "dissent", "recommendation", "more", "claims", "language", "files", "readers", "check"]);
});

test("what is required is asked for, and what is too long is told in bytes, not letters", () => {
  assert.deepEqual(codes("way", { way: "" }), ["choose-way"]);
  assert.deepEqual(codes("own", { text: " \n" }), ["write-text"]);
  assert.deepEqual(codes("own", { text: "x".repeat(20) }), []);
  assert.deepEqual(codes("own", { text: "é".repeat(11) }), ["long-text"]);
  assert.deepEqual(codes("subject", { subject: "two\nlines" }), ["one-line"]);
  assert.deepEqual(codes("recommendation", { prompts: {} }), ["write-recommendation"]);
  assert.deepEqual(codes("claims", { claims: [1, 2, 3] }), ["many-claims"]);
  assert.deepEqual(codes("claims", { way: "own", parts: "", claims: [] }), ["choose-parts"]);
  assert.deepEqual(codes("claims", { way: "own", parts: "lines", claims: [] }), []);
});

test("a file that tells more than its text needs its confirmation, one that is too large is named", () => {
  const file = (size, told) => ({ id: "file-1", name: "a.pdf", size, told });
  assert.deepEqual(faultsOf("files", { files: [file(5, false)] }, LIMITS), [{ field: "file-1-confirm", code: "confirm-file", facts: { name: "a.pdf" } }]);
  assert.deepEqual(codes("files", { files: [file(5, true), file(11, true)] }), ["large-files", "large-file"]);
  assert.deepEqual(codes("files", { files: [file(1, true), file(1, true), file(1, true)] }), ["many-files"]);
  assert.deepEqual(codes("files", { files: [file(0, true)] }), ["empty-file"]);
  assert.deepEqual(codes("document", { document: { ...file(0, true), empty: true } }), ["empty-document"]);
  assert.deepEqual(codes("document", { document: undefined }), ["choose-document"]);
  assert.deepEqual(codes("document", { document: file(5, false), documentTold: false }), ["confirm-file"]);
});

test("somebody must be left to read, and a new key must be accepted unless its office is left out", () => {
  const none = { readers: READERS, recused: new Set(), accepted: new Set() };
  assert.deepEqual(codes("readers", none), []);
  assert.deepEqual(codes("readers", { ...none, recused: new Set(["a"]) }), ["nobody-left"]);
  const fresh = READERS.map((row) => ({ ...row, newKey: true, vacant: false }));
  assert.deepEqual(codes("readers", { ...none, readers: fresh, recused: new Set(["b"]) }), ["accept-key"]);
  assert.deepEqual(codes("readers", { ...none, readers: fresh, accepted: new Set(["a", "b"]) }), []);
});
