// SPDX-License-Identifier: AGPL-3.0-or-later
// Takes the place of smol-toml's error.js in the workers of authors, which draws the lines around a fault: nobody is shown them there.

export class TomlError extends Error {
  static x(message) {
    throw new TomlError(message);
  }
}
