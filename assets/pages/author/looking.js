// SPDX-License-Identifier: AGPL-3.0-or-later
// What an author is shown before writing: what is in force, proven, as worker.js describes it. Pure.

import { keysAreNew } from "../../lib/charter/inforce.js";
import { completeFacts, readers } from "../../lib/charter/seating.js";
import { notOpen } from "../../lib/wish.js";

export function lookView({ found, charter, limits, address, now }) {
  const { channel, current, directory, warnings } = found;
  const reason = notOpen(found, charter);
  return {
    ...{ origin: channel.origin, practice: channel.practice, words: [...channel.words], address, open: reason === "", reason, now },
    ...{ unwitnessed: current.unwitnessed, warnings: [...warnings], time: current.time, size: current.checkpoint.size },
    charter: charterView(charter, directory.charter),
    facts: charter.facts.map((fact) => ({ ...fact, choices: [...fact.choices] })),
    offices: charter.seats.map((seat) => officeView(seat, found, charter)),
    limits: limitsView(limits, charter.limits),
    clocks: clocksView(charter),
    outerDoors: charter.outerDoors,
    referrals: charter.referrals,
  };
}

// The offices that would read, those left out included.
export function readersView(found, charter, { facts = {}, recused = [] }) {
  const stated = completeFacts(charter, facts);
  readers(charter, stated, recused); // refuses what nobody could read
  const all = readers(charter, stated, []);
  return all.map((seat) => ({ ...officeView(seat, found, charter), recused: recused.includes(seat.id) }));
}

function officeView({ id, title, outside, reads, when }, found, charter) {
  const holder = found.roster?.holders.get(id);
  const condition = when === undefined ? null : { fact: when.fact, isOneOf: [...when.isOneOf], isNoneOf: [...when.isNoneOf] };
  const newKey = holder !== undefined && keysAreNew(found, charter.keyWaiting);
  const held = { holder: holder?.holder ?? "", vacant: holder === undefined, newKey, since: holder === undefined ? 0 : found.rosterSince };
  return { seat: id, title, outside, reads, when: condition, ...held };
}

function charterView(charter, leaf) {
  const { id, title, edition, version, custodian, keyWaiting, tick, scope, eligibility } = charter;
  const classes = { classes: [...eligibility.classes], note: eligibility.note };
  return { leaf, id, title, edition, version, custodian, waiting: keyWaiting, tick, scope, eligibility: classes };
}

// The smaller of what the charter allows and what the server says it takes now.
function limitsView(told, own) {
  const least = (name) => Math.min(own[name], Number.isInteger(told[name]) ? told[name] : own[name]);
  return {
    ...{ textBytes: least("text_bytes"), claims: least("claims"), files: least("files"), fileBytes: least("file_bytes") },
    ...{ requestBytes: least("request_bytes"), totalBytes: least("total_bytes") },
    ...{ room: Number.isInteger(told.upload_room) ? told.upload_room : 0, workBits: Number(told.work?.filing_bits ?? 0) },
  };
}

// The clocks that this version keeps, each in its own unit and the zone of its calendar.
function clocksView({ clocks, calendars, seats }) {
  const titles = new Map(seats.map((seat) => [seat.id, seat.title]));
  return ["ack", "reply"].filter((name) => clocks.has(name)).map((name) => {
    const { owner, target, limit, unit, calendar } = clocks.get(name);
    return { name, owner, title: titles.get(owner) ?? owner, target, limit, unit, zone: calendars.get(calendar).timezone };
  });
}
