// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of a case as its readers see them. What a person wrote is set as text, in its own direction, in a frame of its own.

import { save } from "../web/save.js";
import { button, day, listOf, make, moment, number, part, say, size, warned } from "../web/ui.js";
import { clockName } from "./clocks.js";

export function zoneOf(view) {
  return view.clocks[0]?.zone;
}

// --- what happened

export function eventRow(row, view) {
  const zone = zoneOf(view);
  const node = part("event", {
    what: whatHappened(row, zone),
    when: row.publicTime ? say("recorded", { when: moment(row.publicTime, zone) }) : say("not-published", { when: moment(row.time, zone) }),
    note: noteOf(row),
    fault: row.fault ? say("differs", { fact: row.fault }) : null,
    said: row.reply ? null : row.text || null,
    more: row.reply ? say("see-reply") : warned(row.text),
  });
  if (row.own) node.classList.add("mine");
  return node;
}

function whatHappened(row, zone) {
  const facts = { who: row.title, to: row.toTitle ?? "", item: row.item === undefined ? "" : number(row.item), clock: row.clock ? clockName(row.clock) : "",
    until: row.until ? day(row.until, zone) : "", reply: row.countersigns === undefined ? "" : number(row.countersigns) };
  const author = row.seat === "" && row.type !== "received";
  const beyond = row.type === "mismatch" && row.seat !== "" && row.fact.startsWith("limits.");
  const what = row.type === "fetch" && row.item === 0 ? "fetch-filing" : beyond ? "limits" : row.type;
  return say(`did-${what}${row.own ? "-own" : author ? "-author" : ""}`, facts);
}

function noteOf(row) {
  if (row.sealed) return say("sealed-note");
  return row.holder && !row.own ? say("by-holder", { holder: row.holder }) : null;
}

// --- the dissent

// Before it is opened here: who fetched it, by this program or another, and the way to read it. `open` opens what this seat has fetched.
export function sealedParts(view, open) {
  const fetches = view.thread.filter(({ type, item }) => type === "fetch" && item === 0);
  const files = view.sizes.length - 1; // the first is the text itself
  const about = make("p", say(files > 0 ? "sealed-with-files" : "sealed-text", { n: number(files) }), { class: "quiet" });
  const by = fetches.map(({ title, time, publicTime }) => make("p", say("fetched-by", { who: title, when: moment(publicTime || time, zoneOf(view)) })));
  return [about, ...by, ...(view.fetched ? [make("p", say("fetched-already"), { class: "quiet" }), holding("p", button(say("act-open"), open, "button other"))] : [])];
}

export function dissentParts({ dissent, attachments, custody, recused, facts }, fetchFile, fetchOriginal) {
  const parts = dissent.text ? [ownText(dissent.text, dissent.language, "own long")] : [];
  parts.push(...warned(dissent.text, dissent.subject));
  for (const [name, text] of Object.entries(dissent.prompts)) if (text) parts.push(make("h3", say(`prompt-${name}`)), ownText(text, dissent.language), ...warned(text));
  if (dissent.claims.length > 0) {
    const about = { class: "own", ...(dissent.language ? { lang: dissent.language } : {}) };
    parts.push(make("h3", say("claims")), listOf("ol", dissent.claims.map(({ text }) => text), about), ...warned(...dissent.claims.map(({ text }) => text)));
  }
  parts.push(make("h3", say("files")), make("p", say("files-warning"), { class: "quiet" }));
  const files = make("ul");
  files.append(fileRow(say("take-original", { name: dissent.original }), fetchOriginal));
  files.append(...attachments.map(({ n, name, size: bytes }) => fileRow(say("take-file", { name, size: size(bytes) }), () => fetchFile(n))));
  parts.push(files, ...warned(dissent.original, ...attachments.map(({ name }) => name)));
  return [...parts, ...aboutFiling({ custody, recused, facts, marking: dissent.marking })];
}

function holding(name, child, attributes = {}) {
  const node = make(name, "", attributes);
  node.append(child);
  return node;
}

function ownText(text, language, kind = "own") {
  return make("div", text, { class: kind, dir: "auto", ...(kind.includes("long") ? { tabindex: "0" } : {}), ...(language ? { lang: language } : {}) });
}

function fileRow(text, act) {
  return holding("li", button(text, act));
}

function aboutFiling({ custody, recused, facts, marking }) {
  const stated = Object.values(facts).filter(Boolean);
  const rows = [
    ...(marking ? [["fact-marking", marking]] : []),
    ...(stated.length > 0 ? [["fact-stated", stated.join(", ")]] : []),
    ...(recused.length > 0 ? [["fact-recused", recused.join(", ")]] : []),
    ...(custody === "server" ? [["fact-custody", say("custody-server")]] : []),
  ];
  if (rows.length === 0) return [];
  const list = make("dl", "", { class: "facts" });
  list.append(...rows.flatMap(([code, text]) => [make("dt", say(code)), make("dd", text, { dir: "auto" })]));
  return [list, ...warned(...rows.map(([, text]) => text))];
}

export function saveFile({ name, blob }) {
  save(name, blob);
}

// --- the reply

export function replyParts(view) {
  return view.thread.filter(({ reply }) => reply).map((row) => replyPart(row, view.dissent));
}

export function replyPart({ reply, title, fault }, dissent) {
  return part("replied", {
    title: say("reply-title", { who: title }),
    fault: fault ? say("differs", { fact: fault }) : reply.counts ? null : say("reply-waits"),
    ...replySlots(reply, dissent),
  });
}

// What a reply says, for a reply that stands and for one that is checked before it is signed.
export function replySlots(reply, dissent) {
  const count = (kind) => number(reply.answers.filter((answer) => answer.kind === kind).length);
  const counted = { answered: count("answered"), referred: count("referred"), declined: count("declined") };
  return {
    outcome: `${say(`outcome-${reply.outcome}`)}${reply.answers.length > 0 ? ` ${say("reply-counts", counted)}` : ""}`,
    text: reply.text.trim() ? reply.text : null,
    pairs: reply.answers.map((answer) => pair(answer, dissent)),
    promises: promises(reply.commitments),
    appeal: reply.appeal.trim() ? [make("h4", say("if-not-enough")), make("div", reply.appeal, { class: "own", dir: "auto" })] : null,
    signed: reply.signedBy ? say("signed-by", { who: reply.signedBy }) : null,
    marks: warned(JSON.stringify(reply)), // the last: a note has a slot of its own, which those of the reply must not reach
  };
}

function pair({ claim, kind, text, to, claimText }, dissent) {
  return part("pair", {
    number: say("claim", { n: number(claim) }),
    claim: claimText || dissent?.claims.find(({ n }) => n === claim)?.text || say("claim-unknown"),
    kind: say(`answer-${kind}`, { to }),
    answer: text.trim() ? text : null,
  });
}

function promises(commitments) {
  if (commitments.length === 0) return null;
  const rows = commitments.map(({ text, date }) => say("promised-by", { date: written(date), text }));
  return [make("h4", say("commitments")), listOf("ul", rows)];
}

// A date that a reply states as year-month-day, in letters.
function written(date) {
  const at = Date.parse(`${date}T12:00:00Z`);
  return Number.isNaN(at) ? date : day(at / 1000, "UTC");
}

// --- who reads

export function accessRow(row, view) {
  const zone = zoneOf(view);
  const list = make("ul");
  list.append(...row.fetches.map(({ item, publicTime, time }) => make("li", say(item === 0 ? "fetched-filing" : "fetched-item", { item: number(item), when: moment(publicTime || time, zone) }))));
  return part("reader", {
    title: row.title,
    holder: row.holder || say("holder-unnamed"),
    note: row.by ? say("granted-by", { who: row.byTitle, when: day(row.since, zone) }) : say("granted-at-filing"),
    act: [...(row.reason ? [make("div", row.reason, { class: "said own", dir: "auto" }), ...warned(row.reason)] : []), row.fetches.length > 0 ? list : make("p", say("not-fetched"), { class: "quiet" })],
  });
}

// --- what was checked

export function checkedParts(view) {
  const list = make("ul");
  list.append(make("li", say("checked-signed")), make("li", say(view.published ? "checked-published" : "checked-promised")));
  const not = make("ul");
  not.append(...view.unchecked.map((code) => make("li", say(`unchecked-${code}`))));
  return [list, ...(view.unchecked.length > 0 ? [make("h3", say("unchecked")), not] : [])];
}
