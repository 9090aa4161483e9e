// SPDX-License-Identifier: AGPL-3.0-or-later
// What a colour profile tells: who made it, for which screen or printer, and when. As src/demur/client/inspection/profiles.py.

import { be, readable } from "./report.js";
import { addWords } from "./unpacking.js";

const TAGS = 100;
const NUMBERS = new Set(["curv", "para", "XYZ ", "sf32", "mft1", "mft2", "mAB ", "mBA ", "vcgt"]);

export function profile(data, found) {
  if (data.slice(36, 40) !== "acsp" || data.length < 132) {
    found.damaged = true;
    addWords(data, found, "profile");
    return;
  }
  const [year, ...rest] = [24, 26, 28, 30, 32, 34].map((at) => be(data, at, 2));
  const [month, day, hour, minute, second] = rest.map((value) => String(value).padStart(2, "0"));
  if (year || rest.some(Boolean)) found.add("profile", `${String(year).padStart(4, "0")}-${month}-${day} ${hour}:${minute}:${second}`);
  const count = be(data, 128, 4);
  if (count > TAGS) found.partial = true;
  for (let at = 132; at < 132 + 12 * Math.min(count, TAGS); at += 12) {
    const [start, size] = [be(data, at + 4, 4), be(data, at + 8, 4)];
    const block = data.slice(start, start + size);
    if (block.length < size) found.damaged = true;
    if (found.take(block.length)) tell(block, found);
  }
}

function tell(block, found) {
  const kind = block.slice(0, 4);
  if (kind === "desc") {
    const size = be(block, 8, 4);
    const more = 20 + size;
    const wide = block.slice(more, more + 2 * be(block, 16 + size, 4));
    add(block.slice(12, 12 + size), found);
    add(wide ? `\xfe\xff${wide}` : "", found);
    add(block.slice(more + wide.length + 3), found);
  } else if (kind === "mluc") {
    for (let at = 16; at < Math.min(16 + 12 * be(block, 8, 4), block.length, 1216); at += 12) {
      const [size, start] = [be(block, at + 4, 4), be(block, at + 8, 4)];
      add(`\xfe\xff${block.slice(start, start + size)}`, found);
    }
  } else if (kind === "text") add(block.slice(8), found);
  else if (!NUMBERS.has(kind)) addWords(block, found, "profile");
}

function add(text, found) {
  found.addIf("profile", readable(text.slice(0, 2000)).replaceAll("\0", "").replaceAll("\ufeff", ""));
}
