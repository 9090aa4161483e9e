// SPDX-License-Identifier: AGPL-3.0-or-later
// What a seat's client keeps on the server for itself: the list of cases, drafts. Format: spec/kept.md. Python does not need it: `K.index`
// lies beside the key.
//
// Each is a container signed by the seat and sealed to the seat, under a name made by HMAC from the seat's key: the server can neither tell
// which case a blob is about, nor plant one, nor put one in another's place. It can give back an older one; only one
// older than this page saw is noticed.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as noble } from "@noble/hashes/sha2.js";
import * as age from "../age.js";
import { sha256, toHex } from "../bytes.js";
import { dump, load } from "../canonical.js";
import { exact } from "../charter/channel.js";
import { pack, unpack } from "../container.js";
import { Refusal, refuse, under } from "../errors.js";
import { same, utf8 } from "../record/texts.js";

export const KEPT_FLOOR = 16 * 1024; // bytes of a container: one size for all that is small
export const KEPT_MOST = 256 * 1024; // bytes of a sealed blob
const FILE = "kept.json";
const NO_CASE = "0".repeat(32); // a container names a case; a kept blob is of none, that anybody could see
const DOMAIN = "demur/kept/v1";
const CODE = "kept";

// The blobs of one seat, for as long as its key is unlocked.
export class Kept {
  #line;
  #secret;
  #seen = new Map(); // logical name -> {hash of the sealed blob, count}
  #turns = new Map(); // logical name -> what is under way there

  constructor(line) {
    this.#line = line;
    this.#secret = hmac(noble, line.key.seed, utf8(DOMAIN));
  }

  get line() {
    return this.#line;
  }

  // Goes on over another line of the same key: the channel's policy changed, say.
  connect(line) {
    this.#line = line;
  }

  // Where a logical name lies, 64 hex digits: only the key's holder can make it, or tell what it was made from.
  nameOf(logical) {
    return toHex(hmac(noble, this.#secret, utf8(logical)));
  }

  // What is kept under a logical name, undefined if nothing. Throws "kept" for what this seat did not put there, or an older one than this
  // page saw.
  load(logical) {
    return this.#inTurn(logical, () => this.#load(logical));
  }

  // One thing at a time under a name: a draft that is saved while it is being saved is no other window's.
  #inTurn(logical, work) {
    const turn = (this.#turns.get(logical) ?? Promise.resolve()).then(work, work);
    this.#turns.set(logical, turn.catch(() => {}));
    return turn;
  }

  async #load(logical) {
    let sealed;
    try {
      sealed = await this.#line.get(this.#path(logical));
    } catch (error) {
      if (!(error instanceof Refusal) || error.facts.status !== 404) throw error;
      if ((this.#seen.get(logical)?.count ?? 0) > 0) refuse(CODE, "gone");
      this.#seen.set(logical, { hash: "", count: 0 });
      return undefined;
    }
    const before = this.#seen.get(logical)?.count ?? 0;
    const hash = toHex(await sha256(sealed));
    this.#seen.set(logical, { hash, count: before }); // what does not open is replaced, not kept for ever
    const { count, value } = await this.#opened(logical, sealed);
    if (count < before) refuse(CODE, "older");
    this.#seen.set(logical, { hash, count });
    return value;
  }

  // Keeps `value` (canonical JSON) in the place of what was loaded or saved last. Throws "kept-elsewhere" where another window has kept a
  // newer one since, "too-large", "full".
  save(logical, value) {
    return this.#inTurn(logical, () => this.#save(logical, value));
  }

  async #save(logical, value) {
    const before = this.#seen.get(logical) ?? { hash: "", count: 0 };
    const count = before.count + 1;
    const sealed = await this.#sealed(logical, count, value);
    if (sealed.length > KEPT_MOST) throw new Refusal("too-large", { what: "kept", have: sealed.length, most: KEPT_MOST });
    await this.#sent(`${this.#path(logical)}?was=${before.hash}`, sealed);
    this.#seen.set(logical, { hash: toHex(await sha256(sealed)), count });
  }

  // Removes what is kept under a logical name.
  drop(logical) {
    return this.#inTurn(logical, async () => {
      await this.#line.delete(this.#path(logical));
      this.#seen.set(logical, { hash: "", count: 0 });
    });
  }

  async #sent(path, sealed) {
    try {
      await this.#line.putJson(path, sealed);
    } catch (error) {
      const code = error instanceof Refusal && error.code === "server" ? error.facts.code : "";
      if (code === "moved-on") throw new Refusal("kept-elsewhere");
      if (code === "full") throw new Refusal("full");
      throw error;
    }
  }

  async #sealed(logical, count, value) {
    const { channel, seat, key } = this.#line;
    const document = dump({ v: 1, type: "kept", origin: channel.origin, channel: channel.digest, seat, name: logical, count, value });
    const manifest = { v: 1, type: "kept", origin: channel.origin, case: NO_CASE, files: [{ name: FILE }] };
    const { bytes } = await pack(manifest, [document], key.seed, { floor: KEPT_FLOOR });
    return age.seal(bytes, [key.recipient]);
  }

  async #opened(logical, sealed) {
    const { channel, seat, key } = this.#line;
    const document = await under(CODE, async () => {
      const { files } = await unpack(await age.open(sealed, [key.identity]), { by: key.public, floor: KEPT_FLOOR });
      return read(files.get(FILE));
    });
    const { v, type, origin, channel: digest, seat: whose, name, count, value } = document;
    if (v !== 1 || type !== "kept" || !Number.isSafeInteger(count) || count < 1) refuse(CODE, "form");
    // The log's keys and the officers of the channel that this key worked for before: another channel under the same name is caught here.
    if (origin !== channel.origin || digest !== channel.digest) throw new Refusal("other-channel");
    return whose === seat && name === logical ? { count, value } : refuse(CODE, "another-place");
  }

  #path(logical) {
    return `/api/v1/seats/${this.#line.seat}/kept/${this.nameOf(logical)}`;
  }
}

function read(data) {
  let document;
  try {
    document = load(data ?? new Uint8Array(0));
  } catch {
    refuse(CODE, "not-canonical");
  }
  if (!exact(document, ["v", "type", "origin", "channel", "seat", "name", "count", "value"])) refuse(CODE, "members");
  return same(dump(document), data) ? document : refuse(CODE, "not-canonical");
}
