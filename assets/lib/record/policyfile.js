// SPDX-License-Identifier: AGPL-3.0-or-later
// The lines of a trust policy (c2sp.org/tlog-policy) in the one form that Demur writes. As src/demur/record/policyfile.py.
//
// C2SP allows comments, free spacing and any order. A policy's SHA-256 stands in promises and its text in the channel's digest, so here
// one policy has one text, and every other text is refused.

import { refuse, Refusal } from "../errors.js";
import { cosignerKey } from "./cosignature.js";
import { logKey } from "./note.js";
import { checkOrigin, same } from "./texts.js";

export const LOG_PQ = "log-pq";
const MAX_LINES = 66; // a log, 32 witnesses, 32 groups and a quorum, as C2SP asks of implementations
const CODE = "policy";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const ADDRESS = new RegExp(
  `^https?://(?=[!-~]{1,300}$)(?:${LABEL}(?:\\.${LABEL})*|\\[(?<six>[0-9A-Fa-f:.]+)\\])(?::(?<port>[1-9][0-9]{0,4}))?(?:/[!-~]*)?$`,
);
const STAGES = ["log", "witness", "group", "quorum"];

// {log, witnesses: Map name -> key, groups: Map name -> {k, members}, quorum}
export function readLines(text) {
  if (!/^[\x00-\x7f]*\n$/.test(text)) refuse(CODE, "not-ascii-lines");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length > MAX_LINES) refuse(CODE, "too-many-lines");
  const read = { log: undefined, witnesses: new Map(), groups: new Map(), quorum: "", used: new Set() };
  let stage = 0;
  for (const line of lines) {
    const [word, ...rest] = line.split(" ");
    const at = STAGES.indexOf(word);
    if (at < stage || rest.length === 0 || rest.includes("") || read.quorum) refuse(CODE, "not-its-one-form");
    stage = at;
    [readLog, readWitness, readGroup, readQuorum][at](read, rest);
  }
  if (!read.log || !read.quorum || !read.witnesses.has(LOG_PQ)) refuse(CODE, "incomplete");
  return read;
}

function readLog(read, rest) {
  if (read.log || rest.length !== 1) refuse(CODE, "one-log");
  read.log = key(logKey, rest[0]);
  checkOrigin(read.log.name, CODE);
}

function readWitness(read, rest) {
  const [name, vkey, url = "http://none"] = rest;
  if (rest.length < 2 || rest.length > 3 || !isAddress(url)) refuse(CODE, "witness-line");
  const witness = key(cosignerKey, vkey);
  if ((name === LOG_PQ) !== (read.witnesses.size === 0)) refuse(CODE, "log-pq-first");
  const taken = [read.log, ...read.witnesses.values()].filter((known) => known !== undefined);
  if (taken.some((known) => same(known.bytes, witness.bytes))) refuse(CODE, "one-key-twice");
  read.witnesses.set(fresh(read, name), witness);
}

// Whether a witness can be asked there: http or https, a host by name or number, a port from 1 to 65535, a path.
export function isAddress(url) {
  const found = ADDRESS.exec(url);
  if (!found || /[?#]/.test(url) || Number(found.groups.port ?? 1) > 65535) return false;
  try {
    return found.groups.six === undefined || new URL(`http://[${found.groups.six}]/`).port === "";
  } catch {
    return false;
  }
}

function readGroup(read, rest) {
  const [name, rule, ...members] = rest;
  if (members.length === 0) refuse(CODE, "group-line");
  const k = least(rule, members.length);
  if (k < 1 || k > members.length) refuse(CODE, "group-size");
  for (const member of members) {
    // A member in two groups would count twice, and the quorum would be smaller than it looks.
    if (!known(read, member) || read.used.has(member)) refuse(CODE, "group-member");
    read.used.add(member);
  }
  read.groups.set(fresh(read, name), Object.freeze({ k, members }));
}

function least(rule, members) {
  if (rule === "all") return members;
  if (rule === "any") return 1;
  return /^[1-9][0-9]?$/.test(rule) ? Number(rule) : 0;
}

function readQuorum(read, rest) {
  if (rest.length !== 1 || !known(read, rest[0])) refuse(CODE, "quorum-line");
  [read.quorum] = rest;
}

function known(read, name) {
  return read.witnesses.has(name) || read.groups.has(name);
}

function fresh(read, name) {
  const good = /^[a-z0-9][a-z0-9._/-]{0,119}$/.test(name) && name !== "none" && !known(read, name);
  return good ? name : refuse(CODE, "name");
}

function key(read, vkey) {
  try {
    return read(vkey);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return refuse(CODE, error.message);
  }
}
