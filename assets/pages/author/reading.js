// SPDX-License-Identifier: AGPL-3.0-or-later
// A case as its author reads it: what happened, who reads, the reply beside the claims, and what this page could not check.
//
// What others wrote is set as text in its own direction, in a frame that is not the page's own words: nobody can pose as the page.

import { appealParts, checkedParts, faultOf, fetchedDay, fetchedKind, pair, promises, recommendationPairs, waitsOf, zoneOf } from "../web/case.js";
import { clockFacts, clockName } from "../web/clocks.js";
import { save } from "../web/save.js";
import { button, day, listOf, make, moment, number, part, say, size } from "../web/ui.js";
import { warned } from "../web/warned.js";
import { practiceNote } from "./practice.js";
import { promptParts } from "./prompts.js";
import { evidenceLines } from "./trouble.js";

// --- what happened

export function eventRow(row, view) {
  const zone = zoneOf(view);
  const node = part("event", {
    what: whatHappened(row, view),
    when: row.publicTime ? say("recorded", { when: moment(row.publicTime, zone) }) : say("not-published", { when: moment(row.time, zone) }),
    note: noteOf(row),
    fault: faultOf(row),
    said: row.reply ? null : row.text,
    more: row.reply ? say("see-reply") : warned(row.text),
  });
  if (row.own) node.classList.add("mine");
  return node;
}

function whatHappened(row, view) {
  const zone = zoneOf(view);
  const facts = {
    who: row.title, to: row.toTitle ?? "", item: row.item === undefined ? "" : number(row.item), clock: row.clock ? clockName(row.clock) : "",
    day: row.type === "fetch" ? fetchedDay(row.item, view) : "",
    until: row.until ? day(row.until, zone) : "", reply: row.countersigns === undefined ? "" : number(row.countersigns),
  };
  if (row.known === false) return say("did-unknown", { type: row.type });
  if (row.type === "fetch") {
    const kind = fetchedKind(row.item, view);
    return say(kind === "fetched-item" ? "did-fetch" : kind.replace("fetched", "did-fetch"), facts);
  }
  if (!row.own && row.fact?.startsWith("limits.")) return say("did-limits", facts);
  return say(`did-${row.type}${row.own && row.type !== "received" ? "-own" : ""}`, facts);
}

// How late each clock is that is late, who sees it, and what can be done; nothing where none is.
export function lateParts(view) {
  const late = view.clocks.filter(({ state }) => state === "overdue");
  if (late.length === 0) return null;
  const lines = late.map((row) => {
    const facts = clockFacts(row, view.now);
    return make("p", say(facts.n === number(1) ? "late-by-one" : "late-by", facts));
  });
  return [part("late", { lines, seen: say("late-seen") })];
}

function noteOf(row) {
  if (row.type === "fetch") return say("fetched-note");
  return row.holder && !row.own ? say("by-holder", { holder: row.holder }) : null;
}

// --- the reply

export function replyParts(view) {
  return view.thread.filter(({ reply }) => reply).map(replyPart);
}

function replyPart(row) {
  const { reply, title } = row;
  const counted = { answered: number(reply.answered), referred: number(reply.referred), declined: number(reply.declined) };
  return part("reply", {
    title: say("reply-title", { who: title }),
    outcome: `${say(`outcome-${reply.outcome}`)} ${say("reply-counts", counted)}`,
    fault: faultOf(row),
    waits: waitsOf(row),
    text: reply.text.trim() ? reply.text : null,
    pairs: [...reply.answers.map((answer) => pair(answer)), ...recommendationPairs(reply.recommendation, reply.recommended)],
    promises: promises(reply.commitments, "h3"),
    appeal: appealParts(reply.appeal, "h3"),
    signed: reply.signedBy ? say("signed-by", { who: reply.signedBy }) : null,
    marks: warned(JSON.stringify(reply)), // the last: a note has a slot of its own, which those of the reply must not reach
  });
}

// --- what was filed

export function dissentParts(view, fetchFile) {
  const { dissent } = view;
  if (!dissent) return [part("note", { text: say(`dissent-${view.dissentFault || "gone"}`) })];
  const about = dissent.language ? { lang: dissent.language } : {};
  const text = make("div", "", { class: "own long", dir: "auto", tabindex: "0", ...about });
  const marked = withClaims(dissent);
  text.append(...(marked ?? [dissent.text]));
  const parts = dissent.text ? [text] : [make("p", say("filed-document", { name: dissent.original }), { dir: "auto" })];
  parts.push(...warned(dissent.text, dissent.subject, dissent.original, ...Object.values(dissent.prompts)));
  const { recommendation } = dissent.prompts;
  if (recommendation) parts.push(make("h3", say("check-recommendation")), make("div", recommendation, { class: "own", dir: "auto" }));
  const more = promptParts(dissent.prompts, (name) => say(`prompt-${name}`));
  if (more.length > 0) parts.push(make("h3", say("check-more")), ...more);
  if (dissent.claims.length > 0 && marked === undefined) {
    parts.push(make("h3", say("check-claims")), listOf("ol", dissent.claims.map(({ text: claim }) => claim), { class: "own", ...about }), ...warned(...dissent.claims.map((row) => row.text)));
  }
  return [...parts, ...fileParts(view, fetchFile)];
}

// The text with the number of each claim where the claim stands in it, so that no claim is shown twice; undefined where one is not in the text.
function withClaims({ text, claims }) {
  const parts = [];
  let from = 0;
  for (const { n, text: claim } of claims) {
    const at = text.indexOf(claim, from);
    if (at < 0) return undefined;
    parts.push(text.slice(from, at), make("strong", say("claim", { n: number(n) }), { class: "tag", dir: "auto" }), "\n", claim);
    from = at + claim.length;
  }
  return claims.length > 0 ? [...parts, text.slice(from)] : undefined;
}

function fileParts({ attachments }, fetchFile) {
  if (attachments.length === 0) return [];
  const list = make("ul");
  for (const { n, name, size: bytes, kept } of attachments) {
    const row = make("li");
    const facts = { name, size: size(bytes) };
    row.append(kept ? button(say("fetch-file", facts), () => fetchFile(n)) : make("div", say("file-not-kept", facts), { dir: "auto" }));
    list.append(row);
  }
  return [make("h3", say("check-files")), list, ...warned(...attachments.map(({ name }) => name))];
}

// --- what was checked

export function checkedWithWords(view) {
  const words = make("ol", "", { class: "words small", lang: "en", dir: "ltr" });
  words.append(...view.words.map((word) => make("li", word)));
  return [...checkedParts(view), make("p", say("channel-words")), words];
}

// What must be known first: lies that were noticed, bodies that differ, a practice channel.
export function noticeParts(view, report) {
  const notes = view.noticed.map(({ code, facts, evidence }) => {
    const note = part("trouble", { text: say(code, { ...facts, n: number(facts.n ?? 0) }) });
    note.append(...evidenceLines(evidence, view.stem));
    return note;
  });
  for (const row of view.mismatches) {
    const note = part("trouble", { text: say(row.verb === "readable" ? "contradict" : "mismatch", { n: number(row.n), fact: row.fact }) });
    note.append(button(say("report-mismatch"), () => report(row), "button other"));
    notes.push(note);
  }
  return [...notes, ...practiceNote(view)];
}

export function saveSealed(view) {
  const name = `${view.stem}.sealed`;
  save(name, view.sealed);
  return name;
}
