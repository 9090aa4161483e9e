// SPDX-License-Identifier: AGPL-3.0-or-later
// The seat's key before and beside the work: unlock it, make it, take it from a file, put it under other words.
//
// The words of the vault are typed into fields without a name, outside any form, which are emptied at once; the worker alone gets them.

import { save } from "../web/save.js";
import { all, el, fill, make, part, say, showAt, tell, tellFaults } from "../web/ui.js";
import { call, sitting } from "./sitting.js";
import { clearTrouble, sentenceOf, troubleNote } from "./trouble.js";
import { fetchVault, putVault } from "./vault.js";

const seat = () => el("desk").dataset.seat;

// Shows what stands before the desk: unlocking, or making a key; `opened()` is called once the key is in the worker.
export async function begin(opened) {
  if ("vault" in el("desk").dataset) return locked(opened);
  return emptyVault(opened);
}

function locked(opened) {
  const page = put(part("locked"), {
    unlock: () => unlock(opened), import: () => take(opened), make: () => makeKey(opened),
  });
  onEnter("words", () => unlock(opened));
  el("words").focus();
  return page;
}

async function unlock(opened) {
  const words = el("words").value;
  if (!words.trim()) return void faults("words", say("words-empty"));
  const button = el("view").querySelector("[data-act=unlock]");
  await busy(button, say("unlocking"), async () => {
    sitting.vault = await fetchVault();
    sitting.who = await call("unlock", { vault: sitting.vault, passphrase: tidy(words), seat: seat() });
    el("words").value = "";
    opened();
  }, "words");
}

function emptyVault(opened) {
  put(part("empty-vault"), { make: () => makeKey(opened), import: () => take(opened) });
}

// --- a new key

function makeKey(opened) {
  put(part("make"), { make: () => made(opened), back: () => begin(opened) });
  showAt(el("view").firstElementChild);
}

async function made(opened) {
  const holder = el("holder").value.trim();
  if (!holder) return void faults("holder", say("holder-empty"));
  await busy(el("view").querySelector("[data-act=make]"), say("making"), async () => {
    const { vault, request, passphrase } = await call("make", { seat: seat(), holder });
    showWords(passphrase, async (typed) => {
      // Opened by what was typed, before anything relies on it.
      sitting.who = await call("unlock", { vault, passphrase: typed, seat: seat() });
      await keep(vault);
      sitting.request = request;
      opened("key");
    });
  }, "holder");
}

// --- a key that is there already

function take(opened) {
  put(part("import"), { take: () => taken(opened), back: () => begin(opened) });
  showAt(el("view").firstElementChild);
}

async function taken(opened) {
  const [file] = el("key-file").files;
  if (!file) return void faults("key-file", say("choose-key-file"));
  await busy(el("view").querySelector("[data-act=take]"), say("unlocking"), async () => {
    const vault = await file.text();
    const passphrase = tidy(el("key-words").value);
    sitting.who = await call("unlock", { vault, passphrase, seat: seat() });
    el("key-words").value = "";
    if (vault.startsWith("-----BEGIN AGE")) {
      await keep(vault);
      return opened();
    }
    const sealed = await call("rewrap", { passphrase, next: "" });
    return showWords(sealed.passphrase, async () => {
      await keep(sealed.vault);
      opened();
    });
  }, "key-words");
}

// --- the words, shown once and typed back

function showWords(passphrase, kept) {
  const list = passphrase.split(" ").map((word) => make("li", word));
  put(part("words", { words: list }), { written: () => wordsBack(passphrase, kept) });
  showAt(el("view").firstElementChild);
}

function wordsBack(passphrase, kept) {
  put(part("words-back"), { again: () => showWords(passphrase, kept), compare });
  onEnter("words-back", compare);
  el("words-back").focus();

  async function compare() {
    const typed = tidy(el("words-back").value);
    if (typed !== passphrase) return void faults("words-back", say("words-differ"));
    await busy(el("view").querySelector("[data-act=compare]"), say("keeping"), async () => {
      el("words-back").value = "";
      await kept(typed);
    }, "words-back");
  }
}

async function keep(vault) {
  // Where this page was told of a vault, that one is replaced. A vault made meanwhile in another window is not fetched here, so the
  // server refuses to write over it.
  if (!sitting.vault && "vault" in el("desk").dataset) await fetchVault();
  await putVault(vault);
  await call("kept", { vault });
  sitting.vault = vault;
  el("desk").dataset.vault = "";
}

// --- my key, when it is open

export function showKey(again) {
  const { who } = sitting;
  const page = part("key");
  fill(page, {
    notes: standingNotes(who),
    facts: [["fact-seat", who.title], ["fact-holder", who.holder], ["fact-channel", who.origin]].filter(([, text]) => text)
      .flatMap(([code, text]) => [make("dt", say(code)), make("dd", text, { dir: "auto" })]),
    request: sitting.request ? part("request") : null,
    words: who.words.map((word) => make("li", word)),
  });
  put(page, {
    save: () => save(`${seat()}.key`, sitting.vault, "text/plain"),
    request: () => save(`${seat()}.request`, sitting.request, "application/json"),
    change: () => change(again),
  });
  showAt(page);
}

export function standingNotes(who) {
  return who.standing === "not-on-roster" ? [part("note", { text: say("not-on-roster") })] : [];
}

async function change(again) {
  const passphrase = tidy(el("words-now").value);
  if (!passphrase) return void noteAt("words-now", say("words-empty"));
  try {
    const sealed = await call("rewrap", { passphrase, next: "" });
    el("words-now").value = "";
    showWords(sealed.passphrase, async () => {
      await keep(sealed.vault);
      tell(say("words-changed"));
      again();
    });
  } catch (error) {
    noteAt("words-now", sentenceOf(error));
  }
}

// --- small things

function put(page, acts) {
  clearTrouble();
  for (const [name, does] of Object.entries({ show: unveil, ...acts })) {
    for (const node of all(page, `[data-act=${name}]`)) node.addEventListener("click", does);
  }
  el("view").replaceChildren(page);
  return page;
}

function unveil() {
  for (const field of all(el("view"), ".veiled")) field.classList.remove("veiled");
}

function onEnter(id, act) {
  el(id).addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    act();
  });
}

// Words as they are written: small letters, one space. A passphrase of one's own keeps its form.
function tidy(typed) {
  const words = typed.trim().split(/\s+/u);
  return words.length === 7 ? words.join(" ").toLowerCase() : typed.trim();
}

function faults(field, text) {
  tellFaults([{ field, text }], { list: el("errors"), within: el("view") });
}

function noteAt(id, text) {
  const line = el(`${id}-fault`);
  line.textContent = text;
  line.hidden = false;
  el(id).setAttribute("aria-invalid", "true");
  el(id).setAttribute("aria-describedby", line.id);
  el(id).focus();
}

async function busy(button, text, act, field) {
  if (button.disabled) return;
  const before = button.textContent;
  button.disabled = true;
  button.textContent = text;
  tell(text);
  try {
    await act();
  } catch (error) {
    faults(el(field) ? field : "", sentenceOf(error));
    if (error?.facts?.evidence) el("errors").after(troubleNote(error));
  } finally {
    button.disabled = false;
    button.textContent = before;
  }
}
