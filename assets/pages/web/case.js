// SPDX-License-Identifier: AGPL-3.0-or-later
// What author and office see alike of a case: a claim beside its answer, what a reply promises, who reads, what was checked.

import { day, knows, listOf, make, moment, number, part, say } from "./ui.js";
import { warned } from "./warned.js";

// What is wrong with an event, in words: its text differs, or the server should have refused it. null where nothing is.
export function faultOf({ fault, notAllowed }) {
  if (notAllowed) return say("does-not-count", { why: say(`fault-${notAllowed}`) });
  return fault ? say(["answers", "missing"].includes(fault) ? `differs-${fault}` : "differs", { fact: fault }) : null;
}

// Why a reply does not count though nothing is wrong with it; null where it counts, or something is.
export function waitsOf({ reply: { counts, disputed, replaced }, notAllowed }) {
  if (counts || notAllowed) return null;
  if (disputed) return say("reply-disputed");
  return say(replaced ? "reply-replaced" : "reply-waits");
}

export function zoneOf(view) {
  return view.clocks[0]?.zone;
}

// A claim beside its answer; `ours` is the claim where the answer does not repeat it.
export function pair({ claim, kind, text, to, claimText }, ours) {
  return part("pair", {
    number: say("claim", { n: number(claim) }),
    claim: claimText || ours || say("claim-unknown"),
    kind: say(`answer-${kind}`, { to }),
    answer: text.trim() ? text : null,
  });
}

// What the author recommends beside what becomes of it; nothing where the reply says nothing of it.
export function recommendationPairs({ kind, text }, recommended) {
  if (kind === "") return [];
  const claim = recommended || say("recommendation-unknown");
  return [part("pair", { number: say("recommendation"), claim, kind: say(`outcome-${kind}`), answer: text })];
}

// What a reply promises, under a heading of this level.
export function promises(commitments, heading) {
  if (commitments.length === 0) return null;
  const rows = commitments.map(({ text, date }) => say("promised-by", { date: written(date), text }));
  return [make(heading, say("commitments")), listOf("ul", rows)];
}

// Where else to turn, as the reply says.
export function appealParts(appeal, heading) {
  return appeal.trim() ? [make(heading, say("if-not-enough")), make("div", appeal, { class: "own", dir: "auto" })] : null;
}

// A date that a reply states as year-month-day, in letters.
function written(date) {
  const at = Date.parse(`${date}T12:00:00Z`);
  return Number.isNaN(at) ? date : day(at / 1000, "UTC");
}

// What of a case was fetched, as a code: "fetched-filing", or for what has words of its own "fetched-message-own", "fetched-message",
// "fetched-reply", else "fetched-item".
export function fetchedKind(item, { thread }) {
  if (item === 0) return "fetched-filing";
  const row = thread.find(({ n }) => n === item);
  const kind = `fetched-${row?.type}${row?.type === "message" && row.own ? "-own" : ""}`;
  return ["message", "reply"].includes(row?.type) && knows(kind) ? kind : "fetched-item";
}

export function fetchedDay(item, view) {
  const row = view.thread.find(({ n }) => n === item);
  return row === undefined ? "" : day(row.publicTime || row.time, zoneOf(view));
}

export function accessRow(row, view) {
  const zone = zoneOf(view);
  const fetches = row.fetches.map(({ item, publicTime, time }) => {
    const facts = { item: number(item), day: fetchedDay(item, view), when: moment(publicTime || time, zone) };
    return make("li", say(fetchedKind(item, view), facts));
  });
  const list = make("ul");
  list.append(...fetches);
  return part("reader", {
    title: row.title,
    holder: row.holder || say("holder-unnamed"),
    note: row.by ? say("granted-by", { who: row.byTitle, when: day(row.since, zone) }) : say("granted-at-filing"),
    act: [
      ...(row.reason ? [make("div", row.reason, { class: "said own", dir: "auto" }), ...warned(row.reason)] : []),
      fetches.length > 0 ? list : make("p", say("not-fetched"), { class: "quiet" }),
    ],
  });
}

// What was checked, and under a heading of its own what was not.
export function checkedParts(view) {
  const list = make("ul");
  list.append(make("li", say("checked-signed")), make("li", say(view.published ? "checked-published" : "checked-promised")));
  const not = make("ul");
  not.append(...view.unchecked.map((code) => make("li", say(`unchecked-${code}`))));
  return [list, ...(view.unchecked.length > 0 ? [make("h3", say("unchecked")), not] : [])];
}
