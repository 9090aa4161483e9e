// SPDX-License-Identifier: AGPL-3.0-or-later
// A case as its author reads it: what happened, who reads, the reply beside the claims, and what this page could not check.
//
// What others wrote is set as text in its own direction, in a frame that is not the page's own words: nobody can pose as the page.

import { appealParts, checkedParts, faultOf, pair, promises, recommendationPairs, zoneOf } from "../web/case.js";
import { clockName } from "../web/clocks.js";
import { save } from "../web/save.js";
import { button, day, listOf, make, moment, number, part, say, size, warned } from "../web/ui.js";
import { practiceNote } from "./practice.js";
import { promptParts } from "./prompts.js";
import { evidenceLines } from "./trouble.js";

// --- what happened

export function eventRow(row, view) {
  const zone = zoneOf(view);
  const node = part("event", {
    what: whatHappened(row, zone),
    when: row.publicTime ? say("recorded", { when: moment(row.publicTime, zone) }) : say("not-published", { when: moment(row.time, zone) }),
    note: noteOf(row),
    fault: faultOf(row),
    said: row.reply ? null : row.text,
    more: row.reply ? say("see-reply") : warned(row.text),
  });
  if (row.own) node.classList.add("mine");
  return node;
}

function whatHappened(row, zone) {
  const facts = {
    who: row.title, to: row.toTitle ?? "", item: row.item === undefined ? "" : number(row.item), clock: row.clock ? clockName(row.clock) : "",
    until: row.until ? day(row.until, zone) : "", reply: row.countersigns === undefined ? "" : number(row.countersigns),
  };
  if (!row.known) return say("did-unknown", { type: row.type });
  if (row.type === "fetch" && row.item === 0) return say("did-fetch-filing", facts);
  if (!row.own && row.fact?.startsWith("limits.")) return say("did-limits", facts);
  return say(`did-${row.type}${row.own && row.type !== "received" ? "-own" : ""}`, facts);
}

function noteOf(row) {
  if (row.type === "fetch") return say("fetched-note");
  return row.holder && !row.own ? say("by-holder", { holder: row.holder }) : null;
}

// --- the reply

export function replyParts(view) {
  return view.thread.filter(({ reply }) => reply).map(replyPart);
}

function replyPart({ reply, title, ...row }) {
  const counted = { answered: number(reply.answered), referred: number(reply.referred), declined: number(reply.declined) };
  return part("reply", {
    title: say("reply-title", { who: title }),
    outcome: `${say(`outcome-${reply.outcome}`)} ${say("reply-counts", counted)}`,
    fault: faultOf(row),
    waits: reply.counts ? null : say(reply.disputed ? "reply-disputed" : "reply-waits"),
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
  const text = make("div", dissent.text, { class: "own long", dir: "auto", tabindex: "0", ...(dissent.language ? { lang: dissent.language } : {}) });
  const parts = dissent.text ? [text] : [make("p", say("filed-document", { name: dissent.original }), { dir: "auto" })];
  parts.push(...warned(dissent.text, dissent.subject, dissent.original, ...Object.values(dissent.prompts)));
  const { recommendation } = dissent.prompts;
  if (recommendation) parts.push(make("h3", say("check-recommendation")), make("div", recommendation, { class: "own", dir: "auto" }));
  const more = promptParts(dissent.prompts);
  if (more.length > 0) parts.push(make("h3", say("check-more")), ...more);
  if (dissent.claims.length > 0) {
    const about = { class: "own", ...(dissent.language ? { lang: dissent.language } : {}) };
    parts.push(make("h3", say("check-claims")), listOf("ol", dissent.claims.map(({ text: claim }) => claim), about), ...warned(...dissent.claims.map((row) => row.text)));
  }
  return [...parts, ...fileParts(view, fetchFile)];
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
    const note = part("trouble", { text: say("mismatch", { n: number(row.n), fact: row.fact }) });
    note.append(button(say("report-mismatch"), () => report(row), "button other"));
    notes.push(note);
  }
  return [...notes, ...practiceNote(view)];
}

export function saveSealed(view) {
  save(`${view.stem}.sealed`, view.sealed);
}
