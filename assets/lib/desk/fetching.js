// SPDX-License-Identifier: AGPL-3.0-or-later
// Fetching: sealed texts asked for against a signed statement, then opened (unsealing.js). As src/demur/client/fetching.py.
//
// The statement is an event that the author sees: this key fetched. It says nothing about a person reading. What cannot be opened is told as
// `unreadable`, what differs from the record as a `mismatch`, once each, to author and oversight (PROTOCOL sections 4 and 7).

import { fromHex, sha256, toHex } from "../bytes.js";
import { Refusal } from "../errors.js";
import { FILING } from "../states.js";
import { openText } from "../texts.js";
import { signerOf } from "../thread.js";
import { Series } from "./acts.js";
import { openFiling, openLargeAttachment, recusedIn, UNANSWERABLE } from "./unsealing.js";

const IN_MEMORY = 2 * 1024 * 1024; // bytes of a sealed attachment beyond which it is opened only when it is asked for
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const TOO_MANY = 429;

// The filing, fetched and opened: {view, known, filing}. Throws "unreadable" if it cannot be opened, after saying so as an event.
export async function fetchFiling(desk, before) {
  const series = new Series(desk, before);
  const view = await series.view();
  await recordFetch(series, FILING);
  const body = await fileOf(desk, view, view.filing[0].sha256);
  const parts = [];
  for (const row of view.filing.slice(1)) parts.push(row.size <= IN_MEMORY ? await fileOrLost(desk, view, row.sha256) : undefined);
  const filing = await orUnreadable(series, () => openFiling(body, parts, view, desk.line.seat));
  const left = recusedIn(filing.manifest);
  if (left.length > 0) desk.leftOut.set(view.grant.case, left);
  desk.record.filed.set(view.grant.case, filing.dissent.v);
  // Sealed until now: what seats that were left out did, and what one did in the form of version 1, is judged once more.
  if (left.length > 0 || view.items.some(({ event }) => event.seat !== "" && event.v === 1)) await series.again();
  for (const fact of filing.faults) {
    // What nobody can answer needs the same way out as what nobody can read.
    await (fact === UNANSWERABLE ? tell(series, "unreadable", { item: FILING }) : tell(series, "mismatch", { item: FILING, fact }));
  }
  return { view: await series.settled(), known: series.known, filing };
}

// Undefined for one that the server does not have: it is asked for again when somebody wants it, and the server's word is shown then.
async function fileOrLost(desk, view, hash) {
  try {
    return await fileOf(desk, view, hash);
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === NOT_FOUND) return undefined;
    throw error;
  }
}

// The texts written since, opened: {view, known, spoken: Map n -> {text, reply, fault}}. `only` names events, undefined all of them. The case
// is as `fetched.view` has it, and read once more at the end, however many texts it has; each costs one act and one file.
export async function fetchTexts(desk, fetched, { only, opened = new Map() } = {}) {
  const series = new Series(desk, fetched.known, fetched.view);
  const view = await series.view();
  const spoken = new Map(opened);
  for (const item of view.items) {
    if (item.body === "" || spoken.has(item.n) || (only !== undefined && !only.includes(item.n))) continue;
    const sealed = await sealedText(series, item);
    const said = await saidIn(desk, sealed, item, view, fetched.filing.dissent);
    spoken.set(item.n, said);
    if (["unreadable", "missing"].includes(said.fault)) await tell(series, "unreadable", { item: item.n });
    else if (said.fault !== "") await tell(series, "mismatch", { item: item.n, fact: said.fault });
  }
  for (const { n, name } of view.faults) await tell(series, "mismatch", { item: n, fact: name });
  return { view: await series.settled(), known: series.known, spoken };
}

// A large attachment as a Blob; `part` is of openFiling. Throws "unreadable" if it cannot be opened, after saying so as an event.
export async function fetchLarge(desk, { view, known }, part) {
  const sealed = new Blob([await fileOf(desk, view, view.filing[part.n].sha256)]);
  return orUnreadable(new Series(desk, known), () => openLargeAttachment(sealed, part, view));
}

async function orUnreadable(series, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await tell(series, "unreadable", { item: FILING });
    throw new Refusal("unreadable", { why: error.message });
  }
}

// Says that this seat's key fetches `item`, once for all time: another window of the same seat may have said it meanwhile.
async function recordFetch(series, item) {
  const { desk } = series;
  const has = ({ story }) => story.fetched.some((row) => row.seat === desk.line.seat && row.item === item);
  if (has(await series.view())) return;
  try {
    await series.act("fetch", { item });
  } catch (error) {
    const again = error instanceof Refusal && error.code === "server" && error.facts.code === "not-possible";
    if (!again || !has(await desk.read(series.known))) throw error;
  }
}

// The sealed text of an event. One's own needs no fetch event, where the server keeps to spec/filing.md.
async function sealedText(series, item) {
  const [{ desk }, view] = [series, await series.view()];
  if (item.event.seat === desk.line.seat) {
    try {
      return await fileOrLost(desk, view, item.body);
    } catch (error) {
      if (!(error instanceof Refusal) || error.facts.status !== FORBIDDEN) throw error;
    }
  }
  await recordFetch(series, item.n);
  return fileOrLost(desk, view, item.body);
}

async function fileOf({ line }, { grant }, hash) {
  const data = await line.get(`/api/v1/cases/${grant.case}/files/${hash}`, grant.token);
  if (toHex(await sha256(data)) !== hash) throw new Refusal("wrong-file");
  return data;
}

function saidIn(desk, sealed, item, { grant, rosters, charter }, dissent) {
  const by = signerOf(item.event, fromHex(grant.author), rosters);
  const opening = { identities: [grant.caseKey], salt: fromHex(grant.salt), dissent, most: charter.limits.claims };
  return openText(sealed, item, { ...opening, by });
}

// Says it as an event, unless this seat has said the same before. Where it has said as much today as one may, it is said another day: nothing
// that others wrote keeps a seat from reading the rest.
async function tell(series, verb, fields) {
  const said = { type: verb, seat: series.desk.line.seat, ...fields };
  const { items } = await series.view();
  if (items.some(({ event }) => Object.entries(said).every(([name, value]) => event[name] === value))) return;
  try {
    await series.act(verb, fields);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "server" || error.facts.status !== TOO_MANY) throw error;
  }
}
