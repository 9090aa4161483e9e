// SPDX-License-Identifier: AGPL-3.0-or-later
// Requests that seats sign. Format: spec/seat-request.md; as src/demur/seal/requests.py.

import { sha256, toHex } from "../bytes.js";
import { dump } from "../canonical.js";
import { sign } from "../signing.js";

export const DOMAIN = "demur/request/v1";

// The value of the Authorization header. `path` includes the query; `nonce` is 32 fresh hex digits, `now` POSIX seconds.
export async function signRequest(seed, { seat, method, path, body, origin, now, nonce }) {
  const said = { body: toHex(await sha256(body)), method, nonce, origin, path, seat, time: now };
  const signature = toHex(await sign(seed, DOMAIN, dump(said)));
  return `Demur-Seat seat=${seat},time=${now},nonce=${nonce},signature=${signature}`;
}
