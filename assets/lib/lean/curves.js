// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes the place of @noble/curves/ed25519.js in the workers for browsers that cannot sign with Ed25519 themselves: its Edwards curve, and our
// X25519, so that its Montgomery curve stays out.

export { ed25519 } from "../../node_modules/@noble/curves/ed25519.js"; // by its place: its name is this file's
export { x25519 } from "./x25519.js";
