// SPDX-License-Identifier: AGPL-3.0-or-later
// What our bundles leave out: parts of typage for kinds of keys that age.js never gives it. Whoever reached one would get an error.

export const p256 = undefined;
export const scrypt = undefined;
