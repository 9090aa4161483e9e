// SPDX-License-Identifier: AGPL-3.0-or-later
// Talking to a channel's server. As src/demur/client/http.py.
//
// No cookies, no referrer, no redirect followed, nothing cached: a filing goes where the channel says or nowhere, and leaves nothing behind.
// Every request of the protocol may be sent twice (spec/filing.md), so a lost answer is asked for again. What a browser says of itself in its
// own headers it says here too; the command line says less.

import { Refusal, refuse } from "./errors.js";
import { fromUtf8 } from "./record/texts.js";

const ATTEMPTS = 3;
const PAUSE = 500; // milliseconds before the second attempt; twice that before the third
const PATIENCE = 30_000; // milliseconds for an answer
const SLOWEST = 4; // bytes a millisecond: what is sent may take its time on a slow link
const MAX_ANSWER = 67_108_864; // bytes; a mailbox page or one sealed file
const MAX_SENTENCE = 400; // letters of a server's own words that are shown

// The server at `address`, such as "https://dissent.example.org". Each call gives the answer's body, or throws "unreachable", "server"
// {status, code, sentence} or "bad-answer". `headers` may be a function: called anew for each attempt, for signatures that hold once.
export function serverAt(address, { fetch: ask = globalThis.fetch, pause = PAUSE } = {}) {
  const once = (method, path, body, headers) => request(ask, address, { method, path, body, headers });
  const send = (method, path, body, headers) => patiently(() => once(method, path, body, headers), pause);
  const typed = (headers, type) => async () => ({ ...(await fresh(headers)), "Content-Type": type });
  const server = {
    address,
    get: (path, headers) => send("GET", path, undefined, headers),
    getText: async (path, headers) => fromUtf8(await server.get(path, headers), "bad-answer"),
    getJson: async (path, headers) => readObject(await server.get(path, headers)),
    post: (path, body, { type = "application/json", headers } = {}) => send("POST", path, body, typed(headers, type)),
    postJson: async (path, body, options) => readObject(await server.post(path, body, options)),
    putJson: async (path, body, headers) => readObject(await send("PUT", path, body, typed(headers, "application/octet-stream"))),
    put: (path, body, { type = "application/octet-stream", headers } = {}) => send("PUT", path, body, typed(headers, type)),
    delete: (path, headers) => send("DELETE", path, undefined, headers),
  };
  return Object.freeze(server);
}

async function patiently(work, pause) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== "unreachable" || attempt === ATTEMPTS) throw error;
      await new Promise((resume) => setTimeout(resume, pause * attempt));
    }
  }
}

async function request(ask, address, { method, path, body, headers }) {
  const signal = AbortSignal.timeout(PATIENCE + Math.ceil((body?.length ?? 0) / SLOWEST));
  const options = { credentials: "omit", cache: "no-store", redirect: "manual", referrerPolicy: "no-referrer" };
  let answer, data;
  try {
    answer = await ask(address + path, { method, body, headers: await fresh(headers), signal, ...options });
    data = new Uint8Array(await answer.arrayBuffer());
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("unreachable", { late: error.name === "TimeoutError" });
  }
  if (data.length > MAX_ANSWER) refuse("bad-answer", "too-large");
  if (answer.type === "opaqueredirect" || (answer.status >= 300 && answer.status < 400)) refuse("bad-answer", "redirect");
  return answer.ok ? data : refused(answer.status, data);
}

async function fresh(headers = {}) {
  return typeof headers === "function" ? headers() : headers;
}

function readObject(data) {
  let value;
  try {
    value = JSON.parse(fromUtf8(data, "bad-answer"));
  } catch {
    refuse("bad-answer", "not-json");
  }
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : refuse("bad-answer", "not-an-object");
}

function refused(status, data) {
  let told = {};
  try {
    told = readObject(data);
  } catch {
    // a proxy's page, say: nothing of it is shown
  }
  const known = typeof told.code === "string" && typeof told.error === "string" && told.error !== "";
  const code = known ? told.code.slice(0, 40) : "unknown";
  const sentence = known ? told.error.slice(0, MAX_SENTENCE).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd") : "";
  throw new Refusal("server", { status, code, sentence, bits: told.bits, challenge: told.challenge });
}
