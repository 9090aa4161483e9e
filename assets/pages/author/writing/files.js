// SPDX-License-Identifier: AGPL-3.0-or-later
// Files that go with a dissent: a worker of its own looks into each and makes images anew; what others tell is shown and confirmed.

import { Refusal } from "../../../lib/errors.js";
import { connect } from "../../web/rpc.js";
import { button, el, listOf, make, number, part, say, size } from "../../web/ui.js";

let drawn = 0;
let inspector;

// What looks into files: started with the first, and anew where it failed.
async function looking() {
  inspector ??= connect("inspection-worker");
  try {
    await inspector.ready;
  } catch {
    inspector = undefined;
    throw new Refusal("unreachable");
  }
  return inspector;
}

async function asked(method, file) {
  try {
    return await (await looking()).call(method, { file });
  } catch (error) {
    if (error?.code === "worker-lost") inspector = undefined;
    throw error;
  }
}

const UNSEALED = /[/\\\x00-\x1f\x7f]|\p{Cs}/u; // what lib/container.js refuses in a name
const NAME = 255; // bytes of one

// {id, name, size, blob, report, introduction, cleaned, told}; `told`: it needs no confirmation, or has it. Refused: "unreachable".
async function examine(file) {
  const { report, introduction, clean } = await asked("examine", file);
  drawn += 1;
  const row = { id: `file-${drawn}`, report, introduction, cleaned: clean !== undefined, told: report.passes || clean !== undefined };
  return clean ? { ...row, name: clean.name, size: clean.blob.size, blob: clean.blob } : { ...row, name: file.name, size: file.size, blob: file };
}

// The text of a plain text or a document; nothing else of the file is left. Refused: "no-import", "unreachable".
export function textOf(file) {
  return asked("text", file);
}

// A row that shows one examined file; `changed` is called when it is confirmed, `remove` when it is taken out.
export function fileRow(row, { changed, remove }) {
  return part("file", {
    name: row.name,
    size: size(row.size),
    carries: carried(row).join(" "),
    tells: told(row.report),
    act: [
      ...(row.cleaned || row.report.passes ? [] : [confirmation(row, changed)]),
      ...(remove ? [button(say("leave-file-out", { name: row.name }), remove)] : []),
    ],
  });
}

function carried({ cleaned, report, introduction }) {
  if (cleaned) return [say(report.findings.length > 0 ? "carries-removed" : "carries-image")];
  return introduction.map((code) => say(code, { format: report.format }));
}

function told({ findings, more }) {
  const rows = findings.map(({ what, value }) => say(`tells-${what}`, { value }).replace(/[: ]+$/, ""));
  if (more) rows.push(say("looked-more", { n: number(more) }));
  return [...listOf("ul", rows).children];
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

// Takes what was chosen in the file field with this id, one after the other, so that a slow machine shows each as it is done. One that is
// larger than `most` bytes, or has a name that cannot be sealed, is not looked into: gives the faults of those, [{code, facts}].
export async function takeChosen(id, most, each) {
  const chosen = [...el(id).files];
  el(id).value = "";
  const faults = [];
  for (const file of chosen) {
    if (UNSEALED.test(file.name) || new TextEncoder().encode(file.name).length > NAME) faults.push({ code: "file-name", facts: { name: file.name } });
    else if (file.size > most) faults.push({ code: "large-file", facts: { name: file.name, size: file.size, limit: most } });
    else await each(await examine(file));
  }
  return faults;
}
