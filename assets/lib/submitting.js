// SPDX-License-Identifier: AGPL-3.0-or-later
// Sending a prepared filing, and believing no answer: promise, opening and head must be signed by the channel's log and name exactly what was
// sent. As src/demur/client/submitting.py. The prepared filing can be sent again after each Refusal; the case id makes sure it is filed once.

import { readAnswer } from "./answers.js";
import { keyBytes, keysOf, openKey } from "./authorkey.js";
import { MEDIA_TYPE } from "./bundle.js";
import { fromHex, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { Refusal, refuse } from "./errors.js";
import { checkOpening, commitment, itemHash, leafOf, opening } from "./events.js";
import { makeReceipt } from "./receipt.js";
import { chainOf } from "./record/head.js";
import { same } from "./record/texts.js";
import { upload } from "./uploading.js";
import { working } from "./work.js";

const CODE = "bad-answer";
// What a channel's server says only after it looked for this very filing and did not find it: it is not recorded, and cannot be as it is.
// Every other refusal can come from a gateway, or of a limit that changed, after an earlier attempt was recorded.
const NOT_RECORDED = ["moved-on", "conflict"];

// Sends the large files, then the filing; gives {key (authorkey.js), receipt, sealed: R.sealed}. `clock()` gives POSIX seconds: the answer
// may take its time. `tell` is told {stage, …}.
export async function submit(server, prepared, channel, { clock, acceptClock = false, tell = () => {} }) {
  const tellWork = (bits) => tell({ stage: "work", bits });
  if (prepared.uploads.length > 0) await uploadAll(server, prepared, channel, { tell, tellWork });
  tell({ stage: "sending", done: 0, total: prepared.bundle.length });
  const post = (headers) => server.postJson("/api/v1/cases", prepared.bundle, { type: MEDIA_TYPE, headers });
  const how = { origin: channel.origin, kind: "filing", tell: tellWork };
  const answer = await working(server, prepared.draft.case, post, how).catch(marked);
  return checkFiled(answer, prepared, channel, { since: prepared.at, until: clock(), acceptClock });
}

function marked(error) {
  if (!(error instanceof Refusal) || error.code !== "server") throw error;
  throw new Refusal("server", { ...error.facts, final: NOT_RECORDED.includes(error.facts.code) });
}

async function uploadAll(server, prepared, channel, { tell, tellWork }) {
  const { part_bytes: part } = await server.getJson("/api/v1/limits");
  const total = prepared.uploads.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  for (const file of prepared.uploads) {
    const progress = (have) => tell({ stage: "uploading", done: done + have, total });
    await upload(server, file, { origin: channel.origin, part, progress, tell: tellWork });
    done += file.size;
  }
}

// Verifies the answer to a filing.
export async function checkFiled(answer, prepared, channel, { since, until, acceptClock }) {
  const { draft } = prepared;
  const submitted = checkOpening(draft.submit);
  const { mailbox } = await keysOf(draft.words, channel.origin);
  const before = [leafOf(submitted.event, submitted.r)];
  const checked = await readAnswer(answer, channel, { mailbox, before, since, until, acceptClock });
  checkReceived(checked.event, submitted, prepared);
  checkHead(checked, prepared);
  const key = await openKey({ ...draft, received: opening(checked.event, checked.r) });
  const receipt = makeReceipt({ channel, promise: checked.promiseNote, heads: [checked.headNote] });
  return { key, bytes: keyBytes(key), receipt, sealed: prepared.bundle };
}

function checkReceived(event, { event: submitted, r }, { bodies, filing }) {
  const committed = toHex(commitment(submitted, r));
  const { origin, case: id, charter, roster } = submitted;
  const wanted = { type: "received", seq: 1, origin, case: id, charter, roster, commitment: committed, prev: committed, bodies, filing };
  for (const [name, value] of Object.entries(wanted)) if (!same(dump([event[name] ?? ""]), dump([value]))) refuse(CODE, `another-${name}`);
}

// A filing sent again may be answered when the case has gone on: then the head counts more, and following checks it.
function checkHead({ head, event, r }, { mailboxItem }) {
  const chain = chainOf([fromHex(mailboxItem), itemHash({ n: 1, body: "", event, r })]);
  if (head.count === 2 && !same(chain[2], head.last)) refuse(CODE, "another-head");
}
