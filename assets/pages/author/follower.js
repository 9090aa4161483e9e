// SPDX-License-Identifier: AGPL-3.0-or-later
// What the worker of the page on which an author comes back does; the shapes stand at the top of worker.js. Apart from it, so that node can
// do the same in tests.

import { act } from "../../lib/acting.js";
import * as age from "../../lib/age.js";
import { checkPromise, parseKey } from "../../lib/authorkey.js";
import { unpackBundle } from "../../lib/bundle.js";
import { load } from "../../lib/canonical.js";
import { sameChannel } from "../../lib/charter/channel.js";
import { checkOneThread, checkTimes } from "../../lib/comparing.js";
import { unpack } from "../../lib/container.js";
import { hasText } from "../../lib/documents/reading.js";
import { Refusal, refuse } from "../../lib/errors.js";
import { follow, headsOf, ownText, rebuild } from "../../lib/following.js";
import { Gaps } from "../../lib/gaps.js";
import { openLarge } from "../../lib/large.js";
import { checkOneRecord, Record } from "../../lib/lookups.js";
import { readFile } from "../../lib/mailbox.js";
import { asWritten } from "../../lib/healing.js";
import { checkpointsOf, makeReceipt, openedHeads, openedPromise, parseReceipt, receiptText, verifyReceipt } from "../../lib/receipt.js";
import { utf8 } from "../../lib/record/texts.js";
import { twelve } from "../../lib/typed.js";
import { caseView } from "./viewing.js";
import { keyText, stemOf, Visit } from "./visit.js";

// A receipt whose heads are signed: a line end too many after the last of them is no part of what was signed.
async function signedReceipt(data) {
  const receipt = await parseReceipt(data);
  await openedHeads(receipt);
  return receipt;
}

export class Follower extends Visit {
  #opened = new Map(); // bodies that were opened, by item
  #case = {}; // key, receipt, sealed (the body), bundle (R.sealed, if it was given), compared, text, fault

  get methods() {
    const names = ["look", "enter", "refresh", "message", "withdraw", "report", "compare", "attachment", "original", "forget"];
    return this.serving(names);
  }

  async enter({ words, key: file, sealed: bundle }, tell) {
    const channel = await this.knownChannel();
    const named = file === undefined ? undefined : await parseKey(file);
    if (named !== undefined && named.origin !== channel.origin) throw new Refusal("other-channel");
    const { key, receipt, sealed } = await rebuild(this.server, named?.words ?? twelve(words), channel);
    this.#opened.clear();
    this.#case = { key, receipt, sealed, bundle: bundle && (await ownBundle(bundle, key)), compared: false, text: undefined, fault: "" };
    return this.refresh({}, tell);
  }

  async refresh(_, tell) {
    const thread = await this.#thread({ record: true });
    this.#case.receipt = thread.receipt;
    const reported = await this.#reportAll(thread, tell);
    return { ...(await this.#view(reported ? await this.#thread() : thread)), reported };
  }

  async message({ text }, tell) {
    if (!hasText(text)) throw new Refusal("empty", { what: "message" });
    return this.#act("message", { text, tell });
  }

  async withdraw({ text = "" }, tell) {
    return this.#act("withdraw", { text: hasText(text) ? text : "", tell });
  }

  async report(row, tell) {
    return this.#act(row.verb, { fields: fieldsOf(row), tell });
  }

  async compare({ receipt: bytes }, tell) {
    this.#entered();
    const given = await asWritten(bytes, signedReceipt);
    const { key, receipt: own } = this.#case;
    const channel = await this.knownChannel();
    if (!sameChannel(channel, given.channel)) throw new Refusal("other-channel");
    const promise = await openedPromise(given);
    checkPromise(key, promise);
    const now = given.proofs.length === 0 ? Math.min(this.clock(), promise.notAfter) : this.clock();
    await verifyReceipt(given, { known: channel, now });
    const both = [given, ...(own === undefined ? [] : [own])];
    const heads = (await Promise.all(both.map((receipt) => headsOf(receipt, channel)))).flat();
    await this.#checkOneThread(channel, heads);
    const trees = (await Promise.all(both.map(checkpointsOf))).flat();
    checkOneRecord(channel, trees);
    checkTimes(channel, trees.sort((one, two) => one.accepted.checkpoint.size - two.accepted.checkpoint.size), heads);
    Object.assign(this.#case, { receipt: merged(given, own, heads), compared: true });
    if (given.channel.changes.length > channel.changes.length) this.channel = given.channel;
    const view = await this.refresh({}, tell);
    return { heads: given.heads.length, sizes: [...new Set(trees.map((row) => row.accepted.checkpoint.size))], view };
  }

  // A log that was restored from a backup and says so in its record has heads that contradict each other, and is no liar.
  async #checkOneThread(channel, heads) {
    try {
      checkOneThread(channel, heads);
    } catch (error) {
      const since = Math.min(...heads.map(({ head }) => head.size));
      const gaps = new Gaps(new Record(this.server, channel), since);
      if (!(error instanceof Refusal) || (await gaps.found()).length === 0) throw error;
    }
  }

  // The words alone do not tell which sealed file an attachment is: R.sealed does.
  async attachment({ n }) {
    const { key, bundle } = this.#case;
    if (bundle === undefined) throw new Refusal("not-kept");
    const rows = bundle.header.files.filter(({ role }) => role === "attachment" || role === "upload");
    const row = rows[n - 1] ?? refuse("not-kept", "number");
    const { name } = key.manifest.attachments[n - 1];
    if (row.role === "upload") {
      const sealed = new Blob([await readFile(this.server, key.keys, row.sha256)]);
      const { blob } = await openLarge(sealed, { identities: [key.case_key], by: key.public });
      return { name, bytes: new Uint8Array(await blob.arrayBuffer()) };
    }
    const carried = bundle.files.filter(([role]) => role === "attachment");
    const { files } = await unpack(await age.open(carried[n - 1][1], [key.case_key]), { by: key.public });
    return { name, bytes: files.get(name) };
  }

  async original() {
    this.#entered();
    await this.#readText();
    const { text } = this.#case;
    return text === undefined ? refuse("not-kept", "text") : { name: text.dissent.original, bytes: text.original };
  }

  async forget() {
    this.#case = {};
    this.#opened.clear();
    return super.forget();
  }

  #entered() {
    if (this.#case.key === undefined) throw new Refusal("not-entered");
  }

  // The case read and proven; `record` says whether what is in force is asked too, and the record held against what was seen.
  async #thread({ record: whole = false } = {}) {
    this.#entered();
    const { key, receipt } = this.#case;
    if (whole) await this.inForce(receipt === undefined ? [] : await checkpointsOf(receipt));
    const record = new Record(this.server, await this.knownChannel());
    keepNamed(record, this.memory.found);
    const { text } = this.#case;
    return follow(this.server, key, receipt, record, { now: this.clock(), opened: this.#opened, text });
  }

  async #act(verb, how) {
    this.#entered();
    this.#case.receipt = await this.#acted(verb, how);
    return this.#view(await this.#thread());
  }

  #acted(verb, { text, fields, ground, tell }) {
    return act(this.server, verb, { text, fields, ground, tell, clock: this.clock, follow: () => this.#thread() });
  }

  // Reports what differs from the record or should not stand in it, and that what two seats cannot read opens here, as
  // src/demur/client/reporting.py; gives whether anything was reported.
  async #reportAll(thread, tell) {
    const ground = { thread };
    let reported = false;
    for (const row of thread.reports) {
      try {
        this.#case.receipt = await this.#acted(row.verb, { fields: fieldsOf(row), ground, tell });
        reported = true;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // It stands in the view as not reported, and takes none of the others with it, unless the day's reports are used up.
        const usedUp = error.facts.code === "too-many" && row.n !== thread.story.replySeq;
        if (error.code === "unreachable" || usedUp) break;
      }
    }
    return reported;
  }

  async #view(thread) {
    this.#case.receipt = thread.receipt;
    await this.#readText();
    const { key, receipt, sealed, text, fault, compared, bundle } = this.#case;
    const promised = receipt && (await openedPromise(receipt));
    const promise = promised === undefined ? null : { time: promised.time, notAfter: promised.notAfter, kept: receipt.proofs.length === 2 };
    const texts = { receiptText: receipt === undefined ? "" : receiptText(receipt), keyText: keyText(key) };
    const files = { sealed: sealed?.slice() ?? null, stem: stemOf(key), canAttach: bundle !== undefined };
    return caseView({ thread, text, fault, ...texts, ...files, promise, compared, now: this.clock() });
  }

  // The author's own text, out of the sealed body; once.
  async #readText() {
    const state = this.#case;
    if (state.text !== undefined || state.fault !== "") return;
    if (state.sealed === undefined) {
      state.fault = "gone";
      return;
    }
    try {
      state.text = await ownText(state.key, state.sealed);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      state.fault = "manifest";
    }
  }
}

function fieldsOf({ n, verb, fact }) {
  return { item: n, ...(verb === "mismatch" ? { fact } : {}) };
}

// R.sealed, if it is this case's whole filing; the sealed text alone tells no more than the mailbox does.
async function ownBundle(data, key) {
  if (age.isSealed(data)) return undefined;
  const bundle = await unpackBundle(data);
  if (bundle.header.case !== key.case) throw new Refusal("other-case");
  return bundle;
}

// The statements that the directory named are proven: the record need not be asked for them again.
function keepNamed(record, found) {
  if (found === undefined) return;
  for (const name of ["charter", "roster"]) {
    if (found.notes[name] !== "") record.keep(found.directory[name], load(utf8(found.notes[name].slice(0, -1))));
  }
}

// One receipt out of the one that was given and the one of this page: every head, every act, the proofs of either.
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
