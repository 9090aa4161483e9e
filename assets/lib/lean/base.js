// SPDX-License-Identifier: AGPL-3.0-or-later
// Base64 (RFC 4648) and Bech32 (BIP 173, of any length): what age files and keys are written in. Takes the place of @scure/base in our bundles,
// which carries a dozen other encodings along, and code that is built from parts at the start, which no bundler can leave out.
//
// Names and answers are those of @scure/base, and what it refuses is refused: a test holds each against the other. One text for one value:
// bits that are left over must be zero, or two texts would be one key.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BECH = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

function wrong() {
  throw new TypeError("not in its encoding");
}

// Numbers of `from` bits as numbers of `to` bits; `pad` fills the last one with zeros, else what is left over must be less than one, and zero.
function regroup(values, from, to, pad) {
  const out = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    if (!Number.isInteger(value) || value < 0 || value >> from) wrong();
    held = ((held << from) | value) & 0xfff;
    bits += from;
    for (; bits >= to; bits -= to) out.push((held >> (bits - to)) & ((1 << to) - 1));
  }
  const rest = held & ((1 << bits) - 1);
  if (pad && bits > 0) out.push(rest << (to - bits));
  if (!pad && (bits >= from || rest)) wrong();
  return out;
}

function read(text, letters) {
  if (typeof text !== "string") wrong();
  return Array.from(text, (letter) => {
    const at = letters.indexOf(letter);
    return at < 0 ? wrong() : at;
  });
}

const write = (values, letters) => values.map((value) => letters[value]).join("");

export const base64nopad = {
  encode: (bytes) => write(regroup(bytes, 8, 6, true), LETTERS),
  decode: (text) => Uint8Array.from(regroup(read(text, LETTERS), 6, 8, false)),
};

export const base64 = {
  encode(bytes) {
    const bare = base64nopad.encode(bytes);
    return bare + "=".repeat(-bare.length & 3);
  },
  decode(text) {
    if (typeof text !== "string" || text.length % 4) wrong();
    return base64nopad.decode(text.replace(/={1,2}$/, ""));
  },
};

// The checksum of BIP 173 over prefix and words, six words more.
function checksum(prefix, words) {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  if (codes.some((code) => code < 33 || code > 126)) wrong();
  const all = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31), ...words, 0, 0, 0, 0, 0, 0];
  let sum = 1;
  for (const value of all) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3].forEach((part, bit) => {
      if ((top >> bit) & 1) sum ^= part;
    });
  }
  return [25, 20, 15, 10, 5, 0].map((shift) => ((sum ^ 1) >>> shift) & 31);
}

const toWords = (bytes) => regroup(bytes, 8, 5, true);
const fromWords = (words) => Uint8Array.from(regroup(words, 5, 8, false));

export const bech32 = {
  toWords,
  fromWords,
  fromWordsUnsafe(words) {
    try {
      return fromWords(words);
    } catch {
      return undefined;
    }
  },
  encode(prefix, words, limit = 90) {
    if (prefix === "" || (limit !== false && prefix.length + 7 + words.length > limit)) wrong();
    const lowered = prefix.toLowerCase();
    return `${lowered}1${write([...words, ...checksum(lowered, words)], BECH)}`;
  },
  decode(text, limit = 90) {
    if (typeof text !== "string" || text.length < 8 || (limit !== false && text.length > limit)) wrong();
    const lowered = text.toLowerCase();
    if (text !== lowered && text !== text.toUpperCase()) wrong();
    const [prefix, all] = [lowered.slice(0, lowered.lastIndexOf("1")), read(lowered.slice(lowered.lastIndexOf("1") + 1), BECH)];
    if (!lowered.includes("1") || prefix === "" || all.length < 6) wrong();
    const words = all.slice(0, -6);
    if (checksum(prefix, words).some((value, at) => value !== all.at(at - 6))) wrong();
    return { prefix, words };
  },
  encodeFromBytes: (prefix, bytes) => bech32.encode(prefix, toWords(bytes)),
  decodeToBytes(text) {
    const found = bech32.decode(text, false);
    return { ...found, bytes: fromWords(found.words) };
  },
};
