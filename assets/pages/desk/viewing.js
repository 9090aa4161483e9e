// SPDX-License-Identifier: AGPL-3.0-or-later
// A case, and a row of the list, as worker.js describes them: made of what lib/desk verified. Pure.

import { officesDay, whyNotSigned } from "../../lib/desk/answering.js";
import { readersOf, recusedIn } from "../../lib/desk/unsealing.js";
import { isKnown } from "../../lib/events.js";
import { mayNot } from "../../lib/may.js";
import { whyNot } from "../../lib/states.js";
import { closingOpens, extensionRoom } from "../../lib/timing.js";

const VERBS = ["fetch", "acknowledge", "message", "reply", "extend", "countersign", "grant", "readable", "close"];
const WITH_TEXTS = ["message", "reply", "extend", "countersign", "grant"]; // the author's key for answers stands in the filing

// `view` is of cases.js; `filing` and `spoken` of fetching.js, as far as they were opened here; `inForce` of charter/inforce.js.
export function caseView({ view, filing, spoken, subject, inForce, seat, channel, now }) {
  const { charter, story, grant } = view;
  const titles = titlesOf(charter);
  const title = (id) => titles.get(id) ?? id;
  const extendable = extendableOf(charter, story);
  const grantable = filing === undefined ? [] : grantableOf(view, filing, inForce);
  const unwitnessed = [...view.proofs.values()].some(({ accepted }) => accepted.unwitnessed);
  return {
    ...{ case: grant.case, origin: channel.origin, practice: channel.practice, now, state: story.state, received: story.receivedAt },
    ...{ office: title(seat), today: officesDay(charter, now) },
    charter: { leaf: view.charterLeaf, title: charter.title, edition: charter.edition, version: charter.version, claims: charter.limits.claims },
    clocks: view.clocks(now).map((row) => clockView(row, charter)),
    ...{ published: view.proofs.size === view.items.length, fetched: hasFetched(story, seat, 0), texts: filing !== undefined },
    giver: grant.giver === "" ? null : { seat: grant.giver, title: title(grant.giver) },
    ...filingView(filing, view, subject),
    thread: view.items.map((item) => rowView(item, view, { spoken, seat, title, claims: filing?.dissent.claims ?? [] })),
    access: accessView(view, filing, spoken, title),
    may: mayView(view, { seat, spoken, alone: filing !== undefined && isAlone(view, filing, inForce), texts: filing !== undefined, extendable, grantable, now }),
    closesAfter: closingOpens(charter, story) ?? 0,
    ...{ extendable, grantable, waiting: ["unconfirmed", "disputed"].includes(story.state) ? story.replySeq : 0 },
    unchecked: uncheckedOf(view, unwitnessed),
  };
}

// A row of the list; `listed` is of list.js, `row` of index.js, `seat` the one that looks.
export function listView({ listed, row, seat }, now) {
  const { state, received, seq, clocks, due, fetched, charter } = listed;
  const { giver } = row.grant;
  const titles = titlesOf(charter);
  return {
    ...{ case: listed.case, state, received, seq, news: Math.max(seq - row.seen, 0), clocks: clocks.map((clock) => clockView(clock, charter)) },
    ...{ due, overdue: due > 0 && due < now, subject: row.subject, giver, giverTitle: titles.get(giver) ?? giver },
    fetches: Object.entries(fetched).map(([by, time]) => ({ title: titles.get(by) ?? by, own: by === seat, time })),
  };
}

function titlesOf(charter) {
  return new Map(charter.seats.map((seat) => [seat.id, seat.title]));
}

export function clockView({ name, ...row }, charter) {
  const { owner, calendar } = charter.clocks.get(name);
  const zone = charter.calendars.get(calendar).timezone;
  return { name, ...row, title: titlesOf(charter).get(owner) ?? owner, zone };
}

export function hasFetched({ fetched }, seat, item) {
  return fetched.some((row) => row.seat === seat && row.item === item);
}

// What a browser cannot know of this case: each is a sentence on the page.
function uncheckedOf(view, unwitnessed) {
  const early = view.proofs.size === view.items.length ? [] : ["not-published"];
  return ["rollback", ...(unwitnessed ? ["unwitnessed"] : []), ...early, "page"];
}

// `known` is the subject that the list keeps of a case that was opened before.
function filingView(filing, view, known) {
  const sizes = view.filing.map(({ size }) => size);
  const nothing = { subject: known, dissent: null, attachments: [], custody: "", recused: [], facts: [], faults: [] };
  if (filing === undefined) return { ...nothing, sizes };
  const { subject, text, claims, prompts, language, marking, original } = filing.dissent;
  const { custody, recused: out = [], facts: stated = {} } = filing.manifest;
  const titles = titlesOf(view.charter);
  const recused = out.map((seat) => titles.get(seat) ?? seat);
  const asked = view.charter.facts.map(({ id, question }) => ({ question, answer: stated[id] ?? "" }));
  const other = Object.entries(stated).filter(([id]) => !view.charter.facts.some((row) => row.id === id));
  const facts = [...asked, ...other.map(([question, answer]) => ({ question, answer }))];
  return {
    ...{ subject, dissent: { subject, text, claims, prompts, language, marking, original }, custody, recused, facts, faults: filing.faults, sizes },
    attachments: filing.attachments.map(({ n, name, size, data }) => ({ n, name, size, large: data === undefined })),
  };
}

function rowView({ n, event, body, index }, view, { spoken, seat, title, claims }) {
  const said = spoken.get(n);
  const holder = event.seat === "" ? "" : (view.rosters.get(event.roster).holders.get(event.seat)?.holder ?? "");
  return {
    ...{ n, type: event.type, seat: event.seat, title: event.seat === "" ? "" : title(event.seat), holder, own: event.seat === seat },
    ...{ time: event.time, publicTime: view.proofs.get(n)?.accepted.time ?? 0, index: view.proofs.has(n) ? index : -1 },
    ...{ known: isKnown(event), notAllowed: view.faults.find((row) => row.n === n)?.name ?? "" },
    ...{ text: said?.text ?? "", sealed: body !== "" && said === undefined, fault: said?.fault ?? "" },
    reply: said?.reply === undefined ? null : replyView(event, said.reply, claims, view.story),
    ...{ to: event.to ?? "", toTitle: event.to === undefined ? "" : title(event.to), item: event.item ?? 0, fact: event.fact ?? "" },
    ...{ countersigns: event.type === "countersign" ? event.reply : 0, clock: event.clock ?? "", until: event.until ?? 0 },
  };
}

function replyView(event, reply, claims, story) {
  const texts = new Map(claims.map((claim) => [claim.n, claim.text]));
  const answers = reply.answers.map((row) => ({ ...row, claimText: texts.get(row.claim) ?? "" }));
  const { answered, referred, declined } = event;
  const last = story.replySeq === event.seq;
  const [counts, disputed] = [last && story.answeredSeq !== undefined, last && story.state === "disputed"];
  const { outcome, text, signed_by: signedBy, appeal, commitments, recommendation = { kind: "", text: "" } } = reply;
  return { outcome, text, signedBy, appeal, answers, commitments, recommendation, answered, referred, declined, counts, disputed, replaced: !last };
}

// Who was given access, and what their keys fetched. Whom the author named stands in the filing: before it was opened, nobody is listed.
function accessView({ charter, items, proofs, rosters }, filing, spoken, title) {
  const sealedTo = new Set((Array.isArray(filing?.manifest.recipients) ? filing.manifest.recipients : []).map((row) => row?.seat));
  const first = items[0].event;
  const holders = rosters.get(first.roster).holders;
  const rows = charter.seats.filter(({ id }) => sealedTo.has(id)).map(({ id, title: name }) => ({
    ...{ seat: id, title: name, holder: holders.get(id)?.holder ?? "", by: "", byTitle: "", since: first.time, reason: "", fetches: [] },
  }));
  for (const { n, event } of items) {
    if (event.type === "grant") {
      const holder = rosters.get(event.roster).holders.get(event.to)?.holder ?? "";
      const by = { by: event.seat, byTitle: title(event.seat), since: event.time, reason: spoken.get(n)?.text ?? "" };
      rows.push({ seat: event.to, title: title(event.to), holder, ...by, fetches: [] });
    }
    if (event.type !== "fetch") continue;
    const fetch = { item: event.item, time: event.time, publicTime: proofs.get(n)?.accepted.time ?? 0 };
    rows.findLast(({ seat }) => seat === event.seat)?.fetches.push(fetch);
  }
  return rows;
}

function mayView({ charter, story, recused }, { seat, spoken, alone, texts, extendable, grantable, now }) {
  const why = (verb) => {
    if (recused.includes(seat)) return "own-left-out";
    const contradicts = verb === "readable" && story.unreadableSeq !== undefined; // after closing too, which the table does not know of
    const nothing = verb === "countersign" ? whyNot(story.state, verb) : ""; // first: "another office must" would be false of a reply that needs none
    const own = alone && verb === "countersign" && seat === story.replySeat; // "another office must" is not enough where no other reads
    if (nothing === "" && own) return grantable.length > 0 ? "no-second" : "no-second-left";
    const not = nothing || mayNot(charter, verb, seat, story) || (contradicts ? "" : whyNot(story.state, verb));
    if (not !== "") return not;
    if (WITH_TEXTS.includes(verb) && !texts) return "fetch-first";
    // Where it is not open yet, its sheet says so.
    if (verb === "countersign" && spoken?.has(story.replySeq)) return whyNotSigned(spoken.get(story.replySeq));
    if (verb === "close" && (closingOpens(charter, story) ?? 0) >= now) return "close-later";
    if (verb === "extend" && extendable.length === 0) return "no-extension";
    return verb === "grant" && grantable.length === 0 ? "nobody" : "";
  };
  return Object.fromEntries(VERBS.map((verb) => [verb, why(verb)]));
}

function extendableOf(charter, story) {
  const { clock } = charter.extension ?? {};
  if (clock === undefined || !charter.clocks.has(clock) || charter.clocks.get(clock).limit === 0) return [];
  const { earliest, latest } = extensionRoom(charter, story, clock);
  const zone = charter.calendars.get(charter.clocks.get(clock).calendar).timezone;
  return latest > earliest ? [{ clock, limit: earliest, longest: latest, zone }] : [];
}

// Whether nobody reads the case who could sign a reply beside the seat that gave it: held, and not left out by the author.
function isAlone({ charter, story }, { manifest }, inForce) {
  const reads = new Set([...readersOf(manifest).map((row) => row.seat), ...story.granted]);
  const left = recusedIn(manifest);
  return !charter.readingSeats.some(({ id }) => reads.has(id) && id !== story.replySeat && !left.includes(id) && inForce?.roster?.holders.has(id));
}

// The seats that could still be given this case: filled, reading under its charter, not readers yet, and not left out by the author.
function grantableOf({ charter, story }, { manifest }, inForce) {
  const now = new Set([...readersOf(manifest).map((row) => row.seat), ...story.granted, ...recusedIn(manifest)]);
  const held = (id) => inForce?.roster?.holders.get(id);
  return charter.readingSeats.filter(({ id }) => !now.has(id) && held(id) !== undefined).map(({ id, title }) => {
    return { seat: id, title, holder: held(id).holder };
  });
}
