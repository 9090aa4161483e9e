// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes the place of smol-toml's date.js in the workers of authors: whether a date is one, as there. How it was written is not asked, for no
// key of a charter is a date.

export class TomlDate extends Date {
  // `kind`: 1 and 2 are a date with a time, with an offset and without; 3 is a date; 4 a time. `spaced`: a space parts date and time.
  constructor(text, kind, spaced) {
    const hour = kind < 3 ? text.slice(11, 13) : kind === 4 && text.slice(0, 2);
    const parted = spaced ? `${text.slice(0, 10)}T${text.slice(11)}` : text;
    const whole = kind === 2 ? `${parted}Z` : kind === 4 ? `0000-01-01T${parted}Z` : parted;
    super(hour > 23 ? "" : whole); // the language takes 24:00
  }

  isValid() {
    return !Number.isNaN(this.getTime());
  }
}
