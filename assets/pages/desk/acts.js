// SPDX-License-Identifier: AGPL-3.0-or-later
// The sheets by which a seat acts on a case: one is open at a time; each says what follows before it asks for the last click.
//
// What was typed or chosen and not sent stays in this page's memory until it is sent or the desk is locked: looking at another case, or an
// error, loses nothing.

import { clockName } from "../web/clocks.js";
import { all, day, el, fill, make, part, say, tellFaults } from "../web/ui.js";
import { warned } from "../web/warned.js";
import { leaveReply, openReply } from "./reply.js";
import { replyPart } from "./shown.js";
import { sitting, takesBack } from "./sitting.js";
import { sentenceOf } from "./trouble.js";

export const ACTS = ["fetch", "acknowledge", "message", "reply", "extend", "countersign", "grant", "readable", "close"];

const unsent = new Map(); // case and act -> what stands in the fields of the sheet, by their ids

// Nothing of these sheets is saved anywhere: a text that was typed and not sent is lost with the page.
sitting.holders.add({
  save: async () => true,
  unsaved: () => [...unsent].filter(([, fields]) => fields.some(([id, { value }]) => id === "text" && value.trim() !== "")).map(([key, value]) => ({ kind: "act", key, value })),
  end: () => unsent.clear(),
});
takesBack("act", (key, value) => unsent.set(key, value));

// Opens the sheet of an act. `does(method, params, said, sent, told)` acts, calls `sent` once it is done, and tells whether it was; `told(error)` tells a refusal at its field, and whether it could; `back()` is where the reader came from.
export function openAct(name, view, { does, back }) {
  if (name === "reply") return openReply(view, { does, back });
  leaveReply();
  const sheet = el(`act-${name}`).content.firstElementChild.cloneNode(true);
  if (FILLED[name]) FILLED[name](sheet, view);
  const key = `${view.case} ${name}`;
  keepUnsent(sheet, key);
  sheet.querySelector("h3").after(part("errors"));
  all(sheet, "[data-act=do]").forEach((node) => node.addEventListener("click", () => send(name, sheet, view, does, key)));
  all(sheet, "[data-act=cancel]").forEach((node) => node.addEventListener("click", () => {
    el("act").replaceChildren();
    back();
  }));
  el("act").replaceChildren(sheet);
  const heading = sheet.querySelector("h3");
  heading.tabIndex = -1;
  heading.focus();
  sheet.scrollIntoView({ block: "nearest" });
  return undefined;
}

// Puts back what was not sent, keeps what is typed from now on, and warns of marks that nobody sees in either.
function keepUnsent(sheet, key) {
  for (const [id, was] of unsent.get(key) ?? []) {
    const field = all(sheet, "[id]").find((node) => node.id === id);
    if (!field) continue; // an office that can be given nothing any more
    Object.assign(field, was);
    if (!field.matches("select")) continue;
    if (field.selectedIndex < 0) field.selectedIndex = 0; // a clock that cannot be extended any more
    field.dispatchEvent(new Event("change"));
  }
  const text = sheet.querySelector("#text");
  const marks = make("div");
  const warn = () => marks.replaceChildren(...warned(text?.value ?? ""));
  text?.after(marks);
  warn();
  for (const kind of ["input", "change"]) {
    sheet.addEventListener(kind, () => {
      unsent.set(key, all(sheet, "input, select, textarea").map(({ id, value, checked }) => [id, { value, checked }]));
      warn();
    });
  }
}

const FILLED = {
  extend(sheet, { extendable }) {
    const select = sheet.querySelector("#clock");
    select.append(...extendable.map((row) => make("option", clockName(row.clock), { value: row.clock })));
    const until = sheet.querySelector("#until");
    const chosen = () => {
      const row = extendable.find(({ clock }) => clock === select.value) ?? extendable[0];
      const facts = { limit: day(row.limit, row.zone), longest: row.longest ? day(row.longest, row.zone) : "", zone: row.zone };
      sheet.querySelector("#until-hint").textContent = say(row.longest ? "until-longest" : "until-hint", facts);
      until.min = isoDay(row.limit + 86400, row.zone);
      if (row.longest) until.max = isoDay(row.longest, row.zone);
    };
    select.addEventListener("change", chosen);
    chosen();
  },
  // What is signed is what was read here: the reply stands in the sheet, and where it is not open there is nothing to click.
  countersign(sheet, view) {
    const row = view.thread.find(({ n, reply }) => n === view.waiting && reply);
    fill(sheet, { reply: row ? replyPart(row, view.dissent) : part("note", { text: say("reply-sealed") }) });
    if (!row) sheet.querySelector("[data-act=do]").remove();
  },
  grant(sheet, { grantable }) {
    fill(sheet, { offices: grantable.map(({ seat, title, holder }) => {
      const choice = part("office");
      const [box, label] = [choice.querySelector("input"), choice.querySelector("label")];
      Object.assign(box, { id: `office-${seat}`, value: seat, name: "to" });
      box.dataset.office = "";
      label.htmlFor = box.id;
      label.textContent = say("office-held", { title, holder: holder || say("holder-unnamed") });
      return choice;
    }) });
  },
};

// A day as a date field writes it, where the clock runs.
function isoDay(seconds, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(new Date(seconds * 1000));
}

// What each act asks of the worker, what is missing before it can be asked, and what is said once it is done.
const SENT = {
  fetch: () => ({ params: {}, said: "texts-open" }),
  acknowledge: (sheet) => ({ params: { text: textOf(sheet) }, said: "acknowledged-now" }),
  message: (sheet) => ({ params: { text: textOf(sheet) }, said: "sent", missing: wanted(sheet, ["text", "write-message"]) }),
  extend: (sheet, { extendable }) => ({
    params: { clock: sheet.querySelector("#clock").value, until: sheet.querySelector("#until").value, reason: textOf(sheet) },
    said: "extended-now",
    missing: [...wanted(sheet, ["until", "choose-date"]), ...outside(sheet, extendable), ...wanted(sheet, ["text", "write-reason"])],
  }),
  countersign: () => ({ params: {}, said: "countersigned-now" }),
  grant(sheet) {
    const to = sheet.querySelector("[data-office]:checked")?.value;
    const missing = [...(to ? [] : [{ field: "offices", text: say("choose-office") }]), ...wanted(sheet, ["text", "write-reason"])];
    return { params: { to, reason: textOf(sheet) }, said: "granted-now", missing };
  },
  readable: () => ({ params: {}, said: "readable-now" }),
  close: () => ({ params: {}, said: "closed-now" }),
};

// A day that the charter does not allow, with the one that it does.
function outside(sheet, extendable) {
  const { value, min, max } = sheet.querySelector("#until");
  const row = extendable.find(({ clock }) => clock === sheet.querySelector("#clock").value);
  if (!value || !row) return [];
  if (value < min) return [{ field: "until", text: say("until-early", { limit: day(row.limit, row.zone) }) }];
  return max && value > max ? [{ field: "until", text: say("until-late", { longest: day(row.longest, row.zone) }) }] : [];
}

// What the worker refuses, told at the field that it is about; whether there is one.
function refusedAt(sheet, error) {
  const field = { "extension-date": "until", "extension-day": "until" }[error?.code];
  if (!field) return false;
  const facts = { ...error.facts };
  for (const name of ["latest", "chosen", "next"]) if (facts[name]) facts[name] = day(Date.parse(`${facts[name]}T12:00:00Z`) / 1000, "UTC"); // a date of the calendar, in no zone
  return tellFaults([{ field, text: sentenceOf({ code: error.code, facts }) }], { list: sheet.querySelector(".errors"), within: sheet });
}

function textOf(sheet) {
  return sheet.querySelector("#text").value;
}

function wanted(sheet, ...rows) {
  return rows.filter(([id]) => !sheet.querySelector(`#${id}`).value.trim()).map(([field, code]) => ({ field, text: say(code) }));
}

async function send(name, sheet, view, does, key) {
  const { params, said, missing = [] } = SENT[name](sheet, view);
  if (tellFaults(missing, { list: sheet.querySelector(".errors"), within: sheet })) return;
  const typed = unsent.get(key);
  await does(name, { case: view.case, ...params }, said, () => {
    if (unsent.get(key) === typed) unsent.delete(key); // what was typed meanwhile was not sent
  }, (error) => refusedAt(sheet, error));
}

