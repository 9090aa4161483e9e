// SPDX-License-Identifier: AGPL-3.0-or-later
// Channel, officers' statements, roster, changes of policy and what is in force: the vectors that Python runs too.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../lib/bytes.js";
import { channelDocument, readChannel, sameChannel } from "../lib/charter/channel.js";
import { checkWords } from "../lib/charter/words.js";
import { openDirectory } from "../lib/charter/directory.js";
import { checkDirectory, closedNow, keysAreNew } from "../lib/charter/inforce.js";
import { readNamed, rolledBack } from "../lib/charter/named.js";
import { checkStatement } from "../lib/charter/officers.js";
import { agreed, changed, withoutChanges } from "../lib/charter/policies.js";
import { checkRequest, closedBecause, makeRequest, readRoster } from "../lib/charter/roster.js";
import { Refusal } from "../lib/errors.js";
import { channelLine, readChannelLine } from "../lib/receipt.js";
import { accept } from "../lib/record/policy.js";
import { sha256, utf8 } from "../lib/record/texts.js";
import { bothWays, edited, refused, vectors } from "./support.js";

const channelOf = (line) => readChannelLine(line, "receipt");

test("a channel document has its digest and words, and only these words are its own", async () => {
  for (const row of vectors("channel").accepted) {
    const channel = readChannel(row.document);
    assert.deepEqual([channel.digest, channel.practice, channelLine(channel)], [row.digest, row.practice, row.line]);
    assert.deepEqual([[...channel.words], [...channel.longWords]], [row.words, row.long_words]);
    assert.deepEqual(channelDocument(channel), row.document);
    checkWords(channel, `  ${row.words.join("  ").toUpperCase()}\n`);
    checkWords(channel, row.long_words.join(" "));
    for (const text of ["", row.words.slice(1).join(" "), row.long_words.slice(0, 7).join(" "), row.words.toReversed().join(" ")]) {
      await refused(() => checkWords(channel, text), "other-channel", text);
    }
    assert.ok(sameChannel(channel, await channelOf(row.line)));
  }
});

test("a channel document that is none is refused", async () => {
  const file = vectors("channel");
  for (const edit of file.refused) {
    await refused(() => readChannel(edited(file.accepted[1].document, edit)), undefined, JSON.stringify(edit).slice(0, 100));
  }
  for (const odd of [null, 1, "x", [], {}]) await refused(() => readChannel(odd), "channel", JSON.stringify(odd));
});

bothWays("a statement holds when enough officers signed it", async () => {
  const file = vectors("channel");
  const channel = readChannel(file.accepted[1].document);
  for (const row of file.statement.accepted) await checkStatement(row, channel);
  for (const row of file.statement.refused) await refused(() => checkStatement(row, channel), "statement", JSON.stringify(row));
  for (const odd of [null, undefined, 1, [], {}]) await refused(() => checkStatement(odd, channel), "statement", String(odd));
});

test("a roster is read in its one form", async () => {
  const { accepted, holders, refused: bad } = vectors("channel").roster;
  accepted.forEach((row, at) => assert.deepEqual([...readRoster(row).holders.keys()], holders[at]));
  for (const edit of bad) await refused(() => readRoster(edited(accepted[0], edit)), "roster", JSON.stringify(edit).slice(0, 100));
  const mangled = accepted[0].seats[0].age.slice(0, 200);
  await refused(() => readRoster(edited(accepted[0], { path: ["seats", 0, "age"], value: mangled })), "roster", "cut");
});

test("filing is open when two seats that always read are held, and oversight in a real channel", () => {
  const roster = (...seats) => ({ holders: new Map(seats.map((seat) => [seat, {}])) });
  const charter = { format: 1, faults: [], readingSeats: [{ id: "a" }, { id: "b" }, { id: "c", when: {} }], oversightSeat: "o", practice: false };
  assert.equal(closedBecause(charter, undefined), "no-roster");
  assert.equal(closedBecause(charter, roster("a", "c", "o")), "too-few-readers");
  assert.equal(closedBecause(charter, roster("a", "b")), "no-oversight");
  assert.equal(closedBecause(charter, roster("a", "b", "o")), "");
  assert.equal(closedBecause({ ...charter, practice: true }, roster("a", "b")), "");
});

bothWays("a seat is asked for by its own key", async () => {
  const file = vectors("channel").request;
  const { seat, holder, age } = file.request;
  assert.deepEqual(await makeRequest({ origin: file.origin, seat, holder, age, seed: fromHex(file.seed) }), file.request);
  assert.equal((await checkRequest(file.request, file.origin)).seat, seat);
  for (const edit of file.refused) await refused(() => checkRequest(edited(file.request, edit), file.origin), "roster", JSON.stringify(edit));
});

bothWays("changes of policy hang on the first, and none that was seen may be missing", async () => {
  const file = vectors("channel").policies;
  const first = await channelOf(file.channel);
  const whole = await changed(first, file.changes);
  assert.equal(channelLine(whole), file.line);
  assert.deepEqual(channelLine(await channelOf(file.line)), file.line);
  assert.deepEqual(whole.changes.map((row) => row.size), file.sizes);
  assert.equal(whole.policy.sha256, file.policy);
  assert.deepEqual([...(await accept(whole.policy, file.checkpoint)).witnesses], file.witnesses);
  assert.ok((await accept(whole.policy, file.older_checkpoint)).unwitnessed);
  for (const edit of file.refused) {
    await refused(() => changed(first, edited(file.changes, edit)), "policy-change", JSON.stringify(edit).slice(0, 100));
  }
  await refused(() => changed(whole, file.changes.slice(0, 1)), "policy-change", "one left out");
  await refused(() => changed(whole, []), "policy-change", "all left out");
  assert.equal(channelLine(withoutChanges(whole)), file.channel);
  assert.equal(channelLine(await agreed(first, whole)), file.line);
  assert.equal(channelLine(await agreed(whole, whole)), file.line);
});

bothWays("a change proven twice holds from the smaller tree", async () => {
  const { channel, early, late, sizes } = vectors("channel").policies.again;
  const first = await channelOf(channel);
  const [small, large] = [await changed(first, early), await changed(first, late)];
  assert.deepEqual([small.changes[0].size, large.changes[0].size], sizes);
  for (const [seen, rows] of [[small, late], [large, early]]) assert.equal((await changed(seen, rows)).changes[0].size, Math.min(...sizes));
});

bothWays("a directory says what is in force, and only the log's own word", async () => {
  const file = vectors("directory");
  const { logKey } = await channelOf(file.channel);
  assert.deepEqual({ ...(await openDirectory(file.note, logKey)) }, file.said);
  for (const note of file.refused_notes) await refused(() => openDirectory(note, logKey), "directory", note);
});

bothWays("what is in force is proven, or refused", async () => {
  const file = vectors("directory");
  const channel = await channelOf(file.channel);
  const found = await checkDirectory(file.answer, channel, { now: file.now });
  assert.deepEqual(
    {
      size: found.current.checkpoint.size,
      charter: found.charter.version,
      serial: found.roster.serial,
      seats: [...found.roster.holders.keys()].sort(),
      roster_since: found.rosterSince,
      unwitnessed: found.current.unwitnessed,
    },
    file.found,
  );
  assert.deepEqual(found.warnings, ["unwitnessed"]);
  const charter = { format: 1, faults: [], readingSeats: file.found.seats.map((id) => ({ id })), practice: true };
  assert.equal(closedNow(found, charter), "");
  assert.equal(closedNow({ ...found, directory: { ...found.directory, charter: "00".repeat(32) } }, charter), "new-charter");
  assert.equal(closedNow({ ...found, roster: undefined }, charter), "no-roster");
  assert.ok(keysAreNew(found, 61) && !keysAreNew(found, 60));
  for (const edit of file.refused) {
    const answer = edited(file.answer, edit);
    await refused(() => checkDirectory(answer, channel, { now: file.now }), undefined, JSON.stringify(edit).slice(0, 100));
  }
  const unsigned = edited(file.answer, ...file.unsigned_charter);
  await refused(() => checkDirectory(unsigned, channel, { now: file.now }), "bad-answer", "a charter that a thief signed");
  for (const now of file.refused_times) await refused(() => checkDirectory(file.answer, channel, { now }), "another-day", now);
  for (const odd of [null, undefined, [], "x", {}]) await refused(() => checkDirectory(odd, channel, { now: file.now }), "bad-answer", String(odd));
});

bothWays("a roster that the officers did not sign is evidence, the same as Python's", async () => {
  const { channel: line, now, answer, swapped } = vectors("directory");
  const channel = await channelOf(line);
  await assert.rejects(checkDirectory(edited(answer, ...swapped.edits), channel, { now }), (error) => {
    assert.equal(error.code, "swapped-key");
    assert.equal(toHex(sha256(utf8(error.facts.evidence))), swapped.evidence_sha256);
    return true;
  });
});

bothWays("a statement that was named is read, and an older one later is a step back", async () => {
  const file = vectors("directory");
  const channel = await channelOf(file.channel);
  const { notes } = await checkDirectory(file.answer, channel, { now: file.now });
  const seen = await readNamed(channel, { note: notes.directory, line: notes.roster });
  assert.deepEqual([seen.kind, seen.number], ["seats", file.found.serial]);
  assert.equal((await readNamed(channel, { note: notes.directory, line: notes.charter })).kind, "charter");
  const older = (seconds, size = 0) => ({ ...seen, number: 0, directory: { ...seen.directory, time: seen.directory.time + seconds, size: seen.directory.size + size } });
  assert.deepEqual([rolledBack(seen, older(61)), rolledBack(seen, older(60)), rolledBack(seen, older(61, -1))], [true, false, false]);
  assert.equal(rolledBack(seen, { ...older(61), kind: "charter" }), false);
  for (const bad of [notes.roster.slice(0, -1), notes.roster.replace('"serial":1', '"serial":2'), "\n", "[]\n", "null\n", `${notes.roster} `]) {
    await refused(() => readNamed(channel, { note: notes.directory, line: bad }), undefined, bad.slice(0, 60));
  }
});

// --- whatever a server sends is refused, and never a fault of ours

const ODD = [null, 1, 0.5, true, "", "x", "\ud800", [], {}, [null], { officers: 1 }];

function* places(value, way = []) {
  yield way;
  if (value === null || typeof value !== "object") return;
  for (const key of Object.keys(value)) yield* places(value[key], [...way, Array.isArray(value) ? Number(key) : key]);
}

async function holdsOrRefused(work, what) {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof Refusal, `${what}: ${error.stack}`);
  }
}

test("odd values in a channel, a roster, a statement or a request are refused or read, and nothing else", async () => {
  const file = vectors("channel");
  const channel = readChannel(file.accepted[1].document);
  const { officers: _, ...roster } = file.roster.accepted[0]; // whose signatures are not this function's question
  const cases = [
    [file.accepted[1].document, readChannel],
    [roster, readRoster],
    [file.statement.accepted[0], (value) => checkStatement(value, channel)],
    [file.request.request, (value) => checkRequest(value, file.request.origin)],
  ];
  for (const [good, read] of cases) {
    for (const path of places(good)) {
      for (const value of ODD) await holdsOrRefused(() => read(edited(good, { path, value })), `${path} = ${JSON.stringify(value)}`);
      if (path.length > 0 && typeof path.at(-1) === "string") await refused(() => read(edited(good, { path })), undefined, `without ${path}`);
    }
  }
});

test("odd values in what is in force, or in changes of policy, are refused", async () => {
  const [file, { channel, changes }] = [vectors("directory"), vectors("channel").policies];
  const [known, first] = [await channelOf(file.channel), await channelOf(channel)];
  const shallow = [...places(file.answer)].filter((path) => path.length <= 2 && path[1] !== "entry");
  for (const path of shallow) {
    for (const value of ODD) await holdsOrRefused(() => checkDirectory(edited(file.answer, { path, value }), known, { now: file.now }), path);
  }
  for (const path of places(changes)) {
    for (const value of ODD) await holdsOrRefused(() => changed(first, edited(changes, { path, value })), path);
  }
});
