// SPDX-License-Identifier: AGPL-3.0-or-later
// Hands a file to the person: made in this page, sent nowhere.

export function save(name, data, type = "application/octet-stream") {
  const address = URL.createObjectURL(new Blob([data], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after the click; a minute is enough, and what is kept longer can be found.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
