// SPDX-License-Identifier: AGPL-3.0-or-later
// Makes documents as the browser does: one line of JSON in, {"dissent", "original": base64} or {"refused": code} out.

import { createInterface } from "node:readline";
import { dissentDocument, readDissent } from "../../assets/lib/documents/dissent.js";
import { decoded, fromTemplate, fromText, paragraphs } from "../../assets/lib/documents/made.js";
import { readReply } from "../../assets/lib/documents/reply.js";
import { makeReply } from "../../assets/lib/documents/replying.js";
import { Refusal } from "../../assets/lib/errors.js";

const base64 = (bytes) => Buffer.from(bytes).toString("base64");
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

const MAKERS = {
  text({ name, text, claims }) {
    const made = fromText({ name, bytes: bytes(text), claims });
    return { ...shown(made), paragraphs: paragraphs(decoded(bytes(text))) };
  },
  template: (answers) => shown(fromTemplate(answers)),
  reply: ({ reply, claims, most }) => ({ reply: base64(makeReply(reply, { claims, prompts: {} }, { most }).bytes) }),
  read: ({ kind, data }) => ({ read: (kind === "reply" ? readReply : readDissent)(bytes(data)) }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { make, ...params } = JSON.parse(line);
  let answer;
  try {
    answer = MAKERS[make](params);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer = { refused: error.code };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function shown({ dissent, original }) {
  return { dissent: base64(dissentDocument(dissent)), original: base64(original) };
}
