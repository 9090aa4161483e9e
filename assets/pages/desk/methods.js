// SPDX-License-Identifier: AGPL-3.0-or-later
// What a desk's worker does for its page; the shapes stand at the top of worker.js. Apart from it, so that node can do the same in tests.
//
// Everything lives in this one object and ends with it. `server` is of lib/http.js, `clock()` gives POSIX seconds.

import * as age from "../../lib/age.js";
import { toHex } from "../../lib/bytes.js";
import { dump, load } from "../../lib/canonical.js";
import { readChannel } from "../../lib/charter/channel.js";
import { readCharter } from "../../lib/charter/model.js";
import { makeRequest } from "../../lib/charter/roster.js";
import { seatDesk } from "../../lib/desk/acts.js";
import * as answering from "../../lib/desk/answering.js";
import { confirmGrant, knownOf } from "../../lib/desk/cases.js";
import { fetchFiling, fetchLarge, fetchTexts } from "../../lib/desk/fetching.js";
import { makeGrant } from "../../lib/desk/grants.js";
import { openItems, readPage } from "../../lib/desk/inbox.js";
import { Index } from "../../lib/desk/index.js";
import { Kept } from "../../lib/desk/kept.js";
import { newKey, newPassphrase, readKey, writeKey } from "../../lib/desk/keyfile.js";
import { seatLine } from "../../lib/desk/seatline.js";
import { hasText } from "../../lib/documents/reading.js";
import { Refusal, under } from "../../lib/errors.js";
import { Record } from "../../lib/lookups.js";
import { askInForce } from "../../lib/memory.js";
import { fromUtf8, utf8 } from "../../lib/record/texts.js";
import { extensionEnd } from "../../lib/timing.js";
import { Listing } from "./listing.js";
import { caseView, hasFetched } from "./viewing.js";

const SHORTEST = 12; // letters of a passphrase of one's own

export class Desk {
  #memory = { found: undefined };
  #state = {}; // channel, charter · key, seat, vault, line, record, kept, index, listing
  #cases = new Map(); // case -> {filing, spoken, fetched} that was opened here
  #leftOut = new Map(); // case -> the seats that its author left out, as far as it was opened here
  #lost = new Map(); // case -> {entry, seen}: what a restore took of it, told as long as the key is unlocked

  constructor({ server, clock }) {
    this.server = server;
    this.clock = clock;
  }

  // The methods by name, as rpc.js serves them.
  get methods() {
    const names = ["seal", "unseal", "look", "make", "unlock", "rewrap", "kept", "lock", "today", "open", "fetch", "attachment", "original", "reply", "draft.load"];
    const all = [...names, "draft.save", "draft.drop", "acknowledge", "message", "extend", "countersign", "grant", "readable", "close"];
    const own = { "draft.load": "draftLoad", "draft.save": "draftSave", "draft.drop": "draftDrop" };
    return Object.fromEntries(all.map((name) => [name, (params = {}, tell = () => {}) => this[own[name] ?? name](params, tell)]));
  }

  // --- the key

  async look() {
    const found = await this.#inForce();
    const { channel, charter } = this.#state;
    const holder = (id) => found.roster?.holders.get(id)?.holder;
    const seats = charter.seats.map(({ id, title, reads }) => ({ seat: id, title, reads, holder: holder(id) ?? "", vacant: holder(id) === undefined }));
    const about = { origin: channel.origin, practice: channel.practice, words: [...channel.words], address: this.server.address };
    return { ...about, now: this.clock(), warnings: [...found.warnings], seats };
  }

  async make({ seat, holder }) {
    if (!hasText(holder)) throw new Refusal("empty", { what: "holder" });
    await this.#inForce();
    this.#seatNamed(seat);
    const key = await newKey(seat, this.clock());
    const passphrase = newPassphrase();
    const request = await makeRequest({ origin: this.#state.channel.origin, seat, holder, age: key.recipient, seed: key.seed });
    return { vault: await writeKey(key, passphrase), request: fromUtf8(dump(request), "roster"), passphrase };
  }

  async unlock({ vault, passphrase, seat }) {
    const key = await readKey(vault, passphrase);
    const named = seat || key.seat;
    if (key.seat !== "" && key.seat !== named) throw new Refusal("other-seat", { seat: key.seat });
    const found = await this.#inForce();
    const { title } = this.#seatNamed(named);
    const holder = found.roster?.holders.get(named);
    const standing = holder !== undefined && holder.sign === toHex(key.public) && holder.age === key.recipient ? "" : "not-on-roster";
    this.#cases.clear();
    this.#leftOut.clear();
    this.#lost.clear();
    Object.assign(this.#state, { key, seat: named, vault, standing });
    this.#connect();
    const firstTime = standing === "" && !(await this.#begin());
    const { channel } = this.#state;
    const about = { origin: channel.origin, practice: channel.practice, words: [...channel.words], address: this.server.address };
    return { seat: named, title, holder: holder?.holder ?? "", ...about, now: this.clock(), zone: zoneOf(this.#state.charter), standing, firstTime };
  }

  async rewrap({ passphrase, next = "" }) {
    const key = await readKey(this.#unlocked().vault, passphrase);
    const chosen = next === "" ? newPassphrase() : next;
    if ([...chosen].length < SHORTEST) throw new Refusal("short", { most: SHORTEST });
    return { vault: await writeKey(key, chosen), passphrase: chosen };
  }

  // Only now do the words of this vault count: those of one that was never kept would leave the desk with words for nothing.
  async kept({ vault }) {
    if (this.#state.key) this.#state.vault = vault;
    return {};
  }

  async lock() {
    this.#state = {};
    this.#memory = { found: undefined };
    this.#cases.clear();
    this.#leftOut.clear();
    this.#lost.clear();
    return {};
  }

  // --- the list

  async today(_, tell) {
    const { listing } = this.#working();
    return listing.today(tell);
  }

  // --- one case

  async open({ case: id }) {
    const row = await this.#row(id);
    const view = await this.#desk().read(row);
    await this.#remember(knownOf(view));
    return this.#view(view, row.subject);
  }

  async fetch({ case: id, item }) {
    const row = await this.#row(id);
    const desk = this.#desk(false);
    const opened = await this.#opened(id, row, desk);
    if (item !== 0) {
      const view = await desk.read(opened.known); // what was said since it was opened here is fetched too
      const now = { ...opened, view, known: knownOf(view) };
      const spoken = view.lost === undefined ? opened.spoken : new Map(); // other texts may stand in their places
      const after = await fetchTexts(desk, now, { only: item === undefined ? undefined : [item], opened: spoken });
      this.#cases.set(id, { ...opened, ...after });
    }
    return this.#read(id, desk);
  }

  async attachment({ case: id, n }) {
    const { opened, desk } = await this.#texts(id, false);
    const part = opened.filing.attachments.find((row) => row.n === n);
    if (part === undefined) throw new Refusal("no-attachment", { n });
    return { name: part.name, blob: part.data === undefined ? await fetchLarge(desk, opened, part) : new Blob([part.data]) };
  }

  async original({ case: id }) {
    const { opened } = await this.#texts(id, false);
    return { name: opened.filing.dissent.original, blob: new Blob([opened.filing.original]) };
  }

  // --- acts

  // Without a word nothing is sealed, so nothing of the case must have been opened for it.
  async acknowledge({ case: id, text = "", acceptClock }) {
    if (hasText(text)) return this.#acted(id, acceptClock, (desk, fetched) => answering.acknowledge(desk, fetched, text));
    const desk = this.#desk(acceptClock);
    await this.#remember((await answering.acknowledge(desk, { known: await this.#row(id) }, "")).known);
    return this.#read(id, desk);
  }

  message({ case: id, text, acceptClock }) {
    return this.#acted(id, acceptClock, (desk, fetched) => answering.message(desk, fetched, text));
  }

  extend({ case: id, clock, until, reason, acceptClock }) {
    return this.#acted(id, acceptClock, (desk, fetched) => {
      const moment = typeof until === "string" ? extensionEnd(fetched.view.charter, fetched.view.story, { clock, day: until }) : until;
      return answering.extend(desk, fetched, { clock, until: moment, reason });
    });
  }

  countersign({ case: id, acceptClock }) {
    return this.#acted(id, acceptClock, (desk, fetched) => answering.countersign(desk, fetched));
  }

  grant({ case: id, to, reason, acceptClock }) {
    return this.#acted(id, acceptClock, (desk, fetched) => answering.grant(desk, fetched, { to, reason }));
  }

  async readable({ case: id, acceptClock }) {
    const row = await this.#row(id);
    const desk = this.#desk(acceptClock);
    await this.#remember((await answering.readable(desk, { known: row })).known);
    return this.#read(id, desk);
  }

  async close({ case: id, acceptClock }) {
    const row = await this.#row(id);
    const desk = this.#desk(acceptClock);
    await this.#remember((await answering.close(desk, { known: row })).known);
    return this.#read(id, desk);
  }

  async reply({ case: id, outcome, text = "", answers, signedBy = "", appeal = "", commitments = [], recommendation, acceptClock }) {
    const written = { outcome, text, signed_by: signedBy, appeal, answers, commitments, recommendation };
    const view = await this.#acted(id, acceptClock, (desk, fetched) => answering.reply(desk, fetched, written));
    await this.draftDrop({ case: id }).catch(() => {}); // the reply stands; a draft that stayed behind is dropped another time
    return view;
  }

  // --- drafts

  async draftLoad({ case: id }) {
    await this.#row(id);
    const told = await this.#state.kept.load(`draft/${id}`);
    return told === undefined ? { draft: null, savedAt: 0 } : { draft: told.draft, savedAt: told.savedAt };
  }

  async draftSave({ case: id, draft }) {
    await this.#row(id);
    const savedAt = this.clock();
    await this.#state.kept.save(`draft/${id}`, { draft: writable(draft), savedAt });
    return { savedAt };
  }

  async draftDrop({ case: id }) {
    await this.#row(id);
    await this.#state.kept.drop(`draft/${id}`);
    return {};
  }

  // --- what was typed and neither saved nor sent when the desk is locked: it stays in the page, sealed to the seat

  async seal({ value }) {
    return { sealed: await age.seal(utf8(JSON.stringify(value)), [this.#unlocked().key.recipient]) };
  }

  async unseal({ sealed }) {
    const { key } = this.#unlocked();
    return { value: JSON.parse(fromUtf8(await under("sealed-file", () => age.open(sealed, [key.identity])), "sealed-file")) };
  }

  // --- what they share

  // The channel as this server shows it: before a key worked here its words are all there is; afterwards its sealed list names it.
  async #inForce() {
    if (this.#state.channel === undefined) {
      const { channel } = await this.server.getJson("/api/v1/channel");
      this.#state.channel = await under("bad-answer", () => readChannel(channel));
    }
    const before = this.#state.channel;
    const found = await askInForce(this.server, before, { memory: this.#memory, now: this.clock() });
    this.#state.channel = found.channel;
    this.#state.charter = await under("bad-answer", () => readCharter(found.charter));
    if (this.#state.line !== undefined && found.channel !== before) this.#connect();
    keepNamed(this.#state.record, found);
    return found;
  }

  // The line and the record anew: under a changed policy what was proven before is asked for again.
  #connect() {
    const { channel, seat, key, kept, index } = this.#state;
    const line = seatLine({ server: this.server, channel, seat, key, clock: this.clock });
    const record = new Record(this.server, channel);
    keepNamed(record, this.#memory.found);
    Object.assign(this.#state, { line, record });
    if (kept?.line.key === key && index !== undefined) return void kept.connect(line);
    const own = new Kept(line);
    const confirm = (grant) => confirmGrant(this.#state.line, grant, this.#state.record);
    const size = () => this.#memory.found?.current.checkpoint.size ?? 0;
    const rebuild = (first, last) => rebuilt(this.#state.line, first, last, { confirm, size: size() });
    const list = new Index(own, rebuild);
    const parts = () => ({ line: this.#state.line, record: this.#state.record, index: list, confirm, now: this.clock, size });
    Object.assign(this.#state, { kept: own, index: list, listing: new Listing(parts) });
  }

  // Whether this seat's list was there. One that this key did not keep, or that is damaged, is made anew from the inbox.
  async #begin() {
    try {
      return await this.#state.index.begin();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "kept") throw error;
      return false;
    }
  }

  #seatNamed(seat) {
    const found = this.#state.charter.seats.find(({ id }) => id === seat);
    if (found === undefined) throw new Refusal("no-seat", { seat: String(seat ?? "").slice(0, 64) });
    return found;
  }

  #unlocked() {
    if (this.#state.key === undefined) throw new Refusal("locked");
    return this.#state;
  }

  #working() {
    const state = this.#unlocked();
    if (state.standing !== "") throw new Refusal("not-on-roster");
    if (state.charter.oversightSeat === state.seat) throw new Refusal("no-inbox");
    return state;
  }

  async #row(id) {
    const { listing } = this.#working();
    const row = await listing.find(id);
    // What the list keeps of a grant lacks what can be worked out from its key.
    const grant = row.grant.recipient === undefined ? await makeGrant(row.grant) : row.grant;
    return { grant, seen: row.seen, last: row.last, size: row.size, at: row.at, subject: row.subject };
  }

  #desk(acceptClock = false) {
    const { line, record } = this.#state;
    const noticed = ({ grant, lost }) => {
      this.#lost.set(grant.case, lost);
      this.#cases.delete(grant.case); // other texts may stand now in the places of those that were opened here
    };
    return seatDesk({ line, record, inForce: () => this.#inForce(), acceptClock, leftOut: this.#leftOut, noticed });
  }

  async #remember(known, subject) {
    const { index } = this.#state;
    await index.remember(known, subject);
    await index.save().catch((error) => {
      if (!(error instanceof Refusal)) throw error; // it is kept with the next change
    });
  }

  // The filing and what was opened of the case, fetched now if it was not yet: that is recorded, once.
  async #opened(id, row, desk) {
    const before = this.#cases.get(id);
    if (before !== undefined) return { ...before, known: { ...row } };
    const fetched = { ...(await fetchFiling(desk, row)), spoken: new Map() };
    this.#cases.set(id, fetched);
    await this.#remember(fetched.known, fetched.filing.dissent.subject);
    return fetched;
  }

  // What was opened of the case. Opens it without a word if this seat's fetch is recorded already; else that is the person's to decide.
  async #texts(id, acceptClock) {
    const row = await this.#row(id);
    const desk = this.#desk(acceptClock);
    if (!this.#cases.has(id)) {
      const view = await desk.read(row);
      if (!hasFetched(view.story, this.#state.seat, 0)) throw new Refusal("fetch-first");
    }
    return { opened: await this.#opened(id, row, desk), desk };
  }

  async #acted(id, acceptClock, work) {
    const { opened, desk } = await this.#texts(id, acceptClock);
    // What stands before the person is what they read here: a countersignature, say, is for that reply.
    const { known } = await work(desk, opened);
    await this.#remember(known);
    return this.#read(id, desk);
  }

  async #read(id, desk) {
    const row = await this.#row(id);
    let view = await desk.read(row);
    const opened = this.#cases.get(id);
    if (opened !== undefined) {
      const own = view.items.filter((item) => item.body !== "" && item.event.seat === this.#state.seat && !opened.spoken.has(item.n));
      const only = own.map(({ n }) => n);
      let { spoken } = opened;
      if (only.length > 0) ({ spoken, view } = await fetchTexts(desk, { view, known: knownOf(view), filing: opened.filing }, { only, opened: spoken }));
      this.#cases.set(id, { ...opened, view, known: knownOf(view), spoken });
    }
    await this.#remember(knownOf(view));
    return this.#view(view, row.subject);
  }

  #view(view, subject) {
    const { filing, spoken = new Map() } = this.#cases.get(view.grant.case) ?? {};
    const { seat, channel } = this.#state;
    const lost = this.#lost.get(view.grant.case);
    return { ...caseView({ view, filing, spoken, subject, inForce: this.#memory.found, seat, channel, now: this.clock() }), lost: lost ?? null };
  }
}

// The rows that the inbox items of these numbers open to.
async function rebuilt(line, first, last, { confirm, size }) {
  const { items } = await readPage(line, first - 1, last - first + 1);
  const { rows } = await openItems(line, items.filter(({ n }) => n <= last), confirm, size);
  return rows;
}

// The statements that the directory named are proven: the record need not be asked for them again.
function keepNamed(record, found) {
  if (record === undefined || found === undefined) return;
  for (const name of ["charter", "roster"]) {
    if (found.notes[name] !== "") record.keep(found.directory[name], load(utf8(found.notes[name].slice(0, -1))));
  }
}

// The office's own time zone: of the calendar by which it owes a reply.
function zoneOf(charter) {
  const { calendars, clocks } = charter;
  return (calendars.get((clocks.get("reply") ?? [...clocks.values()][0])?.calendar) ?? [...calendars.values()][0])?.timezone ?? "UTC";
}

function writable(draft) {
  try {
    return load(dump(draft));
  } catch {
    throw new Refusal("text", { why: "half-a-letter" });
  }
}
