// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes the place of typage's own recipients.js in the workers of authors: its post-quantum kind alone. lib/age.js gives typage no other, and a
// file that names others is no file of ours; whoever reached one would get an error.

import { bech32 } from "@scure/base";
import { MLKEM768X25519 } from "@noble/post-quantum/hybrid.js";

export { generateHybridIdentity, HybridIdentity, HybridRecipient } from "../../node_modules/age-encryption/dist/recipients.js";

export const [generateIdentity, generateX25519Identity, HybridTagRecipient, ScryptIdentity] = [];
export const [ScryptRecipient, TagRecipient, X25519Identity, X25519Recipient] = [];

const PREFIX = "AGE-SECRET-KEY-PQ-";

// The recipient ("age1pq1…") of an identity ("AGE-SECRET-KEY-PQ-1…"); as typage's, which knows other kinds too.
export async function identityToRecipient(identity) {
  const { prefix, bytes } = bech32.decodeToBytes(identity);
  if (!identity.startsWith(`${PREFIX}1`) || prefix.toUpperCase() !== PREFIX || bytes.length !== 32) throw new TypeError("not an identity");
  return bech32.encode("age1pq", bech32.toWords(MLKEM768X25519.getPublicKey(bytes)), false);
}
