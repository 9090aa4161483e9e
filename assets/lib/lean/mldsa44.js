// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether an ML-DSA-44 signature holds (FIPS 204, algorithms 3 and 8, with an empty context). Takes the place of @noble/post-quantum/ml-dsa.js
// in our bundles, which carries key generation, signing and two more sizes along; the transform, the coder of bits and the hashes are that
// library's, and a test holds the verdicts of both against each other.
//
// Everything here is public, so nothing runs in constant time.

import { shake256 } from "@noble/hashes/sha3.js";
import { genCrystals, XOF128 } from "@noble/post-quantum/_crystals.js";
import { concat, same } from "../record/texts.js";

const [N, Q, D] = [256, 8380417, 13];
const [SIZE, TAU, OMEGA] = [4, 39, 80]; // rows and columns of the matrix; ones in the challenge; ones in all hints
const [GAMMA1, GAMMA2, BETA] = [2 ** 17, (Q - 1) / 88, 78];
const [HASH, PUBLIC, SIGNATURE] = [32, 1312, 2420]; // bytes
const newPoly = (n) => new Int32Array(n);
const { mod, smod, NTT, bitsCoder } = /* @__PURE__ */ genCrystals({ N, Q, F: 8347681, ROOT_OF_UNITY: 1753, newPoly, isKyber: false, brvBits: 8 });
const highs = /* @__PURE__ */ bitsCoder(10, { decode: (value) => value << D }); // t1, times 2^13
const answers = /* @__PURE__ */ bitsCoder(18, { decode: (value) => GAMMA1 - value }); // z
const commitments = /* @__PURE__ */ bitsCoder(6, { encode: (value) => value }); // w1

// Whether `signature` (bytes) is by the holder of `publicKey` (bytes) over `message` (bytes).
export function verifyMlDsa44(publicKey, message, signature) {
  if (publicKey.length !== PUBLIC || signature.length !== SIGNATURE) return false;
  const challenge = signature.subarray(0, HASH);
  const z = vectorOf(answers, signature.subarray(HASH));
  const hints = hintsOf(signature.subarray(HASH + SIZE * answers.bytesLen));
  if (hints === undefined || z.some((row) => row.some((value) => Math.abs(value) >= GAMMA1 - BETA))) return false;
  const mu = hashed(64, hashed(64, publicKey), Uint8Array.of(0, 0), message);
  const w1 = commitment(publicKey, ball(challenge), z, hints);
  return same(challenge, hashed(HASH, mu, ...w1.map((row) => commitments.encode(row))));
}

const hashed = (length, ...parts) => shake256(concat(...parts), { dkLen: length });

function vectorOf(coder, bytes) {
  return Array.from({ length: SIZE }, (_, at) => coder.decode(bytes.subarray(at * coder.bytesLen, (at + 1) * coder.bytesLen)));
}

// The hints of each row (algorithm 21); undefined where they are not written in the one way that is allowed.
function hintsOf(bytes) {
  const rows = [];
  let start = 0;
  for (const end of bytes.subarray(OMEGA)) {
    if (end < start || end > OMEGA) return undefined;
    const places = bytes.subarray(start, end);
    if (places.some((place, at) => at > 0 && place <= places[at - 1])) return undefined;
    rows.push(new Set(places));
    start = end;
  }
  return bytes.subarray(start, OMEGA).some((place) => place !== 0) ? undefined : rows;
}

// The challenge as a polynomial of 39 ones and minus ones (algorithm 29).
function ball(seed) {
  const flow = bytesOf(shake256.create({}).update(seed), shake256.blockLen);
  const signs = Array.from({ length: 8 }, flow);
  const poly = newPoly(N);
  for (let at = N - TAU, bit = 0; at < N; at += 1, bit += 1) {
    let place = flow();
    while (place > at) place = flow();
    poly[at] = poly[place];
    poly[place] = 1 - 2 * ((signs[bit >> 3] >> (bit & 7)) & 1);
  }
  return NTT.encode(poly);
}

function bytesOf(hash, length) {
  const block = new Uint8Array(length);
  let at = length;
  return () => {
    if (at === length) {
      hash.xofInto(block);
      at = 0;
    }
    at += 1;
    return block[at - 1];
  };
}

// What the signer committed to: A z - c t1 2^13, rounded and mended by the hints.
function commitment(publicKey, c, z, hints) {
  const matrix = XOF128(publicKey.subarray(0, HASH));
  const t = vectorOf(highs, publicKey.subarray(HASH)).map((row) => NTT.encode(row));
  const turned = z.map((row) => NTT.encode(row));
  return t.map((row, i) => {
    const sum = row.map((value, at) => mod(-mod(value * c[at])));
    turned.forEach((part, j) => {
      const cell = uniform(matrix.get(j, i));
      for (let at = 0; at < N; at += 1) sum[at] = mod(sum[at] + mod(cell[at] * part[at]));
    });
    return NTT.decode(sum).map((value, at) => rounded(value, hints[i].has(at)));
  });
}

// A polynomial of the matrix (algorithm 30), from blocks of a length that three divides.
function uniform(next) {
  const poly = newPoly(N);
  for (let found = 0; found < N; ) {
    const block = next();
    for (let at = 0; at < block.length && found < N; at += 3) {
      const value = block[at] | (block[at + 1] << 8) | ((block[at + 2] & 0x7f) << 16);
      if (value < Q) poly[found++] = value;
    }
  }
  return poly;
}

// The high bits of a coefficient, moved by its hint (algorithms 36 and 40).
function rounded(value, hint) {
  const low = smod(value, 2 * GAMMA2);
  const last = value - low === Q - 1;
  const high = last ? 0 : (value - low) / (2 * GAMMA2);
  return hint ? (high + (low - last > 0 ? 1 : 43)) % 44 : high;
}
