// SPDX-License-Identifier: AGPL-3.0-or-later
// The list of a desk, made piece by piece: first what is most urgent, from one sealed blob and one small page of the inbox, then the rest in
// the background. The shapes stand at the top of worker.js.

import { sha256, toHex } from "../../lib/bytes.js";
import { Refusal } from "../../lib/errors.js";
import { utf8 } from "../../lib/record/texts.js";
import { openItems, readPage } from "../../lib/desk/inbox.js";
import { LIST_AT_ONCE, listCases } from "../../lib/desk/list.js";
import { listView } from "./viewing.js";

const FIRST_ITEMS = 3; // inbox items asked for with the first view: it stays below 60 kB
const SAVED_EVERY = 10; // pages of the inbox after which what was found is kept: a first look at ten thousand items takes a while
const TOGETHER = 4; // pieces of the list asked for at a time

export class Listing {
  #parts;
  #rows = new Map(); // case -> row as the page sees it
  #faults = [];
  #found = new Map(); // case -> row of the index, of those listed
  #begun;
  #reading = Promise.resolve(); // the page of the inbox that is read

  // `parts()` gives {line, record, index, confirm, now, size: of the record} as they are now.
  constructor(parts) {
    this.#parts = parts;
  }

  // The row of the index of a case, which the inbox may have brought since the last look.
  async find(id) {
    const { index } = this.#parts();
    try {
      return await index.find(id);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "no-case") throw error;
    }
    await this.#readInbox(() => {});
    return index.find(id);
  }

  // Looks at everything; one look at a time.
  today(tell) {
    this.#begun ??= this.#look(tell).finally(() => {
      this.#begun = undefined;
    });
    return this.#begun;
  }

  async #look(tell) {
    const { index, now } = this.#parts();
    [this.#rows, this.#found, this.#faults] = [new Map(), new Map(), []];
    const more = await this.#page(FIRST_ITEMS, true);
    await this.#list(index.head);
    tell({ stage: "first", list: this.#told(false) });
    if (more) await this.#readInbox(tell);
    await this.#readPieces(tell);
    const whole = this.#told(true);
    const lead = [...whole.due, ...whole.cases.filter(({ due }) => due === 0)];
    await index.lead(lead.map((row) => this.#found.get(row.case)), whole.counts);
    await this.#save();
    return { ...whole, now: now() };
  }

  async #save() {
    await this.#parts().index.save().catch((error) => {
      if (!(error instanceof Refusal)) throw error; // the list is shown all the same, and kept another time
    });
  }

  // One page of the inbox, taken into the index and listed; whether more follows. One page after the other, whoever asks: two at once would
  // read the same items twice, and tell the faults in them twice.
  #page(most, first = false) {
    this.#reading = this.#reading.catch(() => {}).then(() => this.#nextPage(most, first));
    return this.#reading;
  }

  // With the `first` page of a look the last item that was looked at is asked for again: after a restore another has its number, and the inbox
  // is read from its beginning.
  async #nextPage(most, first) {
    const { line, index, confirm, size } = this.#parts();
    const known = first && index.after > 0 ? 1 : 0;
    const page = await readPage(line, index.after - known, most && most + known);
    const items = await Promise.all(page.items.map(async (item) => ({ ...item, hash: toHex(await sha256(utf8(item.file))) })));
    if (known && !index.isLast(items.shift())) {
      index.rewind();
      return this.#nextPage(most, false);
    }
    if (items.length === 0) return page.more;
    const { rows, faults } = await openItems(line, items, confirm, size());
    this.#faults.push(...faults);
    await index.take(rows, items.at(-1).n, items.at(-1).hash);
    await this.#list(rows);
    const { more } = page;
    return more;
  }

  async #readInbox(tell) {
    const { index } = this.#parts();
    for (let [more, pages] = [true, 1]; more; pages += 1) {
      more = await this.#page(undefined);
      if (pages % SAVED_EVERY === 0) await this.#save();
      tell({ stage: "background", done: index.after, total: index.after + (more ? 1 : 0) });
    }
  }

  async #readPieces(tell) {
    const { index } = this.#parts();
    const total = index.pieces;
    let waiting = [];
    for (let at = 0; at < total; at += TOGETHER) {
      const numbers = Array.from({ length: Math.min(TOGETHER, total - at) }, (_, n) => at + n);
      const read = await Promise.all(numbers.map((number) => this.#piece(number)));
      waiting.push(...read.flat().filter(({ grant }) => !this.#found.has(grant.case)));
      tell({ stage: "background", done: Math.min(at + TOGETHER, total), total });
      if (waiting.length < LIST_AT_ONCE && at + TOGETHER < total) continue;
      const rows = await this.#list(waiting);
      if (rows.length > 0) tell({ stage: "rows", rows });
      waiting = [];
    }
  }

  // The rows of a piece of the index; of one that cannot be had now, none: it takes no other away.
  async #piece(number) {
    try {
      return await this.#parts().index.piece(number);
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
      this.#faults.push({ code: "piece-unread", facts: { n: number + 1 } });
      return [];
    }
  }

  // How far these cases have come, as the server tells it; gives the rows for the page.
  async #list(rows) {
    const { line, record, now } = this.#parts();
    if (rows.length === 0) return [];
    const known = new Map(rows.map((row) => [row.grant.case, row]));
    const { listed, faults } = await listCases(line, [...known.values()], record);
    this.#faults.push(...faults);
    const shown = listed.map((row) => listView({ listed: row, row: known.get(row.case), seat: line.seat }, now()));
    for (const row of shown) {
      this.#rows.set(row.case, row);
      this.#found.set(row.case, known.get(row.case));
    }
    return shown;
  }

  #told(complete) {
    const { index, now } = this.#parts();
    const rows = [...this.#rows.values()];
    const due = rows.filter((row) => row.due > 0).sort((one, other) => one.due - other.due || one.received - other.received);
    const cases = rows.sort((one, other) => other.received - one.received || (one.case < other.case ? -1 : 1));
    const own = { cases: rows.length, due: due.length, overdue: due.filter(({ overdue }) => overdue).length };
    const most = (name) => Math.max(own[name], index.counts[name] ?? 0);
    const counts = complete ? own : { cases: most("cases"), due: most("due"), overdue: most("overdue") };
    return { now: now(), complete, counts, due, cases, faults: [...this.#faults] };
  }
}
