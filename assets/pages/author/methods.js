// SPDX-License-Identifier: AGPL-3.0-or-later
// What an author's worker does for its page; the shapes stand at the top of worker.js. Apart from it, so that node can do the same in tests.
//
// Everything lives in this one object and ends with it. `server` is of lib/http.js, `clock()` gives POSIX seconds.

import { checkPromise, keyBytes, normalWords, parseKey } from "../../lib/authorkey.js";
import { act } from "../../lib/acting.js";
import * as age from "../../lib/age.js";
import { unpackBundle } from "../../lib/bundle.js";
import { load } from "../../lib/canonical.js";
import { readChannel, sameChannel } from "../../lib/charter/channel.js";
import { readCharter } from "../../lib/charter/model.js";
import { checkOneThread, checkTimes } from "../../lib/comparing.js";
import { unpack } from "../../lib/container.js";
import { decoded, fromDocument, fromTemplate, fromText, paragraphs } from "../../lib/documents/dissent.js";
import { hasText } from "../../lib/documents/reading.js";
import { Refusal, refuse, under } from "../../lib/errors.js";
import { prepare } from "../../lib/filing.js";
import { follow, headsOf, mismatchesIn, ownText, rebuild } from "../../lib/following.js";
import { openLarge } from "../../lib/large.js";
import { checkOneRecord, Record } from "../../lib/lookups.js";
import { readFile } from "../../lib/mailbox.js";
import { askInForce } from "../../lib/memory.js";
import { checkpointsOf, makeReceipt, openedPromise, parseReceipt, receiptText, verifyReceipt, withProofs } from "../../lib/receipt.js";
import { fromUtf8, utf8 } from "../../lib/record/texts.js";
import { submit } from "../../lib/submitting.js";
import { lookView, readersView } from "./looking.js";
import { caseView } from "./viewing.js";

const SOON = 600; // seconds from promise to due time: so short is of a channel that publishes at once, and its proof is waited for
const TRIES = 20;
const PAUSE = 100; // milliseconds between two questions for a proof that comes at once
const MADE = { text: fromText, document: fromDocument, template: fromTemplate };

export class Author {
  #memory = { found: undefined };
  #opened = new Map(); // bodies that were opened, by item
  #state = {}; // channel, charter, limits · prepared, filed · key, receipt, sealed (the body), compared, text, fault

  constructor({ server, clock }) {
    this.server = server;
    this.clock = clock;
  }

  // The methods by name, as rpc.js serves them.
  get methods() {
    const names = ["look", "readers", "paragraphs", "seal", "submit", "again", "enter", "refresh", "message", "withdraw", "report"];
    const all = [...names, "compare", "attachment", "original", "forget"];
    return Object.fromEntries(all.map((name) => [name, (params = {}, tell = () => {}) => this[name](params, tell)]));
  }

  // --- before and while writing

  async look() {
    const [limits] = await Promise.all([this.server.getJson("/api/v1/limits"), this.#inForce()]);
    this.#state.limits = limits;
    return lookView({ found: this.#memory.found, charter: this.#state.charter, limits, address: this.server.address, now: this.clock() });
  }

  async readers({ facts = {}, recused = [] }) {
    if (this.#state.charter === undefined) await this.look();
    return readersView(this.#memory.found, this.#state.charter, { facts, recused });
  }

  async paragraphs({ bytes }) {
    return paragraphs(decoded(bytes));
  }

  async seal({ dissent: written, attachments = [], facts = {}, recused = [], newKeys = [] }, tell) {
    await this.look(); // keys and limits as they are now, not as they were when the page was opened
    const made = MADE[written.kind](written);
    const wish = { ...made, attachments, facts, recused, newKeys };
    const told = (step) => tell({ stage: "sealing", ...step });
    const { charter, limits } = this.#state;
    const parts = { wish, found: this.#memory.found, charter, address: this.server.address, limits, now: this.clock(), tell: told };
    this.#state.prepared = await prepare(parts);
    const { bundle, uploads, seats } = this.#state.prepared;
    return { bytes: bundle.length + uploads.reduce((sum, file) => sum + file.size, 0), seats };
  }

  async submit({ acceptClock = false }, tell) {
    const { prepared, channel } = this.#state;
    if (prepared === undefined) throw new Refusal("nothing-sealed");
    let sent;
    try {
      sent = await submit(this.server, prepared, channel, { clock: this.clock, acceptClock, tell });
    } catch (error) {
      if (error instanceof Refusal && error.facts.final) this.#state.prepared = undefined; // it can never be recorded
      throw error;
    }
    const receipt = await this.#provenSoon(sent.receipt);
    Object.assign(this.#state, { prepared: undefined, filed: sent.sealed, key: sent.key, receipt, sealed: prepared.sealedBody });
    Object.assign(this.#state, { compared: false, text: undefined, fault: "" });
    return this.again();
  }

  async again() {
    const { key, receipt, filed } = this.#state;
    if (filed === undefined) throw new Refusal("nothing-filed");
    const { time, notAfter } = await openedPromise(receipt);
    const promise = { time, notAfter };
    const files = { receipt: receiptText(receipt), key: keyText(key), sealed: filed.slice() };
    return { words: normalWords(key.words), case: key.case, stem: stemOf(key), ...files, promise, proven: receipt.proofs.length === 2 };
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

  // --- coming back

  async enter({ words, key: file }) {
    const channel = await this.#channel();
    if (file === undefined) {
      const { key, receipt, sealed } = await rebuild(this.server, words, channel);
      this.#begin(key, receipt, sealed);
    } else {
      const key = await parseKey(file);
      if (key.origin !== channel.origin) throw new Refusal("other-channel");
      const { receipt, sealed } = await rebuild(this.server, key.words, channel);
      this.#begin(key, receipt, sealed);
    }
    return this.refresh();
  }

  // A case that is at hand already, such as the one just filed, keeps the receipt that knows more.
  #begin(key, receipt, sealed) {
    const state = this.#state;
    if (state.key?.case === key.case && state.receipt !== undefined) return void Object.assign(state, { sealed: state.sealed ?? sealed });
    this.#opened.clear();
    Object.assign(state, { key, receipt, sealed, compared: false, filed: undefined, text: undefined, fault: "" });
  }

  async refresh() {
    const thread = await this.#thread({ record: true });
    this.#state.receipt = thread.receipt;
    const reported = await this.#reportAll(thread);
    return this.#view(reported ? await this.#thread({}) : thread);
  }

  async message({ text }) {
    return this.#act("message", { text });
  }

  async withdraw({ text = "" }) {
    return this.#act("withdraw", { text: hasText(text) ? text : "" });
  }

  async report({ n, fact }) {
    return this.#act("mismatch", { fields: { item: n, fact } });
  }

  async compare({ receipt: bytes }) {
    this.#entered();
    const given = await parseReceipt(bytes);
    const { key, receipt: own } = this.#state;
    const channel = await this.#channel();
    if (!sameChannel(channel, given.channel)) throw new Refusal("other-channel");
    const promise = await openedPromise(given);
    checkPromise(key, promise);
    const now = given.proofs.length === 0 ? Math.min(this.clock(), promise.notAfter) : this.clock();
    await verifyReceipt(given, { known: channel, now });
    const both = [given, ...(own === undefined ? [] : [own])];
    const heads = (await Promise.all(both.map((receipt) => headsOf(receipt, channel)))).flat();
    checkOneThread(channel, heads);
    const trees = (await Promise.all(both.map(checkpointsOf))).flat();
    checkOneRecord(channel, trees);
    checkTimes(channel, trees.sort((one, two) => one.accepted.checkpoint.size - two.accepted.checkpoint.size), heads);
    Object.assign(this.#state, { receipt: merged(given, own, heads), compared: true });
    if (given.channel.changes.length > channel.changes.length) this.#state.channel = given.channel;
    const view = await this.refresh();
    return { heads: given.heads.length, sizes: [...new Set(trees.map((row) => row.accepted.checkpoint.size))], view };
  }

  async attachment({ n }) {
    const { key, filed } = this.#state;
    if (filed === undefined) throw new Refusal("not-kept"); // the words alone do not tell which sealed file it is
    const { header, files } = await unpackBundle(filed);
    const rows = header.files.filter(({ role }) => role === "attachment" || role === "upload");
    const row = rows[n - 1] ?? refuse("not-kept", "number");
    const { name } = key.manifest.attachments[n - 1];
    const identities = [key.case_key];
    if (row.role === "upload") {
      const sealed = new Blob([await readFile(this.server, key.keys, row.sha256)]);
      const { blob } = await openLarge(sealed, { identities, by: key.public });
      return { name, bytes: new Uint8Array(await blob.arrayBuffer()) };
    }
    const carried = files.filter(([role]) => role === "attachment");
    const { files: inside } = await unpack(await age.open(carried[n - 1][1], identities), { by: key.public });
    return { name, bytes: inside.get(name) };
  }

  async original() {
    this.#entered();
    await this.#readText();
    const { text } = this.#state;
    if (text === undefined) throw new Refusal("not-kept");
    return { name: text.dissent.original, bytes: text.original };
  }

  async forget() {
    this.#state = {};
    this.#memory = { found: undefined };
    this.#opened.clear();
    return {};
  }

  // --- what they share

  // The channel as this server shows it: a browser holds no other; the page shows its words, for the author to compare.
  async #channel() {
    if (this.#state.channel === undefined) {
      const { channel } = await this.server.getJson("/api/v1/channel");
      this.#state.channel = await under("bad-answer", () => readChannel(channel));
    }
    return this.#state.channel;
  }

  async #inForce(kept = []) {
    const channel = await this.#channel();
    const found = await askInForce(this.server, channel, { memory: this.#memory, now: this.clock(), kept });
    this.#state.channel = found.channel;
    this.#state.charter = await under("bad-answer", () => readCharter(found.charter));
    return found;
  }

  #entered() {
    if (this.#state.key === undefined) throw new Refusal("not-entered");
  }

  // The case read and proven; `record` says whether what is in force is asked too, and the record held against what was seen.
  async #thread({ record: whole = false }) {
    this.#entered();
    const { key, receipt } = this.#state;
    const kept = whole && receipt !== undefined ? await checkpointsOf(receipt) : [];
    if (whole) await this.#inForce(kept);
    const record = new Record(this.server, await this.#channel());
    keepNamed(record, this.#memory.found);
    return follow(this.server, key, receipt, record, { now: this.clock(), opened: this.#opened });
  }

  async #act(verb, { text = "", fields = {} }) {
    if (verb === "message" && !hasText(text)) throw new Refusal("empty", { what: "message" });
    this.#state.receipt = await this.#acted(verb, { text, fields });
    return this.#view(await this.#thread({}));
  }

  #acted(verb, { text = "", fields = {} }) {
    return act(this.server, verb, { text, fields, clock: this.clock, follow: () => this.#thread({}) });
  }

  // Reports every body that differs from the record, as the command line does; gives whether anything was reported.
  async #reportAll(thread) {
    const found = mismatchesIn(thread);
    for (const { n, fact } of found) {
      try {
        this.#state.receipt = await this.#acted("mismatch", { fields: { item: n, fact } });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return false; // it stands in the view as not reported
      }
    }
    return found.length > 0;
  }

  async #view(thread) {
    this.#state.receipt = thread.receipt;
    await this.#readText();
    const { key, receipt, sealed, text, fault, compared, filed } = this.#state;
    const promised = receipt && (await openedPromise(receipt));
    const promise = promised === undefined ? null : { time: promised.time, notAfter: promised.notAfter, kept: receipt.proofs.length === 2 };
    const texts = { receiptText: receipt === undefined ? "" : receiptText(receipt), keyText: keyText(key) };
    const files = { sealed: filed?.slice() ?? sealed?.slice() ?? null, stem: stemOf(key), canAttach: filed !== undefined };
    return caseView({ thread, text, fault, ...texts, ...files, promise, compared, remembered: filed !== undefined, now: this.clock() });
  }

  // The author's own text, out of the sealed body; once.
  async #readText() {
    const state = this.#state;
    if (state.text !== undefined || state.fault !== "") return;
    if (state.sealed === undefined) return void (state.fault = "gone");
    try {
      state.text = await ownText(state.key, state.sealed);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      state.fault = "manifest";
    }
  }
}

// The statements that the directory named are proven: the record need not be asked for them again.
function keepNamed(record, found) {
  if (found === undefined) return;
  for (const name of ["charter", "roster"]) {
    if (found.notes[name] !== "") record.keep(found.directory[name], load(utf8(found.notes[name].slice(0, -1))));
  }
}

// One receipt out of the one that was kept and the one of this page: every head, every act, the proofs of either.
function merged(given, own, heads) {
  if (own === undefined) return given;
  const sorted = [...heads].sort((one, two) => one.head.count - two.head.count || one.head.time - two.head.time);
  const acts = new Map();
  for (const { promise, proof } of [...given.acts, ...own.acts]) acts.set(promise, proof || acts.get(promise) || "");
  const proofs = given.proofs.length > 0 ? given.proofs : own.proofs;
  const channel = given.channel.changes.length > own.channel.changes.length ? given.channel : own.channel;
  const rows = [...acts].map(([promise, proof]) => ({ promise, proof }));
  return makeReceipt({ channel, promise: given.promise, proofs, heads: [...new Set(sorted.map(({ note }) => note))], acts: rows });
}

function keyText(key) {
  return fromUtf8(keyBytes(key), "key-file");
}

function stemOf(key) {
  return `demur-${key.case.slice(0, 8)}`;
}
