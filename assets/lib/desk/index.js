// SPDX-License-Identifier: AGPL-3.0-or-later
// Which cases a seat's key can read, and how far they had come: its list, kept sealed on the server in pieces (kept.js, spec/kept.md). As
// src/demur/client/inbox.py, whose list is one file beside the key.
//
// A piece belongs to 32 numbers of the inbox, whether one of them or all can be opened, and has one size: neither how many pieces there are
// nor which are written says how many cases a seat reads. The head holds the rows that are most urgent, so that a desk of ten thousand cases
// shows its first view from one blob. A row is {n (its number in the inbox), grant, seen, last, subject, size, at}: how many entries the record
// had when it was seen, and the place of the last event there (-1: none yet), by which it is told what a later restore took.

import { fromHex, toHex } from "../bytes.js";
import { Refusal, refuse } from "../errors.js";
import { fromBase64, toBase64, utf8 } from "../record/texts.js";

export const WIDTH = 32; // inbox numbers in a piece
export const FIRST = 24; // rows in the head
const SUBJECT = 96; // bytes of UTF-8 of a subject, so that a full piece keeps its size
const HEAD = "index/head";
const CODE = "kept";

export class Index {
  #kept;
  #rebuild;
  #after = 0;
  #item = ""; // SHA-256 (hex) of the last inbox item that was looked at: after a restore another has its number
  #top = 0; // the highest number that was ever looked at
  #head = new Map(); // case -> row
  #counts = { cases: 0, due: 0, overdue: 0 };
  #pieces = new Map(); // piece -> promise of a Map case -> row
  #dirty = new Set();
  #saving = Promise.resolve();
  #written = ""; // the head as it lies on the server

  // `rebuild(first, last)` gives the rows that inbox items of these numbers open to: used where a piece is lost or damaged.
  constructor(kept, rebuild) {
    this.#kept = kept;
    this.#rebuild = rebuild;
  }

  // The number of the last inbox item that was looked at, the counts of the last whole look, the rows of the head.
  get after() {
    return this.#after;
  }

  get counts() {
    return this.#counts;
  }

  get head() {
    return [...this.#head.values()];
  }

  // Reads the head: whether there was one.
  async begin() {
    const told = await this.#kept.load(HEAD);
    if (told === undefined) return false;
    const { after, counts, rows, item = "", top = 0 } = told;
    if (![after, top].every((n) => Number.isSafeInteger(n) && n >= 0) || !Array.isArray(rows)) refuse(CODE, "head");
    [this.#item, this.#top] = [String(item), top];
    const read = rows.map(readRow);
    this.#head = new Map(read.map((row) => [row.grant.case, row]));
    [this.#after, this.#counts, this.#written] = [after, counts, JSON.stringify(told)];
    return true;
  }

  // How many pieces there are.
  get pieces() {
    return Math.ceil(Math.max(this.#after, this.#top) / WIDTH);
  }

  // The rows of a piece.
  async piece(number) {
    return [...(await this.#piece(number)).values()];
  }

  #piece(number) {
    if (!this.#pieces.has(number)) {
      const loading = this.#load(number);
      loading.catch(() => this.#pieces.delete(number)); // a lost answer is no lost piece
      this.#pieces.set(number, loading);
    }
    return this.#pieces.get(number);
  }

  async #load(number) {
    const told = await this.#told(number);
    const read = told ?? (await this.#again(number));
    return new Map(read.map((row) => [row.grant.case, row]));
  }

  async #told(number) {
    try {
      const told = await this.#kept.load(`index/${number}`);
      return told && (Array.isArray(told.rows) ? told.rows.map(readRow) : refuse(CODE, "rows"));
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== CODE) throw error;
      return undefined;
    }
  }

  // A piece that is gone is made anew from the inbox; only how far its cases had come is lost.
  async #again(number) {
    const [first, last] = [number * WIDTH + 1, Math.min((number + 1) * WIDTH, this.#after)];
    if (last < first) return [];
    this.#dirty.add(number);
    return this.#rebuild(first, last);
  }

  // Whether an inbox item ({n, hash}, undefined for none) is the last one that was looked at.
  isLast({ n, hash } = {}) {
    if (n === this.#after && this.#item === "") this.#item = hash;
    return n === this.#after && this.#item === hash;
  }

  // The inbox was numbered anew, as by a restore: it is read from its beginning. The rows that there are stay.
  rewind() {
    this.#top = Math.max(this.#top, this.#after);
    [this.#after, this.#item] = [0, ""];
  }

  // Takes what inbox items up to number `after`, whose hash is `item`, opened to. A case that is known keeps the grant it came with.
  async take(rows, after, item = "") {
    for (let number = Math.floor(this.#after / WIDTH); number * WIDTH < after; number += 1) {
      const piece = await this.#piece(number);
      for (const row of rows.filter(({ n }) => pieceOf(n) === number)) {
        if (!piece.has(row.grant.case) && !(await this.#knows(row.grant.case, number))) piece.set(row.grant.case, row);
      }
      this.#dirty.add(number); // also where nothing was found: that must not show
    }
    if (after <= this.#after) return;
    [this.#after, this.#item] = [after, item];
  }

  // Whether a case is known from an earlier item: only pieces that are here are asked; a case that comes twice is shown once anyway.
  async #knows(id, but) {
    if (this.#head.has(id) && pieceOf(this.#head.get(id).n) !== but) return true;
    for (const [number, piece] of this.#pieces) if (number !== but && (await piece).has(id)) return true;
    return false;
  }

  // The row of a case. Throws "no-case" where this key cannot read it.
  async find(id) {
    for (const piece of this.#pieces.values()) if ((await piece).has(id)) return (await piece).get(id);
    if (this.#head.has(id)) return this.#head.get(id);
    let failed = new Refusal("no-case");
    for (let number = 0; number < this.pieces; number += 1) {
      try {
        const piece = await this.#piece(number);
        if (piece.has(id)) return piece.get(id);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        failed = error; // it may be in another
      }
    }
    throw failed;
  }

  // Remembers the latest event that was seen of a case, and its subject once it was opened.
  async remember({ grant, seen, last, size = 0, at = -1 }, subject) {
    const before = await this.find(grant.case);
    const row = { ...before, seen, last, size, at, subject: subject === undefined ? before.subject : shortened(subject) };
    if (same(row, before)) return;
    const number = pieceOf(row.n);
    (await this.#piece(number)).set(grant.case, row);
    if (this.#head.has(grant.case)) this.#head.set(grant.case, row);
    this.#dirty.add(number);
  }

  // Takes the rows that the first view shows, the most urgent first.
  async lead(rows, counts) {
    const now = await Promise.all(rows.slice(0, FIRST).map(({ grant }) => this.find(grant.case))); // as they were remembered meanwhile
    this.#head = new Map(now.map((row) => [row.grant.case, row]));
    this.#counts = counts;
  }

  // Keeps what changed: pieces first, then the head that counts them. What another window kept meanwhile is taken in.
  save() {
    this.#saving = this.#saving.catch(() => {}).then(async () => {
      for (const number of [...this.#dirty]) await this.#savePiece(number);
      await this.#saveHead(true);
    });
    return this.#saving;
  }

  async #savePiece(number, again = true) {
    const rows = [...(await this.#piece(number)).values()].sort((left, right) => left.n - right.n);
    this.#dirty.delete(number); // what changes while it is under way is written with the next
    try {
      await this.#kept.save(`index/${number}`, { rows: rows.map(writtenRow) });
    } catch (error) {
      this.#dirty.add(number);
      if (!again || !(error instanceof Refusal) || error.code !== "kept-elsewhere") throw error;
      await this.#merge(number);
      await this.#savePiece(number, false);
    }
  }

  async #merge(number) {
    const mine = await this.#piece(number);
    const told = await this.#told(number);
    for (const row of told ?? []) {
      const own = mine.get(row.grant.case);
      if (own === undefined || own.seen < row.seen) mine.set(row.grant.case, { ...row, subject: row.subject || own?.subject || "" });
    }
  }

  async #saveHead(again) {
    const top = this.#top > this.#after ? { top: this.#top } : {};
    const head = { after: this.#after, counts: this.#counts, item: this.#item, rows: this.head.map(writtenRow), ...top }; // in canonical order
    if (JSON.stringify(head) === this.#written) return;
    try {
      await this.#kept.save(HEAD, head);
      this.#written = JSON.stringify(head);
    } catch (error) {
      if (!again || !(error instanceof Refusal) || error.code !== "kept-elsewhere") throw error;
      // The other window's head is as good as ours, but for how far the inbox was read: what it had not read is read again.
      await this.#kept.load(HEAD);
      await this.#saveHead(false);
    }
  }
}

function pieceOf(n) {
  return Math.floor((n - 1) / WIDTH);
}

function same(one, other) {
  return ["seen", "last", "subject", "at"].every((name) => one[name] === other[name]) && (one.size > 0) === (other.size > 0);
}

// A subject cut to what a row has room for, at a letter.
function shortened(subject) {
  let text = "";
  for (const letter of subject) {
    if (utf8(text).length + utf8(letter).length > SUBJECT - 3) return `${text}…`;
    text += letter;
  }
  return text;
}

// A row as it is kept: a list, hashes as base64, so that it is short.
function writtenRow({ n, grant, seen, last, subject, size = 0, at = -1 }) {
  const { case: id, caseKey, token, salt, author, giver, signer, seq, prev } = grant;
  const packed = [id, token, salt, author, last, signer, prev].map((hex) => toBase64(fromHex(hex)));
  return [n, caseKey, ...packed, giver, seq, seen, subject, ...(size > 0 ? [size, at + 1] : [])];
}

// What is read was signed by this seat: the case key is looked at when its case is opened, because ten thousand of them take a minute.
function readRow(row) {
  if (!Array.isArray(row) || ![13, 15].includes(row.length)) refuse(CODE, "row");
  const [n, caseKey, ...rest] = row;
  const [id, token, salt, author, last, signer, prev] = rest.slice(0, 7).map((text) => toHex(fromBase64(text, CODE)));
  const [giver, seq, seen, subject, size = 0, place = 0] = rest.slice(7);
  if (![n, seq, seen, size, place].every(Number.isSafeInteger) || typeof giver !== "string" || typeof subject !== "string") refuse(CODE, "row");
  return { n, grant: Object.freeze({ case: id, caseKey, token, salt, author, giver, signer, seq, prev }), seen, last, subject, size, at: place - 1 };
}
