// SPDX-License-Identifier: AGPL-3.0-or-later
// What both of an author's workers share: the channel, and what is in force there, proven. The shapes stand at the top of worker.js.
//
// Everything lives in this one object and ends with it. `server` is of lib/http.js, `clock()` gives POSIX seconds.

import { readChannel } from "../../lib/charter/channel.js";
import { readCharter } from "../../lib/charter/model.js";
import { keyBytes } from "../../lib/authorkey.js";
import { under } from "../../lib/errors.js";
import { askInForce } from "../../lib/memory.js";
import { fromUtf8 } from "../../lib/record/texts.js";

export class Visit {
  memory = { found: undefined };
  channel = undefined;
  charter = undefined; // the model of the charter in force

  constructor({ server, clock }) {
    this.server = server;
    this.clock = clock;
  }

  // The methods named, as rpc.js serves them.
  serving(names) {
    return Object.fromEntries(names.map((name) => [name, (params = {}, tell = () => {}) => this[name](params, tell)]));
  }

  // Proves what is in force.
  async look() {
    await this.inForce();
    return {};
  }

  // The channel as this server shows it: a browser holds no other; the page shows its words, for the author to compare.
  async knownChannel() {
    if (this.channel === undefined) {
      const { channel } = await this.server.getJson("/api/v1/channel");
      this.channel = await under("bad-answer", () => readChannel(channel));
    }
    return this.channel;
  }

  // What is in force, held against what this page has seen and the checkpoints `kept`.
  async inForce(kept = []) {
    const channel = await this.knownChannel();
    const found = await askInForce(this.server, channel, { memory: this.memory, now: this.clock(), kept });
    this.channel = found.channel;
    this.charter = await under("bad-answer", () => readCharter(found.charter));
    return found;
  }

  async forget() {
    this.memory = { found: undefined };
    this.channel = this.charter = undefined;
    return {};
  }
}

// The key file as text, and what the files of a case are called.
export function keyText(key) {
  return fromUtf8(keyBytes(key), "key-file");
}

export function stemOf(key) {
  return `demur-${key.case.slice(0, 8)}`;
}
