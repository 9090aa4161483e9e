// SPDX-License-Identifier: AGPL-3.0-or-later
// Inflates deflated bytes within a bound (RFC 1951). Our own, because the browser's stream tells neither how far it came before an error nor
// where the data ended, and what is unpacked of a stranger's file must stop at a bound.

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const PLACE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const PLACE_EXTRA = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LONGEST = 15;

class End extends Error {}

// {bytes, damaged, full}: at most `most` bytes; `damaged` where the data is none, `full` where there was more.
export function inflateRaw(data, most) {
  const state = { data, at: 0, bits: 0, count: 0, out: new Uint8Array(Math.min(most, Math.max(1024, data.length * 4))), size: 0, most };
  let damaged = false;
  let full = false;
  try {
    while (!block(state));
  } catch (error) {
    if (!(error instanceof End)) throw error;
    full = error.message === "full";
    damaged = !full;
  }
  return { bytes: state.out.subarray(0, state.size), damaged, full };
}

function block(state) {
  const last = take(state, 1);
  const kind = take(state, 2);
  if (kind === 0) stored(state);
  else if (kind === 1) codes(state, FIXED.lengths, FIXED.places);
  else if (kind === 2) dynamic(state);
  else throw new End("bad");
  return last === 1;
}

function take(state, need) {
  while (state.count < need) {
    if (state.at >= state.data.length) throw new End("short");
    state.bits |= state.data[state.at++] << state.count;
    state.count += 8;
  }
  const value = state.bits & ((1 << need) - 1);
  state.bits >>>= need;
  state.count -= need;
  return value;
}

function put(state, byte) {
  if (state.size >= state.most) throw new End("full");
  if (state.size === state.out.length) {
    const grown = new Uint8Array(Math.min(state.most, state.out.length * 2));
    grown.set(state.out);
    state.out = grown;
  }
  state.out[state.size++] = byte;
}

function stored(state) {
  state.bits = 0;
  state.count = 0;
  if (state.at + 4 > state.data.length) throw new End("short");
  const size = state.data[state.at] | (state.data[state.at + 1] << 8);
  if (size !== (~(state.data[state.at + 2] | (state.data[state.at + 3] << 8)) & 0xffff)) throw new End("bad");
  state.at += 4;
  for (let n = 0; n < size; n += 1) {
    if (state.at >= state.data.length) throw new End("short");
    put(state, state.data[state.at++]);
  }
}

function table(lengths) {
  const count = new Uint16Array(LONGEST + 1);
  for (const length of lengths) count[length] += 1;
  let left = 1;
  for (let n = 1; n <= LONGEST; n += 1) {
    left = left * 2 - count[n];
    if (left < 0) throw new End("bad");
  }
  const starts = new Uint16Array(LONGEST + 2);
  for (let n = 1; n <= LONGEST; n += 1) starts[n + 1] = starts[n] + count[n];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) symbols[starts[length]++] = symbol;
  });
  return { count, symbols };
}

function symbol(state, { count, symbols }) {
  let code = 0;
  let begin = 0;
  let index = 0;
  for (let n = 1; n <= LONGEST; n += 1) {
    code |= take(state, 1);
    if (code - count[n] < begin) return symbols[index + code - begin];
    index += count[n];
    begin = (begin + count[n]) << 1;
    code <<= 1;
  }
  throw new End("bad");
}

function codes(state, lengths, places) {
  for (;;) {
    const value = symbol(state, lengths);
    if (value < 256) put(state, value);
    else if (value === 256) return;
    else copy(state, value - 257, places);
  }
}

function copy(state, value, places) {
  if (value >= LENGTH_BASE.length) throw new End("bad");
  const length = LENGTH_BASE[value] + take(state, LENGTH_EXTRA[value]);
  const place = symbol(state, places);
  if (place >= PLACE_BASE.length) throw new End("bad");
  const back = PLACE_BASE[place] + take(state, PLACE_EXTRA[place]);
  if (back > state.size) throw new End("bad");
  for (let n = 0; n < length; n += 1) put(state, state.out[state.size - back]);
}

function dynamic(state) {
  const many = [take(state, 5) + 257, take(state, 5) + 1];
  const used = take(state, 4) + 4;
  const small = new Array(19).fill(0);
  for (let n = 0; n < used; n += 1) small[ORDER[n]] = take(state, 3);
  const coded = table(small);
  const lengths = [];
  while (lengths.length < many[0] + many[1]) {
    const value = symbol(state, coded);
    if (value < 16) lengths.push(value);
    else repeat(state, value, lengths);
  }
  if (lengths.length > many[0] + many[1]) throw new End("bad");
  codes(state, table(lengths.slice(0, many[0])), table(lengths.slice(many[0])));
}

function repeat(state, value, lengths) {
  if (value === 16 && lengths.length === 0) throw new End("bad");
  const again = value === 16 ? lengths.at(-1) : 0;
  const times = value === 16 ? 3 + take(state, 2) : value === 17 ? 3 + take(state, 3) : 11 + take(state, 7);
  for (let n = 0; n < times; n += 1) lengths.push(again);
}

const FIXED = {
  lengths: table(Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8))),
  places: table(new Array(30).fill(5)),
};
