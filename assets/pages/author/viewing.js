// SPDX-License-Identifier: AGPL-3.0-or-later
// A case as its author sees it, as worker.js describes it: made of a thread that following.js verified. Pure.

import { whyNot } from "../../lib/states.js";
import { isKnown } from "../../lib/events.js";

// `text` is {dissent, attachments} or undefined, `fault` why not; `compared` whether the author gave a receipt from before.
export function caseView({ thread, text, fault, receiptText, keyText, sealed, promise, compared, canAttach, stem, now }) {
  const { channel, key, charter, story, standing, mailbox } = thread;
  const titles = new Map(charter.seats.map((seat) => [seat.id, seat.title]));
  const unwitnessed = [...thread.proofs.values()].some(({ accepted }) => accepted.unwitnessed);
  return {
    ...{ case: key.case, origin: key.origin, practice: channel.practice, words: [...channel.words], now, state: standing.state },
    ...{ filedAt: mailbox.items[0].event.time, promise, published: thread.published, unwitnessed, stem },
    charter: { leaf: key.submitted.charter, title: charter.title, edition: charter.edition, version: charter.version },
    ...dissentView(key, text, fault, canAttach),
    clocks: thread.clocks.map((row) => clockView(row, charter, titles)),
    thread: mailbox.items.map((item) => rowView(item, thread, titles, text?.dissent)),
    access: accessView(thread, titles),
    may: { message: whyNot(story.state, "message"), withdraw: whyNot(story.state, "withdraw") },
    unchecked: unchecked({ compared, unwitnessed }),
    noticed: thread.noticed,
    late: thread.late,
    mismatches: thread.reports,
    faults: thread.faults,
    ...{ receipt: receiptText, key: keyText, sealed },
  };
}

// What a browser cannot know: each a sentence on the page, and what would let it be known.
function unchecked({ compared, unwitnessed }) {
  return [...(compared ? [] : ["thread", "record"]), "rollback", ...(unwitnessed ? ["witness"] : []), "words", "page"];
}

function dissentView({ manifest, submitted }, text, fault, kept) {
  const dissent = text && {
    ...{ subject: text.dissent.subject, text: text.dissent.text, claims: text.dissent.claims, prompts: text.dissent.prompts },
    ...{ language: text.dissent.language, marking: text.dissent.marking, original: text.dissent.original, asIs: text.dissent.as_is },
  };
  const listed = Array.isArray(manifest.attachments) ? manifest.attachments : [];
  const { facts = {}, recused = [], new_keys: newKeys = [] } = manifest;
  const attachments = listed.map(({ n, name, size }) => ({ n, name, size, kept }));
  return { subject: text?.dissent.subject ?? "", dissent: dissent ?? null, dissentFault: fault, attachments, facts, recused, newKeys, sealedAt: submitted.time };
}

function clockView({ name, ...row }, charter, titles) {
  const { owner, calendar } = charter.clocks.get(name);
  const zone = charter.calendars.get(calendar).timezone;
  return { name, ...row, title: titles.get(owner) ?? owner, zone };
}

function rowView({ n, event, index }, { spoken, proofs, rosters, standing, faults }, titles, dissent) {
  const said = spoken.get(n);
  const holder = event.seat === "" ? "" : rosters.get(event.roster).holders.get(event.seat).holder;
  const own = event.seat === "" && event.type !== "received";
  return {
    ...{ n, type: event.type, seat: event.seat, title: titles.get(event.seat) ?? event.seat, holder, own, time: event.time },
    ...{ publicTime: proofs.get(n)?.accepted.time ?? 0, index: proofs.has(n) ? index : -1 },
    ...{ known: isKnown(event), notAllowed: faults.find((row) => row.n === n)?.name ?? "" },
    ...{ text: said?.text ?? "", fault: said?.fault ?? "", reply: said?.reply ? replyView(event, said.reply, dissent, standing) : null },
    ...{ to: event.to ?? "", toTitle: event.to === undefined ? "" : (titles.get(event.to) ?? event.to), item: event.item ?? 0, fact: event.fact ?? "" },
    ...{ countersigns: event.type === "countersign" ? event.reply : 0, clock: event.clock ?? "", until: event.until ?? 0 },
  };
}

// A reply beside the claims it answers. `counts` is false while a second seat must still sign it, or where a later reply took its place.
function replyView(event, reply, dissent, story) {
  const claims = new Map((dissent?.claims ?? []).map((claim) => [claim.n, claim.text]));
  const answers = reply.answers.map((row) => ({ ...row, claimText: claims.get(row.claim) ?? "" }));
  const { answered, referred, declined } = event;
  const last = story.replySeq === event.seq;
  const [counts, disputed] = [last && story.answeredSeq !== undefined, last && story.state === "disputed"];
  const { outcome, text, signed_by: signedBy, appeal, commitments, recommendation = { kind: "", text: "" } } = reply;
  const recommended = dissent?.prompts.recommendation ?? "";
  return { outcome, text, signedBy, appeal, answers, commitments, recommendation, recommended, answered, referred, declined, counts, disputed, replaced: !last };
}

// Who was given access, and what their keys fetched; that a key fetched nothing proves nothing.
function accessView({ key, mailbox, proofs, rosters, spoken }, titles) {
  const filed = mailbox.items[0].event.time;
  const sealedTo = new Set((key.manifest.recipients ?? []).map(({ seat }) => seat));
  const holders = rosters.get(key.submitted.roster).holders;
  const rows = [...titles].filter(([seat]) => sealedTo.has(seat)).map(([seat, title]) => ({
    ...{ seat, title, holder: holders.get(seat)?.holder ?? "", by: "", byTitle: "", since: filed, reason: "", fetches: [] },
  }));
  for (const { n, event } of mailbox.items) {
    if (event.type === "grant") {
      const reason = spoken.get(n)?.text ?? "";
      const by = { by: event.seat, byTitle: titles.get(event.seat) ?? event.seat };
      rows.push({ seat: event.to, title: titles.get(event.to) ?? event.to, holder: "", ...by, since: event.time, reason, fetches: [] });
    }
    if (event.type !== "fetch") continue;
    const row = rows.findLast(({ seat }) => seat === event.seat);
    const fetch = { item: event.item, time: event.time, publicTime: proofs.get(n)?.accepted.time ?? 0 };
    if (row === undefined) continue;
    row.fetches.push(fetch);
    row.holder = rosters.get(event.roster).holders.get(event.seat).holder;
  }
  return rows;
}

