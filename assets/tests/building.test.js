// SPDX-License-Identifier: AGPL-3.0-or-later
// A build leaves in its folder what it made and nothing of an older source: a script that is left over would be served, and be nobody's.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const BUILD = fileURLToPath(new URL("../build.mjs", import.meta.url));
const STALE = [
  "static/demur/js/older.js",
  "static/demur/js/desk/older-worker.js", // in a folder where nothing is made any more
  "static/demur/js/case/older.js",
  "static/demur/js/write.js.map",
  `packed/${"0".repeat(64)}.br`,
];
const KEPT = ["static/demur/own.css", "packed/README", "elsewhere.js"]; // what the build does not make is not its to remove

function below(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

function put(folder, names) {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
}

test("a build removes what an older source gave, touches nothing else, and writes nothing that would not change", (context) => {
  const into = mkdtempSync(join(tmpdir(), "demur-build-"));
  context.after(() => rmSync(into, { recursive: true }));
  const build = () => execFileSync(process.execPath, [BUILD, "--into", into]);
  put(into, [...STALE, ...KEPT, "static/demur/js/write.js"]); // the last one of another content

  build();

  const first = below(into);
  assert.deepEqual(STALE.filter((name) => existsSync(join(into, name))), []);
  assert.deepEqual(KEPT.map((name) => readFileSync(join(into, name), "utf8")), KEPT);
  assert.notEqual(readFileSync(join(into, "static/demur/js/write.js"), "utf8"), "static/demur/js/write.js");
  const listed = JSON.parse(readFileSync(join(into, "assets.json"), "utf8"));
  const scripts = below(join(into, "static/demur/js")).map((name) => `demur/js/${name}`);
  assert.deepEqual(scripts, Object.keys(listed).filter((name) => name.startsWith("demur/js/")).sort());
  const packed = below(join(into, "packed")).filter((name) => name.endsWith(".br"));
  assert.deepEqual(packed, [...new Set(Object.values(listed).map(({ sha256 }) => `${sha256}.br`))].sort());

  const times = first.map((name) => statSync(join(into, name)).mtimeMs);
  put(into, STALE);
  build();

  assert.deepEqual(below(into), first);
  assert.deepEqual(first.map((name) => statSync(join(into, name)).mtimeMs), times);
});
