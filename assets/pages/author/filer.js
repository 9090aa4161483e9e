// SPDX-License-Identifier: AGPL-3.0-or-later
// What the worker of the page on which an author writes does; the shapes stand at the top of worker.js. Apart from it, so that node can do
// the same in tests.

import { newIdentity, seal } from "../../lib/age.js";
import { toHex } from "../../lib/bytes.js";
import { fromDocument, fromTemplate, fromText } from "../../lib/documents/made.js";
import { Refusal } from "../../lib/errors.js";
import { freshEntropy, prepare } from "../../lib/filing.js";
import { Record } from "../../lib/lookups.js";
import { openedPromise, receiptText, withProofs } from "../../lib/receipt.js";
import { submit } from "../../lib/submitting.js";
import { checkTaking } from "../../lib/wish.js";
import { clocksView, lookView, readersView } from "./looking.js";
import { keyText, stemOf, Visit } from "./visit.js";

const SOON = 600; // seconds from promise to due time: so short is of a channel that publishes at once, and its proof is waited for
const TRIES = 20;
const PAUSE = 100; // milliseconds between two questions for a proof that comes at once, and between two rounds of warming up
const WARMING = 6;
const MADE = { text: fromText, document: fromDocument, template: fromTemplate };

export class Filer extends Visit {
  #limits; // what the server says that it takes now
  #warm = false;
  #shown; // the directory from which the author was last shown the readers
  #prepared;
  #entropy; // what the words stand for that the author was shown, until they are sent: who goes back and mends keeps their words
  #attempted = []; // words of filings that were sent and not answered: whoever stands between may refuse what the log has recorded
  #filed; // {key, receipt, sealed}

  get methods() {
    return this.serving(["look", "clocks", "readers", "seal", "submit", "again", "forget"]);
  }

  async look() {
    await this.#askAnew();
    this.#shown = this.memory.found.directory;
    if (!this.#warm) this.#warmUp();
    return lookView({ found: this.memory.found, charter: this.charter, limits: this.#limits, now: this.clock() });
  }

  async #askAnew() {
    [this.#limits] = await Promise.all([this.server.getJson("/api/v1/limits"), this.inForce()]);
  }

  async readers({ facts = {}, recused = [] }) {
    if (this.charter === undefined) await this.look();
    this.#shown = this.memory.found.directory;
    return readersView(this.memory.found, this.charter, { facts, recused });
  }

  async clocks() {
    return clocksView(this.charter, this.clock());
  }

  async seal({ dissent: written, attachments = [], facts = {}, recused = [], newKeys = [] }, tell) {
    this.#prepared = undefined;
    await this.#askAnew(); // keys and limits as they are now, not as they were when the page was opened
    this.#checkShown();
    checkTaking(this.#limits, this.memory.found, this.charter);
    const wish = { ...MADE[written.kind](written), attachments, facts, recused, newKeys };
    const { charter, memory } = this;
    const told = (step) => tell({ stage: "sealing", ...step });
    this.#entropy ??= freshEntropy();
    const entropy = this.#entropy;
    this.#prepared = await prepare({ entropy, wish, found: memory.found, charter, address: this.server.address, limits: this.#limits, now: this.clock(), tell: told });
    const { bundle, draft, uploads, seats } = this.#prepared;
    return { bytes: bundle.length + uploads.reduce((sum, file) => sum + file.size, 0), seats, words: draft.words.split(" ") };
  }

  async submit({ acceptClock = false }, tell) {
    if (this.#prepared === undefined) throw new Refusal("nothing-sealed");
    const { words } = this.#prepared.draft;
    this.#entropy = undefined; // from here on somebody else has seen what they open
    this.#attempted = [...this.#attempted.filter((known) => known !== words), words];
    let sent;
    try {
      sent = await submit(this.server, this.#prepared, this.channel, { clock: this.clock, acceptClock, tell });
    } catch (error) {
      if (error instanceof Refusal && error.facts.final) {
        this.#prepared = undefined; // it is not recorded, and can never be
        this.#attempted.pop();
      }
      throw error;
    }
    this.#attempted.pop();
    this.#prepared = undefined;
    this.#filed = { ...sent, receipt: await this.#provenSoon(sent.receipt) };
    return this.again();
  }

  async again() {
    if (this.#filed === undefined) throw new Refusal("nothing-filed");
    const { key, receipt, sealed } = this.#filed;
    const { time, notAfter } = await openedPromise(receipt);
    const files = { receipt: receiptText(receipt), key: keyText(key), sealed: sealed.slice() };
    const promise = { time, notAfter };
    const filed = { entry: toHex(key.entries[0]), clocks: clocksView(this.charter, time) };
    const about = { words: key.words.split(" "), case: key.case, stem: stemOf(key), earlier: this.#attempted.map((words) => words.split(" ")) };
    return { ...about, ...files, ...filed, promise, proven: receipt.proofs.length === 2 };
  }

  async forget() {
    this.#prepared = this.#filed = this.#limits = this.#entropy = undefined;
    this.#attempted = [];
    return super.forget();
  }

  // It is sealed to those whom the author saw, or not at all: seats may be filled anew, and charters change, while somebody writes.
  #checkShown() {
    const now = this.memory.found.directory;
    const same = this.#shown === undefined || (this.#shown.charter === now.charter && this.#shown.roster === now.roster);
    if (!same) throw new Refusal("readers-changed");
  }

  // While the author writes, the browser compiles what will seal: code that runs for the first time takes five times as long. Nothing of
  // what is made here is kept.
  async #warmUp() {
    this.#warm = true;
    for (let round = 0; round < WARMING; round += 1) {
      await new Promise((resume) => setTimeout(resume, PAUSE));
      const { recipient } = await newIdentity();
      await seal(new Uint8Array(1024), [recipient]);
    }
  }

  // The receipt with its proofs at once where the channel publishes at once; the filing stands without them too.
  async #provenSoon(receipt) {
    const { entries, time, notAfter } = await openedPromise(receipt);
    const record = new Record(this.server, receipt.channel);
    try {
      for (let left = notAfter - time <= SOON ? TRIES : 1; left > 0; left -= 1) {
        const found = await record.proofs(entries);
        if (found.every((placed) => placed !== undefined)) return withProofs(receipt, found.map(({ text }) => text));
        if (left > 1) await new Promise((resume) => setTimeout(resume, PAUSE));
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    return receipt;
  }
}
