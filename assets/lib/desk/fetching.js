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
import { plain } from "./acts.js";
import { knownOf } from "./cases.js";
import { openFiling, openLargeAttachment, recusedIn } from "./unsealing.js";


const IN_MEMORY = 2 * 1024 * 1024; // bytes of a sealed attachment beyond which it is opened only when it is asked for
const FORBIDDEN = 403;
const NOT_FOUND = 404;

// The filing, fetched and opened: {view, known, filing}. Throws "unreadable" if it cannot be opened, after saying so as an event.
export async function fetchFiling(desk, before) {
  let { view, known } = await withFetch(desk, before, FILING);
  const body = await fileOf(desk, view, view.filing[0].sha256);
  const parts = [];
  for (const row of view.filing.slice(1)) parts.push(row.size <= IN_MEMORY ? await attachmentOf(desk, view, row) : undefined);
  const filing = await orUnreadable(desk, { view, known }, () => openFiling(body, parts, view, desk.line.seat));
  const left = recusedIn(filing.manifest);
  if (left.length > 0) { // sealed until now: what those seats did is judged once more
    desk.leftOut.set(known.grant.case, left);
    view = await desk.read(known);
  }
  for (const fact of filing.faults) known = await tell(desk, known, view, "mismatch", { item: FILING, fact });
  return { view, known, filing };
}

// Undefined for one that the server does not have: it is asked for again when somebody wants it, and the server's word is shown then.
async function attachmentOf(desk, view, row) {
  try {
    return await fileOf(desk, view, row.sha256);
  } catch (error) {
    if (error instanceof Refusal && error.code === "server" && error.facts.status === NOT_FOUND) return undefined;
    throw error;
  }
}

// The texts written since, opened: {view, known, spoken: Map n -> {text, reply, fault}}. `only` names one event, undefined all of them.
export async function fetchTexts(desk, fetched, { only, opened = new Map() } = {}) {
  let { view, known } = fetched;
  const spoken = new Map(opened);
  for (const item of fetched.view.items) {
    if (item.body === "" || spoken.has(item.n) || (only !== undefined && only !== item.n)) continue;
    let sealed;
    ({ view, known, sealed } = await sealedText(desk, { view, known }, item));
    const said = await saidIn(desk, sealed, item, view, fetched.filing.dissent);
    spoken.set(item.n, said);
    if (said.fault === "unreadable") known = await tell(desk, known, view, "unreadable", { item: item.n });
    else if (said.fault !== "") known = await tell(desk, known, view, "mismatch", { item: item.n, fact: said.fault });
  }
  for (const { n, name } of view.faults) known = await tell(desk, known, view, "mismatch", { item: n, fact: name });
  view = await desk.read(known);
  return { view, known: knownOf(view), spoken };
}

// A large attachment as a Blob; `part` is of openFiling. Throws "unreadable" if it cannot be opened, after saying so as an event.
export async function fetchLarge(desk, { view, known }, part) {
  const sealed = new Blob([await fileOf(desk, view, view.filing[part.n].sha256)]);
  return orUnreadable(desk, { view, known }, () => openLargeAttachment(sealed, part, view));
}

async function orUnreadable(desk, { view, known }, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await tell(desk, known, view, "unreadable", { item: FILING });
    throw new Refusal("unreadable", { why: error.message });
  }
}

// The case with this seat's fetch of `item` in it: the event is made once.
async function withFetch(desk, known, item) {
  const has = ({ story }) => story.fetched.some((row) => row.seat === desk.line.seat && row.item === item);
  let view = await desk.read(known);
  if (!has(view)) view = await desk.read((await plain(desk, known, "fetch", { item })).known);
  return { view, known: knownOf(view) };
}

// The sealed text of an event. One's own needs no fetch event, where the server keeps to spec/filing.md.
async function sealedText(desk, { view, known }, item) {
  if (item.event.seat === desk.line.seat) {
    try {
      return { view, known, sealed: await fileOf(desk, view, item.body) };
    } catch (error) {
      if (!(error instanceof Refusal) || error.facts.status !== FORBIDDEN) throw error;
    }
  }
  const after = await withFetch(desk, known, item.n);
  return { ...after, sealed: await fileOf(desk, after.view, item.body) };
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

// Says it as an event, unless this seat has said the same before; gives the index row after it.
async function tell(desk, known, view, verb, fields) {
  const said = { type: verb, seat: desk.line.seat, ...fields };
  const before = view.items.some(({ event }) => Object.entries(said).every(([name, value]) => event[name] === value));
  return before ? known : (await plain(desk, known, verb, fields)).known;
}
