// SPDX-License-Identifier: AGPL-3.0-or-later
// X25519 (RFC 7748) alone. Takes the place of @noble/curves/ed25519.js in the workers for browsers that sign with Ed25519 themselves: that file
// would carry the whole Edwards curve along. The chain of multiplications is that library's (MIT); a test holds the two against each other.

import { montgomery } from "@noble/curves/abstract/montgomery.js";
import { mod, pow2 } from "@noble/curves/abstract/modular.js";

const P = 2n ** 255n - 19n;

export const x25519 = /* @__PURE__ */ montgomery({ P, type: "x25519", powPminus2: inverse, adjustScalarBytes: clamped });

// Not here: lib/ed25519.js asks the browser, and the page takes the other worker where it cannot (pages/author/begin.js).
export const ed25519 = undefined;

// x^(p - 2)
function inverse(x) {
  const times = (base, n, by) => (pow2(base, n, P) * by) % P;
  const b2 = (((x * x) % P) * x) % P;
  const b5 = times(times(b2, 2n, b2), 1n, x);
  const b10 = times(b5, 5n, b5);
  const b20 = times(b10, 10n, b10);
  const b40 = times(b20, 20n, b20);
  const b80 = times(b40, 40n, b40);
  const b160 = times(b80, 80n, b80);
  const b250 = times(times(b160, 80n, b80), 10n, b10);
  return mod(times(times(b250, 2n, x), 3n, b2), P);
}

function clamped(bytes) {
  bytes[0] &= 248;
  bytes[31] = (bytes[31] & 127) | 64;
  return bytes;
}
