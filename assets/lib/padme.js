// SPDX-License-Identifier: AGPL-3.0-or-later
// Padmé: lengths that say little (PURBs, Nikitin et al. 2019, section 4). As src/demur/seal/padme.py.

export const FLOOR = 32_768;

// The padded length of `size` bytes, at least `floor`. By division: sizes go beyond 32 bits.
export function paddedLength(size, floor = FLOOR) {
  const n = Math.max(size, floor);
  if (n < 2) return n;
  const exponent = bitLength(n) - 1;
  const free = 2 ** Math.max(exponent - bitLength(exponent), 0);
  return Math.ceil(n / free) * free;
}

// Math.log2 is rounded: just below 2^49 it would give 49.
function bitLength(n) {
  return n.toString(2).length;
}
