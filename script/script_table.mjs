// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes src/demur/client/scripts.json, the scripts of letters for src/demur/client/marks.py, from this node's Unicode data:
//
//     node script/script_table.mjs
//
// Python's standard library has no scripts; browsers have them built in (\p{Script=...}), so only Python needs the table. A letter of several
// scripts (Script_Extensions) is left out: it mixes with each. Source: Unicode Character Database, Scripts.txt and ScriptExtensions.txt.

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { SCRIPTS } from "../assets/pages/web/marks.js";

const tests = SCRIPTS.map((name) => [new RegExp(`^\\p{Script=${name}}$`, "u"), new RegExp(`^\\p{Script_Extensions=${name}}$`, "u")]);
const word = /^[\p{L}\p{M}]$/u;
const ranges = [];
for (let code = 0; code < 0x110000; code += 1) {
  if (code >= 0xd800 && code < 0xe000) continue;
  const letter = String.fromCodePoint(code);
  if (!word.test(letter)) continue;
  const extensions = tests.filter(([, extended]) => extended.test(letter)).length;
  const script = extensions > 1 ? -1 : tests.findIndex(([own]) => own.test(letter));
  if (script < 0) continue;
  const last = ranges.at(-1);
  if (last && last[1] === code - 1 && last[2] === script) last[1] = code;
  else ranges.push([code, code, script]);
}
const pictographs = [];
for (let code = 0; code < 0x20000; code += 1) {
  if (!/^\p{Extended_Pictographic}$/u.test(String.fromCodePoint(code))) continue;
  const last = pictographs.at(-1);
  if (last && last[1] === code - 1) last[1] = code;
  else pictographs.push([code, code]);
}
const rows = ranges.map((row) => JSON.stringify(row)).join(",");
writeFileSync(
  fileURLToPath(new URL("../src/demur/client/scripts.json", import.meta.url)),
  `{"unicode": ${JSON.stringify(process.versions.unicode)}, "scripts": ${JSON.stringify(SCRIPTS)},\n "pictographs": ${JSON.stringify(pictographs)},\n "ranges": [${rows}]}\n`,
);
