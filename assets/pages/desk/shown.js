// SPDX-License-Identifier: AGPL-3.0-or-later
// The parts of a case as its readers see them. What a person wrote is set as text, in its own direction, in a frame of its own.

import { appealParts, faultOf, pair, promises, recommendationPairs, waitsOf, zoneOf } from "../web/case.js";
import { clockName } from "../web/clocks.js";
import { save } from "../web/save.js";
import { button, day, listOf, make, moment, number, part, say, size } from "../web/ui.js";
import { warned } from "../web/warned.js";

// --- what happened

export function eventRow(row, view) {
  const zone = zoneOf(view);
  const node = part("event", {
    what: whatHappened(row, zone),
    when: row.publicTime ? say("recorded", { when: moment(row.publicTime, zone) }) : say("not-published", { when: moment(row.time, zone) }),
    note: noteOf(row),
    fault: faultOf(row),
    said: row.reply ? null : row.text || null,
    more: row.reply ? say("see-reply") : warned(row.text),
  });
  if (row.own) node.classList.add("mine");
  return node;
}

function whatHappened(row, zone) {
  const facts = { who: row.title, to: row.toTitle ?? "", item: row.item === undefined ? "" : number(row.item), clock: row.clock ? clockName(row.clock) : "",
    until: row.until ? day(row.until, zone) : "", reply: row.countersigns === undefined ? "" : number(row.countersigns) };
  if (row.known === false) return say("did-unknown", { type: row.type });
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
  const rows = [
    ...(marking ? [[say("fact-marking"), marking]] : []),
    ...facts.map(({ question, answer }) => [say("fact-stated", { question }), answer || say("not-stated")]),
    ...(recused.length > 0 ? [[say("fact-recused"), recused.join(", ")]] : []),
    ...(custody === "server" ? [[say("fact-custody"), say("custody-server")]] : []),
  ];
  if (rows.length === 0) return [];
  const list = make("dl", "", { class: "facts" });
  list.append(...rows.flatMap(([name, text]) => [make("dt", name, { dir: "auto" }), make("dd", text, { dir: "auto" })]));
  return [list, ...warned(...rows.map(([, text]) => text))];
}

export function saveFile({ name, blob }) {
  save(name, blob);
}

// --- the reply

export function replyParts(view) {
  return view.thread.filter(({ reply }) => reply).map((row) => replyPart(row, view.dissent));
}

export function replyPart(row, dissent) {
  const { reply, title } = row;
  return part("replied", {
    title: say("reply-title", { who: title }),
    fault: faultOf(row) ?? waitsOf(row),
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
    pairs: [
      ...reply.answers.map((answer) => pair(answer, dissent?.claims.find(({ n }) => n === answer.claim)?.text)),
      ...recommendationPairs(reply.recommendation, dissent?.prompts.recommendation),
    ],
    promises: promises(reply.commitments, "h4"),
    appeal: appealParts(reply.appeal, "h4"),
    signed: reply.signedBy ? say("signed-by", { who: reply.signedBy }) : null,
    marks: warned(JSON.stringify(reply)), // the last: a note has a slot of its own, which those of the reply must not reach
  };
}
