// SPDX-License-Identifier: AGPL-3.0-or-later
// What a seat says: acknowledge, message, grant, reply, extend, countersign, close. As src/demur/client/answering.py.
//
// Every text is packed with a manifest that the seat signs, and sealed to the case key and to the author's return key: the author reads it
// with twelve words, the other seats with their grants, the server not at all. `fetched` is {known, filing, view} of fetching.js.

import * as age from "../age.js";
import { fromHex } from "../bytes.js";
import { localDay } from "../charter/clock.js";
import { pack } from "../container.js";
import { countsOf } from "../documents/reply.js";
import { makeReply } from "../documents/replying.js";
import { shortDocument } from "../documents/short.js";
import { Refusal } from "../errors.js";
import { isKnown, salted } from "../events.js";
import { baseManifest, keyFingerprint } from "../manifests.js";
import { FILING } from "../states.js";
import { checkExtension } from "../timing.js";
import { act, plain } from "./acts.js";
import { sealGrant } from "./grants.js";
import { readersOf, recusedIn } from "./unsealing.js";

// Says that the filing has arrived, with a word if `text` is not empty.
export function acknowledge(desk, fetched, text) {
  return text === "" ? plain(desk, fetched.known, "acknowledge") : told(desk, fetched, "acknowledge", text);
}

export function message(desk, fetched, text) {
  return told(desk, fetched, "message", text);
}

// Lengthens a clock to `until` (POSIX seconds), with a reason that the author reads.
export function extend(desk, fetched, { clock, until, reason }) {
  const document = shortDocument("extend", reason);
  return act(desk, fetched.known, "extend", async (ground) => {
    checkExtension(ground.view.charter, ground.view.story, { clock, until });
    return { fields: { clock, until }, body: await sealedText(desk, fetched, "extend", document, ground) };
  });
}

// Ends the case; refused while a clock runs.
export function close(desk, fetched) {
  return plain(desk, fetched.known, "close");
}

// Answers every claim that is owed an answer, and the recommendation; `written` is what makeReply takes.
export function reply(desk, fetched, written) {
  const { charter } = fetched.view;
  const today = officesDay(charter, desk.line.clock());
  const signer = charter.seats.find(({ id }) => id === desk.line.seat)?.title ?? "";
  const made = makeReply(written, fetched.filing.dissent, { most: charter.limits.claims, today, signer });
  return said(desk, fetched, "reply", made.bytes, { outcome: made.reply.outcome, ...countsOf(made.reply) });
}

// Signs the reply that waits for a second seat and was read here.
export function countersign(desk, fetched) {
  const read = fetched.view.story.replySeq;
  return act(desk, fetched.known, "countersign", ({ view }) => {
    if (read === undefined || view.story.replySeq !== read) throw new Refusal("another-reply");
    const why = whyNotSigned(fetched.spoken?.get(read));
    if (why !== "") throw new Refusal(why);
    return { fields: { reply: read } };
  });
}

// Why a reply, as it was opened here (texts.js), is not to be countersigned, a code; "" where it may be. A second seat that signs one which
// its own client finds faulty would end a dispute that is right.
export function whyNotSigned(said) {
  if (said === undefined) return "open-first";
  return said.reply === undefined || said.fault !== "" ? "reply-faulty" : "";
}

// Says that the filing can be read after all: the clocks run again as from filing.
export function readable(desk, fetched) {
  return plain(desk, fetched.known, "readable", { item: FILING });
}

// Lets one more seat read, with a reason that the author reads.
export function grant(desk, fetched, { to, reason }) {
  const document = shortDocument("grant", reason);
  const { grant: own } = fetched.known;
  if (recusedIn(fetched.filing.manifest).includes(to)) throw new Refusal("left-out", { seat: to });
  return act(desk, fetched.known, "grant", async (ground) => {
    const holder = ground.inForce.roster?.holders.get(to);
    if (holder === undefined || !ground.view.charter.readingSeats.some((seat) => seat.id === to)) throw new Refusal("nobody", { seat: to });
    const { line } = desk;
    const given = { to, recipient: holder.age, giver: line.seat, reason, place: ground.place, seed: line.key.seed };
    const sealed = await sealGrant(own, given);
    const body = await sealedText(desk, fetched, "grant", document, ground);
    return { fields: { to, sealed: await salted(fromHex(own.salt), sealed) }, body, files: [[`grant:${to}`, sealed]] };
  });
}

// The day of the office that owes the reply, year-month-day, at `now` (POSIX seconds).
export function officesDay(charter, now) {
  const rule = charter.clocks.get("reply");
  const day = rule ? localDay(charter.calendars.get(rule.calendar), now) : Math.floor(now / 86_400);
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function told(desk, fetched, verb, text) {
  return said(desk, fetched, verb, shortDocument(verb, text), {});
}

function said(desk, fetched, verb, document, fields) {
  return act(desk, fetched.known, verb, async (ground) => ({ fields, body: await sealedText(desk, fetched, verb, document, ground) }));
}

async function sealedText({ line }, { known, filing }, verb, document, { view, place }) {
  const most = view.charter.limits.text_bytes;
  if (document.length > most) throw new Refusal("too-large", { what: "text_bytes", have: document.length, most });
  const { case: id, recipient } = known.grant;
  const recipients = readersNow(filing.manifest, view);
  const manifest = baseManifest(verb, { ...place, case: id, caseKey: recipient, seat: line.seat, recipients, names: [`${verb}.json`] });
  const { bytes } = await pack(manifest, [document], line.key.seed);
  return age.seal(bytes, [recipient, authorOf(filing)]);
}

// Where answers to the author are sealed to.
function authorOf({ manifest }) {
  if (typeof manifest.return !== "string" || !manifest.return.startsWith("age1pq1")) throw new Refusal("no-return-key");
  return manifest.return;
}

// Whom the author sealed the case to, and whom seats added since, as a manifest's `recipients`.
export function readersNow(manifest, { items, rosters }) {
  const rows = new Map(readersOf(manifest).map((row) => [row.seat, row]));
  for (const { event } of items.filter((item) => item.event.type === "grant" && isKnown(item.event))) {
    const holder = rosters.get(event.roster).holders.get(event.to);
    if (holder !== undefined) rows.set(event.to, { seat: event.to, key: keyFingerprint(holder.age) });
  }
  return [...rows.keys()].sort().map((seat) => rows.get(seat));
}
