// SPDX-License-Identifier: AGPL-3.0-or-later
// Files that go with a dissent: each is looked at here, images are made anew, and what others tell is shown and confirmed.

import { Refusal } from "../../../lib/errors.js";
import { button, el, make, part, say, size } from "../../web/ui.js";
import { cleanImage } from "../image.js";

const CARRIES = "/static/demur/js/carries.js";
let drawn = 0;
let tries = 0;

// What looks into files. Not imported by name, as in ../write.js, and for the same reason.
async function looking() {
  if (globalThis.demurCarries) return globalThis.demurCarries;
  tries += 1;
  try {
    await import(tries > 1 ? `${CARRIES}?${tries}` : CARRIES);
  } catch {
    throw new Refusal("unreachable");
  }
  return globalThis.demurCarries;
}

// {id, name, size, blob, kind, tells, cleaned, told}; `told`: it needs no confirmation, or has it. Refused: "unreachable".
export async function examine(file) {
  const { look, LOOKED_AT } = await looking();
  drawn += 1;
  const id = `file-${drawn}`;
  const before = await look(new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer()));
  const clean = await cleanImage(file);
  if (clean) return { id, name: clean.name, size: clean.blob.size, blob: clean.blob, kind: "image", tells: before.tells, cleaned: true, told: true };
  return { id, name: file.name, size: file.size, blob: file, kind: before.kind, tells: before.tells, cleaned: false, told: before.kind === "" };
}

// A row that shows one examined file; `changed` is called when it is confirmed, `remove` when it is taken out.
export function fileRow(row, { changed, remove }) {
  const carries = row.cleaned ? (row.tells.length > 0 ? "carries-removed" : "carries-image") : row.kind ? `carries-${row.kind}` : "carries-nothing";
  return part("file", {
    name: row.name,
    size: size(row.size),
    carries: say(carries),
    tells: row.tells.map(({ what, value }) => make("li", say(`tells-${what}`, { value }), { dir: "auto" })),
    act: [
      ...(row.cleaned || row.kind === "" ? [] : [confirmation(row, changed)]),
      ...(remove ? [button(say("leave-file-out", { name: row.name }), remove)] : []),
    ],
  });
}

function confirmation(row, changed) {
  const field = part("choice", { label: say("file-as-is", { name: row.name }), hint: null });
  const box = field.querySelector("input");
  box.id = `${row.id}-confirm`;
  box.removeAttribute("aria-describedby");
  box.checked = row.told;
  field.querySelector("label").htmlFor = box.id;
  box.addEventListener("change", () => {
    row.told = box.checked;
    changed?.();
  });
  const fault = make("span", "", { class: "fault", id: `${box.id}-fault` });
  fault.hidden = true;
  const around = make("div", "", { class: "field" });
  around.append(fault, field);
  return around;
}

// Takes what was chosen in the file field with this id, one after the other, so that a slow machine shows each as it is done.
export async function takeChosen(id, each) {
  const chosen = [...el(id).files];
  el(id).value = "";
  for (const file of chosen) await each(await examine(file));
}
