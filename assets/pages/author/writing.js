// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of filing, in one document, so that going on, back, or wrong loses nothing that was typed. Fetched when an author begins.
//
// Nothing can be typed before the worker has answered: the fields stand in a <template> until then. No field has a name and no form an
// action; what is typed leaves this page for the worker only, and the worker sends it sealed. The browser's history gets no entry, because
// an entry outlives a quick way out; therefore the browser's own "back" leaves the page, and asks first.

import { Refusal } from "../../lib/errors.js";
import { isVisible } from "../../lib/visible.js";
import { sure } from "../web/sure.js";
import { el, learn, make, number, say, showAt, size, tell, tellFaults } from "../web/ui.js";
import { withoutMarks } from "../web/marks.js";
import { sentenceOf, troubleNote } from "./trouble.js";
import { showCheck } from "./writing/checking.js";
import { addClaim, followText, showClaims, takesPassages } from "./writing/claims.js";
import { fileRow, takeChosen, textOf } from "./writing/files.js";
import { file, holdsFiling, whyStay } from "./writing/filing.js";
import { accepted, askFacts, forgetGone, readFacts, recused, showReaders } from "./writing/readers.js";
import { bytesOf, faultsOf, stepsFor } from "./writing/steps.js";
import { chosenWay, files, held, holdsText, readWish } from "./writing/wish.js";

const LOST = new Set(["fault", "fault-sending", "worker-lost"]); // the worker failed or died, and is started anew

const NEAR = 0.8; // of what a text may have: from there on its size is told

let worker;
let look; // what is in force, as the worker proved it
let readers = []; // who would read, for what was stated
let step = "way";
let checking = false; // whether the last look was reached: "Continue" then leads back to it
let filed = false;
let renew;

// Opens the first step. `begun` is {worker, look, renew}: what was started and proved, and how to start it anew.
function open(begun) {
  if (!begun.look.open) throw new Refusal(`closed-${begun.look.reason}`);
  ({ worker, look, renew } = begun);
  mount();
}

// Whether anything would be lost if the page went away.
function holds() {
  return holdsFiling() || (!filed && holdsText());
}

globalThis.demurWriting = { open, holds, stay: whyStay };

function mount() {
  el("task").append(el("steps").content);
  el("steps").remove();
  el("start").remove();
  askFacts(look.facts, look.always);
  wire();
  go("way");
}

function wire() {
  // No form: nothing on this page can be sent but by the worker.
  el("writing").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input[type=text], input[type=date], input[type=radio]")) return;
    event.preventDefault();
    forward();
  });
  el("next").addEventListener("click", forward);
  el("back").addEventListener("click", backward);
  el("claim-more").addEventListener("click", () => addClaim().focus());
  takesPassages(() => readWish(look, readers).text, (code) => tellFaults(code ? [{ field: "passage", text: say(code) }] : [], errors()));
  takesFiles("files", () => look.limits.fileBytes, addFile);
  takesFiles("document", () => look.limits.textBytes, takeDocument);
  el("own-load").addEventListener("click", () => el("own-file").click());
  el("own-file").addEventListener("change", loadText);
  count("own-text", "own-count");
  count("dissent", "dissent-count");
}

function count(field, line) {
  const show = () => {
    const [have, most] = [bytesOf(el(field).value), look.limits.textBytes];
    const n = el(field).value.split(/\s+/u).filter(Boolean).length;
    el(line).textContent = say(have > NEAR * most ? "counted-near" : "counted", { n: number(n), have: size(have), most: size(most) });
  };
  el(field).addEventListener("input", show);
  show();
}

// --- going on and back

function steps() {
  return stepsFor(chosenWay(), { asks: look.facts.length > 0 });
}

let going = false; // one step at a time, however often a key is pressed

async function forward() {
  if (going) return;
  going = true;
  try {
    await onward();
  } finally {
    going = false;
  }
}

async function onward() {
  const wish = readWish(look, readers);
  if (fault(faultsOf(step, wish, look.limits).map(told))) return;
  if (step === "check") {
    await submit(wish);
    return;
  }
  const all = steps();
  await go(checking && step !== "way" ? afterMending(all) : all[all.indexOf(step) + 1]);
}

// From a changed answer straight back to the last look, but for what the change itself decides.
function afterMending(all) {
  const depends = { own: "claims", facts: "readers" }[step];
  return depends && all.includes(depends) ? depends : "check";
}

function backward() {
  const all = steps();
  if (checking && step !== "check") go("check");
  else go(all[Math.max(0, all.indexOf(step) - 1)]);
}

// Whether it was gone to.
async function go(next) {
  if (next === "claims") showClaims(chosenWay(), readWish(look, readers).text);
  if ((next === "readers" || next === "check") && !(await askReaders())) return false;
  if (next === "readers") showReaders(readers, look);
  fault([]);
  step = next;
  if (step === "check") {
    checking = true;
    showCheck(readWish(look, readers), look, { change: go, takeOut: takeOutMarks });
  }
  show();
  return true;
}

function show() {
  for (const section of document.querySelectorAll("[data-step]")) section.hidden = section.dataset.step !== step;
  const section = document.querySelector(`[data-step="${step}"]`);
  const all = steps();
  section.querySelector(".step")?.remove();
  section.prepend(make("p", say(all.length > 1 ? "step" : "step-first", { n: number(all.indexOf(step) + 1), of: number(all.length) }), { class: "step" }));
  el("back").hidden = step === "way";
  el("next").textContent = say(step === "check" ? "seal-it" : "continue");
  showAt(section);
  tell("");
}

function fault(faults) {
  return tellFaults(faults, errors());
}

// Who would read, asked of the worker; a fault is told and leaves everything as it is.
async function askReaders() {
  try {
    readers = await worker.call("readers", { facts: readFacts(look.facts), recused: [...recused] });
    look = { ...look, clocks: await worker.call("clocks") }; // the page may have lain open since yesterday
    for (const row of readers) if (!row.newKey) accepted.delete(row.seat);
    return true;
  } catch (error) {
    // Nobody is left to read, or a question has no answer, or the worker failed: everything is shown as it was.
    if (LOST.has(error?.code)) await restart();
    fault([{ field: ["no-reader", "no-answer"].includes(error.code) ? "readers" : "", text: sentenceOf(error) }]);
    return false;
  }
}

function errors() {
  return { list: el("errors"), within: el("task") };
}

function told({ field, code, facts }) {
  const shown = { ...facts };
  for (const name of ["size", "limit"]) if (name in facts) shown[name] = size(facts[name]);
  if ("n" in facts) shown.n = number(facts.n);
  return { field, text: say(code, shown) };
}

// --- files

function takesFiles(id, most, each) {
  el(id).addEventListener("change", async () => {
    tell(say("looking"));
    try {
      await learnOfFiles();
      const faults = await takeChosen(id, most(), each);
      if (faults.length > 0) fault(faults.map((row) => told({ field: id, ...row })));
    } catch (error) {
      fault([{ field: id, text: sentenceOf(error) }]);
    }
  });
}

let learned;

// The sentences about files, fetched when the first is chosen. A try that failed is made again.
async function learnOfFiles() {
  try {
    await (learned ??= learn("file/sayings/"));
  } catch {
    learned = undefined;
    throw new Refusal("unreachable");
  }
}

function addFile(row) {
  files.push(row);
  const node = fileRow(row, {
    remove: ({ currentTarget }) => {
      if (!sure(currentTarget)) return;
      files.splice(files.indexOf(row), 1);
      node.remove();
      el("files").focus();
    },
  });
  el("file-rows").append(node);
  tell(say("file-added", { name: row.name }));
}

async function takeDocument(row) {
  row.id = "document";
  row.empty = row.size === 0 || (row.size <= 1_000_000 && !isVisible(await row.blob.text()));
  if (row.name === "dissent.json") {
    row.name = "original-dissent.json"; // beside it lies what the page makes, under that name
    tell(say("document-renamed", { name: row.name }));
  }
  held.file = row;
  el("document-row").replaceChildren(fileRow(row, {}));
  fault([]); // what was wrong is mended
}

// A text from a plain file or a document: its letters only, so nothing else of the file is left. Nothing that was typed is replaced.
async function loadText() {
  const [chosen] = el("own-file").files;
  el("own-file").value = "";
  if (!chosen) return;
  const { name } = chosen;
  if (el("own-text").value.trim() !== "" && !globalThis.confirm(say("replace-text", { name }))) return;
  tell(say("looking"));
  try {
    typed(el("own-text"), await textOf(chosen));
    fault([]);
    el("own-load").parentElement.querySelector(".note")?.remove();
    el("own-load").parentElement.append(make("span", say("text-taken", { name }), { class: "note" }));
    tell(say("text-taken", { name }));
    el("own-text").focus();
  } catch (error) {
    const text = error?.code === "no-import" ? say("no-import", { name }) : sentenceOf(error);
    fault([{ field: "own-text", text }]);
  }
}

function typed(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input"));
}

// Takes the marks that nobody sees out of everything that was typed; the marks on paragraphs follow their text.
function takeOutMarks() {
  for (const field of document.querySelectorAll("#writing textarea, #writing input[type=text]")) {
    const clean = withoutMarks(field.value);
    if (clean !== field.value) typed(field, clean);
  }
  followText(withoutMarks);
  go("check").then(() => tell(say("marks-taken-out")));
}

// --- filing

async function submit(wish) {
  for (const id of ["writing", "moves"]) el(id).hidden = true;
  const done = () => {
    filed = true;
    for (const id of ["writing", "moves"]) el(id).remove();
  };
  await file(worker, wish, look, { mend, done });
}

// Something in what was written must change, or the author wants to change it (without an error): everything is there as it was.
async function mend(error, { wordsLost = false } = {}) {
  for (const id of ["writing", "moves"]) el(id).hidden = false;
  // A new worker holds what it reads now against nothing: the author sees it before anything is sealed to it.
  if (LOST.has(error?.code)) await see((await restart()) ? "facts" : "check");
  else if (error?.code === "readers-changed") await see((await lookAgain()) ? "facts" : "readers");
  show();
  if (error === undefined) return;
  const why = error?.code === "not-open" ? new Refusal(`closed-${error.facts.reason}`) : error;
  const lost = wordsLost ? [{ field: "", text: say("words-lost") }] : [];
  fault([{ field: "", text: sentenceOf(why) }, ...lost, ...faultsOf(step, readWish(look, readers), look.limits).map(told)]);
  el("evidence")?.remove();
  if (error?.facts?.evidence) el("errors").after(Object.assign(troubleNote(error), { id: "evidence" }));
}

// Leads to the first step that what is in force now makes incomplete, or else to `to`.
async function see(to) {
  const wish = readWish(look, readers);
  const lacking = steps().slice(0, -2).find((name) => faultsOf(name, wish, look.limits).length > 0);
  if (!(await go(lacking ?? to))) step = steps().at(-2);
}

async function restart() {
  try {
    const begun = await renew();
    worker = begun.worker;
    return adopt(begun.look);
  } catch {
    // told by the next act: what was typed is here, and that act tries again
  }
}

async function lookAgain() {
  accepted.clear(); // they may be other keys
  try {
    return adopt(await worker.call("look"));
  } catch {
    // as above
  }
}

// What is in force now takes the place of what was; whether the charter asks anything that it did not ask before.
function adopt(now) {
  const asked = new Set(look.facts.map((row) => JSON.stringify(row)));
  look = now;
  askFacts(look.facts, look.always);
  forgetGone(look.offices);
  for (const id of ["own-text", "dissent"]) el(id).dispatchEvent(new Event("input"));
  return look.facts.some((row) => !asked.has(JSON.stringify(row)));
}
