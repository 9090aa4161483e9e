// SPDX-License-Identifier: AGPL-3.0-or-later
// A browser that is shown signed things and notices, or does not, that no honest log can have signed them all. Reads
// {channel, kind, parts} as JSON, a line each; answers with the evidence's text, "" where there is nothing to notice.

import { createInterface } from "node:readline";
import { fromHex } from "../../../assets/lib/bytes.js";
import { readNamed, rolledBack } from "../../../assets/lib/charter/named.js";
import { openDirectory } from "../../../assets/lib/charter/directory.js";
import { checkStatement } from "../../../assets/lib/charter/officers.js";
import { choose } from "../../../assets/lib/ed25519.js";
import { Refusal } from "../../../assets/lib/errors.js";
import { readChannelLine } from "../../../assets/lib/receipt.js";
import * as signs from "../../../assets/lib/record/contradictions.js";
import { caseEntry, commit, readableEntry } from "../../../assets/lib/record/entry.js";
import * as evidence from "../../../assets/lib/record/evidence.js";
import { openHead } from "../../../assets/lib/record/head.js";
import { leafHash } from "../../../assets/lib/record/merkle.js";
import { accept } from "../../../assets/lib/record/policy.js";
import { openPromise } from "../../../assets/lib/record/promise.js";
import { verifyProof } from "../../../assets/lib/record/proof.js";
import { hashesFrom, same } from "../../../assets/lib/record/texts.js";

const hashes = (lines) => hashesFrom(lines.split("\n").slice(0, -1), "evidence");

const NOTICING = {
  async "unsigned-roster"(channel, { directory, roster }) {
    const [said, entry] = [await openDirectory(directory, channel.logKey), JSON.parse(roster)];
    if (said.roster !== Buffer.from(leafHash(readableEntry(entry))).toString("hex") || (await officersSigned(entry, channel))) return "";
    return evidence.unsignedRoster(channel, { directory, roster: entry });
  },
  async "older-statement"(channel, parts) {
    const seen = { note: parts.seen, line: parts["seen-statement"] };
    const shown = { note: parts.shown, line: parts["shown-statement"] };
    return rolledBack(await readNamed(channel, seen), await readNamed(channel, shown)) && evidence.olderStatement(channel, { seen, shown });
  },
  async "shorter-thread"(channel, parts) {
    const [older, newer] = await both(openHead, channel.logKey, parts.older, parts.newer);
    return signs.contradict(older, newer) && evidence.shorterThread(channel, parts);
  },
  async "changed-item"(channel, parts) {
    const [older, newer] = await both(openHead, channel.logKey, parts.older, parts.newer);
    const items = hashes(parts.items);
    return signs.replaced(older, newer, items) && evidence.changedItem(channel, { ...parts, items });
  },
  async "withheld-item"(channel, parts) {
    const [head, opening] = [await openHead(parts.head, channel.logKey), JSON.parse(parts.opening)];
    const leaf = leafHash(caseEntry(commit(opening.event, fromHex(opening.r))));
    const place = await verifyProof(parts.proof, leaf, channel.policy);
    const told = { index: place.index, recorded: signs.logTime(place) };
    const missing = signs.withheld(head, opening.event.seq, told);
    return missing && evidence.withheldItem(channel, { ...parts, items: hashes(parts.items), opening });
  },
  async "broken-promise"(channel, { promise, checkpoint, hashes: lines }) {
    const [made, later, leaves] = [await openPromise(promise, channel.logKey), await accept(channel.policy, checkpoint), hashes(lines)];
    const kept = made.entries.every((leaf) => leaves.some((row) => same(row, leaf)));
    return signs.laterThan(made.notAfter, later) && !kept && evidence.brokenPromise(channel, { promise, checkpoint, leaves });
  },
  async "forked-record"(channel, { older, newer, hashes: lines }) {
    const [first, second] = [await accept(channel.policy, older), await accept(channel.policy, newer)];
    if (lines === undefined) return signs.twoRoots(first, second) && evidence.forkedRecord(channel, { older, newer });
    const leaves = hashes(lines);
    return signs.rewritten(first, second, leaves) && evidence.forkedRecord(channel, { older, newer, leaves });
  },
  async "back-dated"(channel, { smaller, head, larger }) {
    const tree = await accept(channel.policy, larger);
    if (smaller !== undefined) {
      return signs.wentBack(await accept(channel.policy, smaller), tree) && evidence.backDated(channel, { smaller, larger });
    }
    return signs.wentBackAfter(await openHead(head, channel.logKey), tree) && evidence.backDated(channel, { head, larger });
  },
};

async function officersSigned(statement, channel) {
  try {
    await checkStatement(statement, channel);
    return true;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return false;
  }
}

function both(open, key, ...texts) {
  return Promise.all(texts.map((text) => open(text, key)));
}

choose(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const { channel, kind, parts } = JSON.parse(line);
  const text = (await NOTICING[kind](await readChannelLine(channel, "evidence"), parts)) || "";
  process.stdout.write(`${JSON.stringify(text)}\n`);
}
