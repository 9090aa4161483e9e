// SPDX-License-Identifier: AGPL-3.0-or-later
// The reply sheet. A reply is written over days: its draft is sealed in the worker and kept on the server, which cannot tell what it is;
// it is saved two seconds after the last key, when the sheet is left, and before locking, and comes back with the case. Until it is saved, the
// sheet itself is held: whoever comes back finds what they left.

import { LEAST, letters } from "../../lib/documents/letters.js";
import { all, el, fill, moment, number, part, say, tellFaults } from "../web/ui.js";
import { ask } from "./asking.js";
import { replySlots } from "./shown.js";
import { call, sitting, takesBack } from "./sitting.js";
import { sentenceOf } from "./trouble.js";

const QUIET = 2000; // milliseconds without a key before the draft is saved

const left = new Map(); // case -> the sheet that was left and is not saved yet
const held = new Map(); // case -> the draft that could not be saved before the desk was locked, until its sheet is opened
let open; // {id, sheet, drafting} of the sheet that is open

sitting.holders.add({
  save: async () => true,
  unsaved: () => [...held].map(([key, value]) => ({ kind: "reply", key, value })),
  end: () => {
    held.clear();
    left.clear();
    open = undefined;
  },
});
takesBack("reply", (key, value) => held.set(key, value));

// Leaves the sheet that is open, if one is, and saves its draft.
export async function leaveReply() {
  if (!open) return;
  const was = open;
  open = undefined;
  left.set(was.id, was);
  if (!(await was.drafting.save()) || left.get(was.id) !== was) return;
  discard(was.id, was.drafting);
}

export async function openReply(view, { does, back }) {
  leaveReply();
  const before = left.get(view.case);
  left.delete(view.case);
  open = before ?? newSheet(view, { does, back });
  const { sheet, drafting } = open;
  el("act").replaceChildren(sheet);
  sheet.querySelector("h3").tabIndex = -1;
  sheet.querySelector("h3").focus();
  if (!before) await drafting.restore();
}

function newSheet(view, { does, back }) {
  const sheet = el("act-reply").content.firstElementChild.cloneNode(true);
  const recommended = view.dissent?.prompts.recommendation ?? "";
  fill(sheet, { claims: (view.dissent?.claims ?? []).slice(0, view.charter.claims).map(answering), recommended });
  sheet.querySelector("#recommended").hidden = recommended.trim() === "";
  sheet.querySelector("#signed-by").value = view.office;
  if (beyond(view) > 0) sheet.querySelector("#draft-state").after(part("note", { text: say("beyond-claims", countsOf(view)) }));
  sheet.querySelector("h3").after(part("errors"));
  const drafting = draftOf(view, sheet);
  const made = { id: view.case, sheet, drafting };
  const acts = {
    check: () => check(view, made, does),
    cancel: async () => {
      await leaveReply();
      if (drafting.elsewhere()) discard(view.case, drafting);
      el("act").replaceChildren();
      back();
    },
    drop: async () => {
      if (!isEmpty(read(sheet)) && !(await ask("ask-drop"))) return;
      open = undefined;
      discard(view.case, drafting);
      await drafting.drop();
      el("act").replaceChildren();
      back();
    },
    commit: () => {
      sheet.querySelector("#commitments").append(commitment({ text: "", date: "" }, drafting.stir));
      sheet.querySelector("#commitments > :last-child input").focus();
    },
  };
  for (const [name, act] of Object.entries(acts)) all(sheet, `[data-act=${name}]`).forEach((node) => node.addEventListener("click", act));
  sheet.addEventListener("input", drafting.stir);
  return made;
}

// What stands in the sheet is not held any more.
function discard(id, drafting) {
  left.delete(id);
  sitting.holders.delete(drafting);
}

// --- claims beyond the charter's limit: answered together, in the text to the whole

function beyond(view) {
  return (view.dissent?.claims.length ?? 0) - view.charter.claims;
}

function countsOf(view) {
  return { most: number(view.charter.claims), first: number(view.charter.claims + 1), last: number(view.dissent.claims.length) };
}

// --- one claim

function answering(claim) {
  const row = fill(part("answering"), { number: say("claim", { n: number(claim.n) }), claim: claim.text });
  row.dataset.claim = claim.n;
  named(row, `-${claim.n}`);
  const kind = row.querySelector("select");
  kind.addEventListener("change", () => {
    row.querySelector(`[data-id="to-field"]`).hidden = kind.value !== "referred";
  });
  return row;
}

function commitment({ text, date }, stir) {
  const row = part("commitment");
  named(row, `-c${(commitment.last = (commitment.last ?? 0) + 1)}`);
  row.querySelector("[data-id=promise]").value = text;
  row.querySelector("[data-id=date]").value = date;
  row.querySelector("[data-act=remove]").addEventListener("click", async () => {
    if (row.querySelector("[data-id=promise]").value.trim() && !(await ask("ask-promise"))) return;
    row.remove();
    stir();
    el("sheet").querySelector("[data-act=commit]").focus();
  });
  return row;
}

// Gives the fields of a copied row ids of their own, and their labels and faults the same.
function named(row, suffix) {
  for (const field of all(row, "[data-id]")) field.id = `${field.dataset.id}${suffix}`;
  for (const label of all(row, "label[data-for]")) label.htmlFor = `${label.dataset.for}${suffix}`;
  for (const fault of all(row, ".fault[data-for]")) fault.id = `${fault.dataset.for}${suffix}-fault`;
}

// --- the sheet as data

function read(sheet) {
  const value = (selector, within = sheet) => within.querySelector(selector).value;
  return {
    outcome: value("#outcome"),
    text: value("#reply-text"),
    signedBy: value("#signed-by"),
    appeal: value("#appeal"),
    recommendation: { kind: value("#recommended-kind"), text: value("#recommended-text") },
    answers: all(sheet, "[data-claim]").map((row) => ({
      claim: Number(row.dataset.claim),
      kind: value("[data-id=kind]", row),
      text: value("[data-id=text]", row),
      to: value("[data-id=kind]", row) === "referred" ? value("[data-id=to]", row) : "",
    })),
    commitments: all(sheet, "#commitments > *").map((row) => ({ text: value("[data-id=promise]", row), date: value("[data-id=date]", row) })),
  };
}

function write(sheet, draft, stir) {
  const texts = { "#outcome": draft.outcome, "#reply-text": draft.text, "#signed-by": draft.signedBy, "#appeal": draft.appeal };
  const { kind: become, text: said } = draft.recommendation ?? {};
  Object.assign(texts, { "#recommended-kind": become, "#recommended-text": said });
  for (const [selector, text] of Object.entries(texts)) sheet.querySelector(selector).value = text ?? "";
  for (const { claim, kind, text, to } of draft.answers ?? []) {
    const row = sheet.querySelector(`[data-claim="${Number(claim)}"]`);
    if (!row) continue;
    row.querySelector("[data-id=kind]").value = kind;
    row.querySelector("[data-id=text]").value = text;
    row.querySelector("[data-id=to]").value = to;
    row.querySelector(`[data-id="to-field"]`).hidden = kind !== "referred";
  }
  sheet.querySelector("#commitments").replaceChildren(...(draft.commitments ?? []).map((row) => commitment(row, stir)));
}

// Who signs stands there from the start, and is nothing that was typed.
function isEmpty({ outcome, text, appeal, recommendation, answers, commitments }) {
  const words = [outcome, text, appeal, recommendation.kind, recommendation.text, ...answers.flatMap((row) => [row.kind, row.text]), ...commitments.map((row) => row.text)];
  return words.every((word) => !word.trim());
}

// --- the draft

function draftOf({ case: id, clocks }, sheet) {
  const zone = clocks[0]?.zone; // the office's
  let timer;
  let saved = ""; // what lies on the server, as far as known
  let saving = Promise.resolve();
  let looked = false; // it was asked what lies there
  let newer = false; // another window has saved a later one
  const state = (text) => {
    sheet.querySelector("#draft-state").textContent = text;
  };

  const isSaved = (draft) => JSON.stringify(draft) === saved || (saved === "" && isEmpty(draft));

  // Whether it is saved, or nothing is to be.
  async function keep() {
    clearTimeout(timer);
    const draft = read(sheet);
    const now = JSON.stringify(draft);
    if (isSaved(draft)) return true;
    try {
      if (!looked) await call("draft.load", { case: id }); // the worker must know what it replaces
      looked = true;
      const { savedAt } = await call("draft.save", { case: id, draft });
      saved = now;
      state(say("draft-saved", { when: moment(savedAt, zone) }));
      return true;
    } catch (error) {
      newer = error?.code === "kept-elsewhere";
      state(say("draft-not-saved", { why: sentenceOf(error) }));
      return false;
    }
  }
  const save = () => (saving = saving.then(keep)); // one after the other: an older one must not come after a newer

  const drafting = {
    stir() {
      clearTimeout(timer);
      timer = setTimeout(save, QUIET);
    },
    async restore() {
      const mine = held.get(id);
      if (mine) {
        held.delete(id);
        write(sheet, mine, this.stir);
        state(say("draft-held"));
        return void this.stir();
      }
      try {
        const { draft, savedAt } = await call("draft.load", { case: id });
        looked = true;
        if (!draft) return undefined;
        if (!isEmpty(read(sheet))) return state(say("draft-beside")); // somebody types faster than the server answers
        write(sheet, draft, this.stir);
        saved = JSON.stringify(read(sheet));
        state(say("draft-restored", { when: moment(savedAt, zone) }));
      } catch (error) {
        state(say("draft-not-loaded", { why: sentenceOf(error) }));
      }
    },
    async pause() {
      clearTimeout(timer);
      await saving;
    },
    async drop() {
      await this.pause();
      try {
        await call("draft.drop", { case: id });
      } catch (error) {
        state(say("draft-not-saved", { why: sentenceOf(error) }));
      }
    },
    save,
    unsaved() {
      const draft = read(sheet);
      return isSaved(draft) ? [] : [{ kind: "reply", key: id, value: draft }];
    },
    end() {
      clearTimeout(timer);
      sitting.holders.delete(drafting);
    },
    elsewhere: () => newer,
  };
  sitting.holders.add(drafting);
  return drafting;
}

// --- the last look

function missing({ outcome, text, appeal, recommendation, answers, commitments }, view) {
  const faults = [];
  const want = (field, is, code, facts) => is || faults.push({ field, text: say(code, facts) });
  want("outcome", outcome, "choose-outcome");
  if (beyond(view) > 0) want("reply-text", text.trim(), "empty-text-beyond", countsOf(view));
  else want("reply-text", text.trim() || (answers.length > 0 && outcome !== "out_of_scope"), outcome === "out_of_scope" ? "empty-text-scope" : "empty-text");
  want("appeal", appeal.trim() || outcome !== "out_of_scope", "empty-appeal");
  for (const row of answers) {
    const facts = { n: number(row.claim) };
    want(`kind-${row.claim}`, row.kind, "choose-answer", facts);
    want(`to-${row.claim}`, row.kind !== "referred" || row.to.trim(), "empty-to", facts);
    want(`text-${row.claim}`, row.text.trim(), "empty-answer", facts);
    want(`text-${row.claim}`, row.text.trim() === "" || letters(row.text) >= LEAST, "too-little", facts);
  }
  if (view.dissent?.prompts.recommendation?.trim()) {
    want("recommended-kind", recommendation.kind, "choose-recommendation");
    want("recommended-text", letters(recommendation.text) >= LEAST, "empty-recommendation");
  }
  const half = commitments.findIndex((row) => !row.text.trim() || !row.date);
  if (half >= 0) want(all(el("commitments"), "[data-id=promise]")[half].id, false, "empty-commitment");
  const past = commitments.findIndex((row) => row.date && row.date <= view.today);
  if (past >= 0) want(all(el("commitments"), "[data-id=date]")[past].id, false, "promise-past");
  return faults;
}

async function check(view, made, does) {
  const { sheet, drafting } = made;
  const reply = read(sheet);
  if (tellFaults(missing(reply, view), { list: sheet.querySelector(".errors"), within: sheet })) return;
  // So does one without answers: a dissent of version 1 may have no claims.
  const declined = reply.answers.every(({ kind }) => kind === "declined");
  // The notes last: they have slots of their own, which those of the reply must not reach.
  const last = fill(part("check-reply"), { ...replySlots(reply, view.dissent), notes: declined ? [part("note", { text: say("declines-all") })] : null });
  last.querySelector("[data-act=back]").addEventListener("click", () => {
    open = made;
    last.replaceWith(sheet);
    sheet.querySelector("[data-act=check]").focus();
  });
  last.querySelector("[data-act=send]").addEventListener("click", async () => {
    drafting.pause();
    open = undefined; // what is sent is no draft any more, and the act shows the case anew
    const sent = () => discard(view.case, drafting);
    if (!(await does("reply", { case: view.case, ...reply }, declined ? "replied-waits" : "replied-now", sent))) left.set(view.case, made);
  });
  sheet.replaceWith(last);
  const heading = last.querySelector("h3");
  heading.tabIndex = -1;
  heading.focus();
}

