// SPDX-License-Identifier: AGPL-3.0-or-later
// What an author is shown before writing: what is in force, proven, as worker.js describes it. Pure.

import { toHex } from "../../lib/bytes.js";
import { dump } from "../../lib/canonical.js";
import { keysAreNew } from "../../lib/charter/inforce.js";
import { clocks } from "../../lib/charter/obligations.js";
import { holds } from "../../lib/charter/model.js";
import { completeFacts, readers } from "../../lib/charter/seating.js";
import { Refusal } from "../../lib/errors.js";
import { sha256 } from "../../lib/record/texts.js";
import { notOpen } from "../../lib/wish.js";

export function lookView({ found, charter, limits, now }) {
  const { channel, current, directory, warnings } = found;
  const reason = notOpen(found, charter);
  return {
    ...{ origin: channel.origin, practice: channel.practice, words: [...channel.words], open: reason === "", reason },
    ...{ warnings: [...warnings], time: current.time, size: current.checkpoint.size },
    charter: { leaf: directory.charter, title: charter.title, waiting: charter.keyWaiting },
    facts: charter.facts.map((fact) => factView(fact, charter)),
    always: charter.readingSeats.filter((seat) => seat.when === undefined).map(({ title }) => title),
    offices: charter.seats.map((seat) => officeView(seat, found, charter)),
    limits: limitsView(limits, charter.limits),
    clocks: clocksView(charter, now),
  };
}

// A question, with the offices that each answer lets read beside those that always do: [{answer: "" (nothing is stated), also: [title]}]. It has no
// answer before the author gives one, whatever the charter's `default` says.
function factView({ id, question, choices }, charter) {
  const asking = charter.readingSeats.filter((seat) => seat.when?.fact === id);
  const also = (answer) => asking.filter((seat) => holds(seat.when, { [id]: answer })).map(({ title }) => title);
  return { id, question, choices: [...choices], answers: [...choices, ""].map((answer) => ({ answer, also: also(answer) })) };
}

// The offices that would read, those left out included.
export function readersView(found, charter, { facts = {}, recused = [] }) {
  const stated = completeFacts(charter, facts);
  readers(charter, stated, recused); // refuses what nobody could read
  const all = readers(charter, stated, []);
  return all.map((seat) => ({ ...officeView(seat, found, charter), recused: recused.includes(seat.id) }));
}

function officeView({ id, title, reads }, found, charter) {
  const holder = found.roster?.holders.get(id);
  const newKey = holder !== undefined && keysAreNew(found, charter.keyWaiting);
  const until = newKey ? found.rosterSince + charter.keyWaiting : 0; // from then on the key has waited in public long enough
  const held = { holder: holder?.holder ?? "", vacant: holder === undefined, newKey, since: holder === undefined ? 0 : found.rosterSince, until, fingerprint: newKey ? fingerprint(holder) : "" };
  return { seat: id, title, reads, ...held };
}

// What two persons read to each other to be sure of a key; as src/demur/cli/fingerprints.py.
function fingerprint({ age, sign }) {
  return toHex(sha256(dump({ age, sign }))).slice(0, 32).match(/.{4}/g).join(" ");
}

// The smaller of what the charter allows and what the server says it takes now.
function limitsView(told, own) {
  const least = (name) => Math.min(own[name], Number.isInteger(told[name]) ? told[name] : own[name]);
  return {
    ...{ textBytes: least("text_bytes"), claims: least("claims"), files: least("files"), fileBytes: least("file_bytes") },
    totalBytes: least("total_bytes"),
  };
}

// What each clock would promise to whoever files now, in the zone of its calendar; nothing once the frozen calendar has ended, since nobody
// may promise a day beyond it.
export function clocksView(charter, now) {
  try {
    return [...clocks(charter, { received: now })].map(([name, { target, limit }]) => {
      const { owner, calendar } = charter.clocks.get(name);
      const title = charter.seats.find((seat) => seat.id === owner)?.title ?? owner;
      return { name, title, target, limit, zone: charter.calendars.get(calendar).timezone };
    });
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}
