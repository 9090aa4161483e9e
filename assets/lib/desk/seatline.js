// SPDX-License-Identifier: AGPL-3.0-or-later
// A seat's line to its server: every request signed anew by the seat's key (PROTOCOL section 1). As src/demur/client/seatline.py.
//
// There is no session to steal. A request that is sent again after a lost answer carries another nonce, because the server takes each
// signature once. The token of a case stands inside the grant: a server that was never told it cannot be asked about the case.

import { toHex } from "../bytes.js";
import { Refusal } from "../errors.js";
import { signRequest } from "./requests.js";

const NOTHING = new Uint8Array(0);
const SEAT = /^[a-z0-9][a-z0-9_-]{0,63}$/;

// A line: `server` is of http.js, `key` of keyfile.js, `clock()` gives POSIX seconds. Each call gives and throws what the server's does.
export function seatLine({ server, channel, seat, key, clock }) {
  // A seat id goes into a header and an address: it must be able to be neither.
  if (!SEAT.test(seat)) throw new Refusal("no-seat", { seat: "" });
  const prefix = new URL(server.address).pathname.replace(/\/$/, ""); // the server sees the whole path, also under a prefix of its host
  const signed = (method, path, body, token) => async () => {
    const nonce = toHex(crypto.getRandomValues(new Uint8Array(16)));
    const about = { seat, method, path: prefix + path, body, origin: channel.origin, now: clock(), nonce };
    return { Authorization: await signRequest(key.seed, about), ...(token === "" ? {} : { "Demur-Token": token }) };
  };
  const line = {
    ...{ server, channel, seat, key, clock },
    get: (path, token = "") => server.get(path, signed("GET", path, NOTHING, token)),
    getJson: (path, token = "") => server.getJson(path, signed("GET", path, NOTHING, token)),
    postJson: (path, body, { type = "application/json", token = "" } = {}) => server.postJson(path, body, { type, headers: signed("POST", path, body, token) }),
    putJson: (path, body) => server.putJson(path, body, signed("PUT", path, body, "")),
    delete: (path) => server.delete(path, signed("DELETE", path, NOTHING, "")),
  };
  return Object.freeze(line);
}
