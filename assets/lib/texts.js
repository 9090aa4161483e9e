// SPDX-License-Identifier: AGPL-3.0-or-later
// Opening the sealed texts of a thread, for its author and for every seat; it never throws for what somebody wrote. As
// src/demur/client/texts.py.
//
// A text that does not open, was not signed by who the event says, or is no document of its kind is unreadable. One that opens but says
// something else than its event or the case is a mismatch, and `fault` names the fact: "body" (another sealed file than the one recorded),
// "manifest", "answers" (a reply that leaves out, repeats or invents a claim), or a member of the event. A text that the server lacks (`sealed` is undefined) is "missing", and
// reported as unreadable.

import * as age from "./age.js";
import { unpack } from "./container.js";
import { readReply, replyFault } from "./documents/reply.js";
import { readShort } from "./documents/short.js";
import { Refusal, accepted, refuse } from "./errors.js";
import { isKnown, salted } from "./events.js";
import { checkManifest, placeOf } from "./manifests.js";

// The sealed text of an event: {kind, text, reply, fault}. `identities` open it, `salt` (bytes) is the case's, `by` (bytes) must have signed
// it; `dissent` is what a reply is held against, undefined where it cannot be had, `most` how many claims the charter allows.
export async function openText(sealed, { event }, { identities, salt, dissent, most, by }) {
  const nothing = { kind: event.type, text: "", reply: undefined, fault: "" };
  if (sealed === undefined) return { ...nothing, fault: "missing" };
  if ((await salted(salt, sealed)) !== event.body) return { ...nothing, fault: "body" };
  if (!isKnown(event)) return nothing;
  try {
    const { manifest, files } = await unpack(await age.open(sealed, identities), { by });
    if (files.size !== 1) refuse("document", "files");
    const [data] = files.values();
    // A text that was written for another act was moved here, and is not shown.
    if (!accepted(() => checkManifest(manifest, placeOf(event)))) return { ...nothing, fault: "manifest" };
    if (event.type !== "reply") return { ...nothing, text: readShort(event.type, data) };
    const reply = readReply(data);
    if (event.v > 1 && reply.v === 1) return { ...nothing, reply, fault: "v" }; // the rules of version 1 ask less of a reply
    return { ...nothing, reply, fault: replyFault(reply, event, dissent, most) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ...nothing, fault: "unreadable" };
  }
}

