// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's list: what is due, and what is overdue. For overview only. As src/demur/client/desklist.py.
//
// The server tells how far each case has come, and could lie; it cannot lie about a case that is opened (cases.js), nor show fewer events
// than this key saw before. The due dates are computed here, from the charter that the officers signed.

import { dump } from "../canonical.js";
import { Refusal, refuse } from "../errors.js";
import { LAST_TIME } from "../events.js";
import { BEGINNING, STATES } from "../states.js";
import { asDone, clocksOf } from "../timing.js";
import { erasedBy, gapOf, gapsFor } from "./restored.js";

export const LIST_AT_ONCE = 200; // cases in one request; spec/filing.md
const OWED = ["running", "extended", "overdue"];
const CODE = "bad-answer";

// How far the cases of `rows` (index.js) have come: {listed: [{case, state, seq, received, clocks, due, fetched: {seat: time}, charter}], faults}.
// One that does not hold takes no other away: it is a fault ({code, facts}).
export async function listCases(line, rows, record) {
  const [listed, faults] = [[], []];
  let found; // the gaps of the record, once they were asked for
  const gaps = () => (found ??= gapsFor(rows, record));
  for (let at = 0; at < rows.length; at += LIST_AT_ONCE) {
    const asked = rows.slice(at, at + LIST_AT_ONCE);
    const body = dump({ cases: asked.map(({ grant }) => ({ case: grant.case, token: grant.token })) });
    const { cases } = await line.postJson("/api/v1/desk/cases", body);
    if (!Array.isArray(cases)) refuse(CODE, "list");
    const told = new Map(cases.map((row) => [row?.case, row]));
    for (const row of asked) {
      const answer = told.get(row.grant.case);
      const about = { case: row.grant.case };
      try {
        if (answer === undefined) faults.push(await missing(line, row, { record, gaps, about }));
        else listed.push(await listedRow(answer, record, line.clock()));
      } catch (error) {
        if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
        faults.push({ code: "case-odd", facts: { ...about, code: error.code } });
        continue;
      }
      if (answer?.seq < row.seen) faults.push(shorter(row, answer.seq, { gap: gapOf(row, await gaps()), about }));
    }
  }
  return { listed, faults };
}

function shorter({ seen }, seq, { gap, about }) {
  return gap === undefined ? { code: "case-shorter", facts: { ...about, seq, seen } } : { code: "case-lost", facts: { ...about, seen, entry: gap.index } };
}

// A case of which the server shows nothing: gone in a restore, erased on purpose, or hidden.
async function missing(line, row, { record, gaps, about }) {
  const gap = gapOf(row, await gaps());
  if (gap !== undefined) return { code: "case-gone", facts: { ...about, entry: gap.index } };
  const entry = row.last !== "" && (await isErased(line, row.grant)) ? await erasedBy(row.last, record) : undefined;
  return entry === undefined ? { code: "case-unknown", facts: about } : { code: "case-erased", facts: { ...about, entry } };
}

async function isErased(line, { case: id, token }) {
  try {
    await line.getJson(`/api/v1/cases/${id}?most=1`, token);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === "unreachable") throw error;
    return error.facts.code === "erased";
  }
  return false;
}

// What a case has come to by an act that may not be published yet.
const DONE = { acknowledged: "ack", answered: "reply", withdrawn: "withdrawn", unreadable: "unreadable" };

// When the next thing is due, 0 if nothing is owed.
function dueOf(clocks) {
  const owed = clocks.filter(({ state }) => OWED.includes(state)).map(({ limit }) => limit);
  return owed.length === 0 ? 0 : Math.min(...owed);
}

async function listedRow(row, record, now) {
  if (!STATES.includes(row.state) || typeof row.charter !== "string" || !/^[0-9a-f]{64}$/.test(row.charter)) refuse(CODE, "list-row");
  const [seq, received] = [moment(row.seq), moment(row.received)];
  const [met, extended, fetched] = [moments(row.met), moments(row.extended), moments(row.fetched)];
  // The row as a story: the clocks need to know which acts took place and when, and not their true places, but for `received`, which is
  // event 1 of every case.
  const places = new Map(["ack", "reply", "withdrawn", "unreadable"].filter((name) => name in met || name === DONE[row.state]).map((name, at) => [name, at + 2]));
  const acts = { acknowledgedSeq: places.get("ack"), answeredSeq: places.get("reply"), withdrawnSeq: places.get("withdrawn"), unreadableSeq: places.get("unreadable") };
  const story = { ...BEGINNING, state: row.state, seq, receivedAt: received, ...acts, extended };
  const charter = await record.charter(row.charter);
  const shown = [...places].filter(([name]) => name in met); // what was done and is not published yet has no time
  const times = new Map([[1, received], ...shown.map(([name, n]) => [n, met[name]])]);
  const clocks = asDone(clocksOf(charter, story, times, now), story, times, now);
  return { case: row.case, state: row.state, seq, received, clocks, due: dueOf(clocks), fetched, charter };
}

function moments(table) {
  if (table === null || typeof table !== "object" || Array.isArray(table)) refuse(CODE, "list-row");
  return Object.fromEntries(Object.entries(table).map(([name, at]) => [name, moment(at)]));
}

function moment(value) {
  return Number.isSafeInteger(value) && value >= 0 && value <= LAST_TIME ? value : refuse(CODE, "list-row");
}
