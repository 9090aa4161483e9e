// SPDX-License-Identifier: AGPL-3.0-or-later
// The author's acts: a message, a withdrawal, a report that a record differs from what was sealed. As src/demur/client/acting.py.
//
// An act names the last event that its author had read. Nothing that others do meanwhile takes the right to write away; only where the seats
// changed, the thread is read again and the act is signed anew.

import * as age from "./age.js";
import { readAnswer } from "./answers.js";
import { makeBundle, MEDIA_TYPE } from "./bundle.js";
import { fromHex, toHex } from "./bytes.js";
import { dump } from "./canonical.js";
import { checkDirectory } from "./charter/inforce.js";
import { pack } from "./container.js";
import { shortDocument } from "./documents/short.js";
import { Refusal, refuse } from "./errors.js";
import { actHash, actOf, makeAct, salted, signAct, verifyAct } from "./events.js";
import { bearer } from "./mailbox.js";
import { baseManifest } from "./manifests.js";
import { checkMay } from "./may.js";
import { withAct, withHead } from "./receipt.js";
import { same, utf8 } from "./record/texts.js";
import { nextState } from "./states.js";
import { working } from "./work.js";

const TRIES = 4;
const CODE = "bad-answer";

// Acts on the case that `follow()` reads anew for each try; gives the receipt with the act's promise and the new head, undefined if there is
// none. `fields` are the act's own members, `text` what is sealed with it ("" for nothing); `clock()` gives POSIX seconds; `tell` is
// told {stage: "work", bits}. Several reports share one `ground` {thread}: they conflict with nothing, so the case is not read again between.
export async function act(server, verb, { text = "", fields = {}, ground = {}, follow, clock, acceptClock = false, tell = () => {} }) {
  for (let left = TRIES - 1; ; left -= 1) {
    ground.thread ??= await follow();
    const { thread } = ground;
    checkMay(thread.charter, verb, "", thread.story);
    if (verb !== "readable") nextState(thread.story.state, verb); // what the table does not know of: a case closed as not to be read
    try {
      const receipt = await send(server, verb, ground, { text, fields, clock, acceptClock, tell });
      ground.thread = { ...thread, receipt };
      return receipt;
    } catch (error) {
      const moved = error instanceof Refusal && error.code === "server" && error.facts.code === "moved-on";
      if (!moved) throw error;
      if (left === 0) throw new Refusal("moved-on");
      ground.thread = ground.inForce = undefined;
    }
  }
}

async function send(server, verb, ground, { text, fields, clock, acceptClock, tell }) {
  const { thread } = ground;
  const { key, charter, mailbox } = thread;
  const size = utf8(text).length;
  if (size > charter.limits.text_bytes) throw new Refusal("too-large", { what: "text_bytes", have: size, most: charter.limits.text_bytes });
  const began = clock();
  ground.inForce ??= await checkDirectory(await server.getJson("/api/v1/directory"), thread.channel, { now: began });
  const { channel, directory } = ground.inForce;
  const last = mailbox.items.at(-1);
  const seen = { seq: last.n, commitment: toHex(last.commitment) };
  const place = { seen, key: toHex(key.public), roster: directory.roster };
  const about = { origin: key.origin, case: key.case, charter: key.submitted.charter, seat: "", ...place };
  const sealed = text === "" ? undefined : await sealedText(verb, text, key, about);
  const body = sealed === undefined ? "" : await salted(fromHex(key.salt), sealed);
  const made = makeAct(verb, { ...about, body, ...fields });
  const signature = await signAct(made, key.keys.sign);
  const header = { v: 1, type: "act", act: made, signature };
  const bundle = await makeBundle(header, sealed === undefined ? [] : [["body", sealed]]);
  const path = `/api/v1/mailbox/${key.keys.mailbox}/acts`;
  const post = (stamp) => server.postJson(path, bundle, { type: MEDIA_TYPE, headers: { ...bearer(key.keys), ...stamp } });
  const how = { origin: key.origin, kind: "filing", tell: (bits) => tell({ stage: "work", bits }) };
  const told = await working(server, `${key.case}/${toHex(actHash(made))}`, post, how);
  const window = { mailbox: key.keys.mailbox, since: began, until: clock(), acceptClock };
  return checked(await readAnswer(told, channel, window), { made, signature, thread });
}

// Who reads is who read the filing: the same rows as the author signed then.
async function sealedText(verb, text, key, about) {
  const { recipients } = key.manifest;
  const manifest = baseManifest(verb, { ...about, caseKey: key.caseRecipient, recipients, names: [`${verb}.json`] });
  const packed = await pack(manifest, [shortDocument(verb, text)], key.keys.sign);
  return age.seal(packed.bytes, [key.caseRecipient, key.keys.recipient]);
}

async function checked({ event, promiseNote, headNote }, { made, signature, thread }) {
  await verifyAct(event, thread.key.public);
  if (!same(dump(actOf(event)), dump(made)) || event.signature !== signature) refuse(CODE, "another-act");
  return thread.receipt && withHead(withAct(thread.receipt, { promise: promiseNote }), headNote);
}
