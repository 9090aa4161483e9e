// SPDX-License-Identifier: AGPL-3.0-or-later
// What can happen to a case, who may, who reads, and what its clocks show: as Python decides it (spec/vectors/{procedure,clock}.json).

import assert from "node:assert/strict";
import { test } from "node:test";
import { after, clockState, dateOf, dayOf, due, lastMoment, localDay, readCalendar } from "../lib/charter/clock.js";
import { readCharter, refused as whyRefused } from "../lib/charter/model.js";
import { clocks } from "../lib/charter/obligations.js";
import { completeFacts, readers } from "../lib/charter/seating.js";
import { Refusal } from "../lib/errors.js";
import { answeringSeats, mayNot } from "../lib/may.js";
import { CONFLICTS, judge } from "../lib/procedure.js";
import { inForceAt } from "../lib/thread.js";
import { BEGINNING, nextState, STATES, VERBS } from "../lib/states.js";
import { checkExtension, clocksOf, closingOpens, extensionEnd } from "../lib/timing.js";
import { edited, refused, vectors } from "./support.js";

const procedure = vectors("procedure");
const clock = vectors("clock");
const named = (name) => procedure.charters.find(({ statement }) => statement.charter === name);

// Until when the reply clock runs whose new last day is chosen; 0 where the day is not allowed, the next working day in words where the office
// does not work on it.
function endOf(charter, story, day) {
  try {
    return extensionEnd(charter, story, { clock: "reply", day });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (error.code !== "extension-day") return 0;
    const words = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
    const { weekday, day: n, month, year } = Object.fromEntries(new Intl.DateTimeFormat("en", words).formatToParts(new Date(error.facts.next)).map(({ type, value }) => [type, value]));
    return `${weekday}, ${n} ${month} ${year}`;
  }
}

// What `work` gives, undefined where it is refused.
function orRefused(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
}

test("the table has the same steps, and one code for each sentence", () => {
  const codes = new Map();
  assert.deepEqual(Object.keys(procedure.table).sort(), [...STATES].sort());
  for (const [state, row] of Object.entries(procedure.table)) {
    assert.deepEqual(Object.keys(row).sort(), [...VERBS].sort());
    for (const [verb, { next, refused: sentence }] of Object.entries(row)) {
      if (next !== undefined) {
        assert.equal(nextState(state, verb), next, `${state} ${verb}`);
        continue;
      }
      assert.throws(() => nextState(state, verb), ({ code }) => {
        assert.equal(codes.get(sentence) ?? code, code, sentence);
        codes.set(sentence, code);
        return true;
      });
    }
  }
  // "withdrawn" is said in two ways, to the author who withdrew and to a seat; each has pages of its own.
  assert.equal(new Set(codes.values()).size, codes.size - 1);
});

test("the same acts conflict", () => {
  const ours = VERBS.map((verb) => [verb, [...(CONFLICTS[verb] ?? [])].sort()]);
  assert.deepEqual(Object.fromEntries(ours), procedure.conflicts);
});

test("an act counts under a roster up to the tick that published the next", () => {
  for (const { index, own, following, sizes, counts } of procedure.in_force) {
    assert.equal(inForceAt(index, { own, following: following ?? undefined, sizes }), counts, `${index} ${following} ${sizes}`);
  }
});

for (const { statement, may, answering, readers: reading, overtaken, histories } of procedure.charters) {
  const charter = readCharter(statement);

  test(`${charter.id}: the same acts are faulty after what their actors had not read`, () => {
    for (const { events, acts, unread_and_read: wanted } of overtaken) {
      const story = events.reduce((before, event) => judge(charter, before, event).story, BEGINNING);
      for (const verb of VERBS) {
        const found = [story.seq - 1, story.seq].map((seq) => judge(charter, story, { ...acts[verb], seen: { seq } }).fault);
        assert.deepEqual(found, wanted[verb], `${verb} after ${events.at(-1).type}`);
      }
    }
  });

  test(`${charter.id}: the same seats may take the same steps`, () => {
    for (const { extensions, reply_seat: replySeat, may: rows } of may) {
      for (const [seat, verbs] of Object.entries(rows)) {
        const ours = VERBS.filter((verb) => mayNot(charter, verb, seat, { ...BEGINNING, extensions, replySeat }) === "");
        assert.deepEqual(ours.sort(), [...verbs].sort(), `${seat} after ${extensions}`);
      }
    }
    assert.deepEqual(answeringSeats(charter), answering);
  });

  test(`${charter.id}: the same offices read`, () => {
    for (const { facts, recused, readers: wanted } of reading) {
      const found = orRefused(() => readers(charter, completeFacts(charter, facts), recused).map((seat) => seat.id));
      assert.deepEqual(found ?? null, wanted, JSON.stringify({ facts, recused }));
    }
  });

  test(`${charter.id}: the same histories follow, and their clocks show the same`, () => {
    for (const row of histories) {
      let story = BEGINNING;
      const times = new Map();
      const proven = new Map(Object.entries(row.times).map(([seq, time]) => [Number(seq), time]));
      for (const { event, fault } of row.events) {
        if (proven.has(event.seq)) times.set(event.seq, proven.get(event.seq));
        const found = judge(charter, story, event, times);
        assert.equal(found.fault, fault, JSON.stringify(event));
        story = found.story;
      }
      assert.equal(story.state, row.state);
      const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
      for (const [name, wanted] of Object.entries(row.told)) assert.equal(story[camel(name)] ?? null, wanted, name);
      const none = (value) => value || null;
      const shown = clocksOf(charter, story, times, row.now).map(({ target, metAt, extendedTo, endedAt, ...rest }) => ({
        ...{ ...rest, target: none(target), met_at: none(metAt), extended_to: none(extendedTo), ended_at: none(endedAt) },
      }));
      assert.deepEqual(shown, row.clocks);
      assert.equal(closingOpens(charter, story) ?? null, row.closing_opens);
      for (const [v, days, can] of row.extensions) {
        const until = row.events[0].event.time + days * 86_400;
        const found = orRefused(() => checkExtension(charter, story, { clock: "reply", until, v, times }) ?? true);
        assert.equal(found === true, can, `${days} days, version ${v}`);
      }
      for (const [day, wanted] of row.ends) assert.equal(endOf(charter, story, day), wanted, day);
    }
  });
}

test("under a charter that contradicts itself or its statement nothing is filed, and a statement that is none is refused", async () => {
  const { statement } = named("us-state-2fam070");
  const change = (path, value) => edited(statement, { path, value });
  const text = (from, to) => change(["text"], statement.text.replace(from, to));
  assert.notEqual(text("custodian", "x").text, statement.text);
  for (const row of [change(["version"], 0), change(["text"], "id = "), change(["v"], 2), change(["type"], "seats")]) {
    await refused(() => readCharter(row), undefined, JSON.stringify(row).slice(0, 300));
  }
  const bad = [
    change(["charter"], "another"),
    change(["practice"], true),
    change(["calendars"], {}),
    text('id = "agency"', 'id = "employer"'),
    text(/custodian = "[^"]*"/, 'custodian = "nobody"'),
    text(/limit = 2\n/, 'limit = "2"\n'),
    text("is_none_of = [\"State\"]", "is_none_of = []"),
  ];
  for (const row of bad) assert.equal(whyRefused(readCharter(row)), "charter-fault", JSON.stringify(row).slice(0, 300));
  assert.equal(whyRefused(readCharter(statement)), "");
});

test("what officers signed is read as spec/vectors/compatibility.json says", () => {
  const file = vectors("compatibility");
  for (const { name, replace = [], members = {}, lacks = [], found } of file.charters) {
    const kept = Object.entries({ ...file.statement, ...members }).filter(([member]) => !lacks.includes(member));
    const row = Object.fromEntries(kept);
    for (const [from, to] of replace) row.text = row.text.replace(from, () => to);
    let read = { read: false };
    try {
      const { format, unknown, faults, ...charter } = readCharter(row);
      read = { read: true, format, refused: whyRefused({ format, faults, ...charter }) !== "", unknown, faults };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    assert.deepEqual(read, found, name);
  }
});

// --- spec/vectors/clock.json

const calendarOf = (more = {}) => {
  const plain = { timezone: "UTC", weekend: ["sat", "sun"], closed: [], first: "2017-01-01", last: "2036-12-31", source: "a test" };
  return readCalendar("office", { ...plain, ...more });
};
const noon = (day) => dayOf(day) * 86_400 + 43_200;

test("months clamp but remember, quarters end, weekends are the custodian's", () => {
  const plain = calendarOf();
  for (const { anchor, months } of clock.months) {
    for (const [n, wanted] of Object.entries(months)) assert.equal(dateOf(after(plain, "month", Number(n), dayOf(anchor))), wanted);
  }
  for (const { received, quarters } of clock.quarters) {
    for (const [n, wanted] of Object.entries(quarters)) {
      assert.equal(dateOf(after(plain, "calendar_quarter", Number(n), dayOf(received))), wanted);
    }
  }
  for (const { weekend, closed, received, working_days: days } of clock.weekends) {
    const calendar = calendarOf({ weekend, closed });
    for (const [n, wanted] of Object.entries(days)) assert.equal(dateOf(after(calendar, "working_day", Number(n), dayOf(received))), wanted);
  }
});

test("a day's last moment is that of the zone, however long the day is", () => {
  for (const { timezone, day, posix } of clock.last_moments) {
    const calendar = calendarOf({ timezone });
    assert.equal(lastMoment(calendar, dayOf(day)), posix, timezone);
    assert.equal(localDay(calendar, posix), dayOf(day));
    assert.equal(localDay(calendar, posix + 1), dayOf(day) + 1);
  }
});

test("a missed acknowledgement does not stretch the reply (EU 2019/1937)", () => {
  const charter = readCharter(named("eu-2019-1937").statement);
  const received = noon(clock.eu.received);
  const zone = charter.calendars.get(charter.clocks.get("ack").calendar);
  const day = (moment) => dateOf(localDay(zone, moment));
  const without = clocks(charter, { received });
  assert.equal(day(without.get("ack").limit), clock.eu.ack_limit);
  assert.equal(day(without.get("reply").limit), clock.eu.reply_limit_without_ack);
  const onTime = clocks(charter, { received, ack: noon(clock.eu.ack_limit) });
  assert.equal(day(onTime.get("reply").limit), clock.eu.reply_limit_if_ack_on_last_day);
});

test("a date beyond the calendar is refused, and so is a calendar that is none", async () => {
  const short = calendarOf({ last: "2017-12-31" });
  await refused(() => due({ limit: 60, unit: "working_day" }, noon("2017-11-01"), short), "calendar", "beyond");
  const bad = [{ timezone: "Mars/Olympus" }, { weekend: ["sunday"] }, { closed: ["2017-02-30"] }, { closed: ["2018-01-02", "2018-01-01"] }];
  for (const row of [...bad, { last: "2016-01-01" }, { more: 1 }]) await refused(() => calendarOf(row), "calendar", JSON.stringify(row));
});

test("lateness is judged by the extended date once there is one", () => {
  assert.equal(clockState({ limit: 100 }, { now: 101 }), "overdue");
  assert.equal(clockState({ limit: 100 }, { now: 101, extendedTo: 120 }), "extended");
  assert.equal(clockState({ limit: 100 }, { now: 130, metAt: 110, extendedTo: 120 }), "met");
  assert.equal(clockState({ limit: 100 }, { now: 130, metAt: 110 }), "met late");
});
