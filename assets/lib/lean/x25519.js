// SPDX-License-Identifier: AGPL-3.0-or-later
// X25519 (RFC 7748, section 5) alone. Takes the place of @noble/curves/ed25519.js in the workers for browsers that sign with Ed25519 themselves:
// that file would carry the whole Edwards curve along. Names, answers and refusals are those of that library; a test holds the two against each
// other. As there, numbers are BigInt, and the steps taken do not depend on the secret.

const P = 2n ** 255n - 19n;
const BASE = Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 9 : 0));

export const x25519 = Object.freeze({
  GuBytes: BASE,
  scalarMult,
  scalarMultBase: (scalar) => scalarMult(scalar, BASE),
  getPublicKey: (scalar) => scalarMult(scalar, BASE),
  getSharedSecret: scalarMult,
});

// Not here: lib/ed25519.js asks the browser, and the page takes the other worker where it cannot (pages/author/begin.js).
export const ed25519 = undefined;

// The u-coordinate (32 bytes) of `scalar` times the point with this one. Throws where that is zero: everybody knows such a secret.
function scalarMult(scalar, u) {
  const found = ladder(clamped(scalar), little(u) & (2n ** 255n - 1n));
  if (found === 0n) throw new TypeError("a point of low order");
  return Uint8Array.from({ length: 32 }, (_, at) => Number((found >> BigInt(8 * at)) & 255n));
}

function ladder(k, u) {
  const x1 = u % P;
  let [x2, z2, x3, z3, swapped] = [1n, 0n, x1, 1n, 0n];
  for (let at = 254n; at >= 0n; at -= 1n) {
    const bit = (k >> at) & 1n;
    [x2, x3] = swap(swapped ^ bit, x2, x3);
    [z2, z3] = swap(swapped ^ bit, z2, z3);
    swapped = bit;
    const [a, b, c, d] = [x2 + z2, x2 - z2, x3 + z3, x3 - z3];
    const [aa, bb, da, cb] = [(a * a) % P, (b * b) % P, (d * a) % P, (c * b) % P];
    const e = aa - bb;
    x3 = (da + cb) ** 2n % P;
    z3 = (x1 * ((da - cb) ** 2n % P)) % P;
    x2 = (aa * bb) % P;
    z2 = (e * (aa + 121665n * e)) % P;
  }
  [x2] = swap(swapped, x2, x3);
  [z2] = swap(swapped, z2, z3);
  return (((x2 * inverse(z2)) % P) + P) % P;
}

// Both, exchanged where `bit` is 1.
function swap(bit, left, right) {
  const by = bit * (left - right);
  return [left - by, right + by];
}

// x^(p - 2)
function inverse(x) {
  let found = 1n;
  for (let at = 254n; at >= 0n; at -= 1n) {
    found = (found * found) % P;
    if (((P - 2n) >> at) & 1n) found = (found * x) % P;
  }
  return found;
}

function clamped(bytes) {
  return (little(bytes) & (2n ** 254n - 8n)) | (2n ** 254n);
}

function little(bytes) {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32) throw new TypeError("not 32 bytes");
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
