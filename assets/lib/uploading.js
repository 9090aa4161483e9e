// SPDX-License-Identifier: AGPL-3.0-or-later
// Sending large sealed files in parts before the filing that names them. Format: spec/filing.md, "Uploads"; as src/demur/client/uploading.py.
// After a cut on either side, calling it again goes on where it stopped.

import { Refusal, refuse } from "./errors.js";
import { working } from "./work.js";

const SETBACKS = 3; // a server may lose what it had; one that loses it again and again is left
const MAX_PART = 67_108_864; // bytes of a part that are held in memory

// Sends of `file` ({size, sha256, blob}) what the server does not have yet. `progress` is told how many bytes are there, `tell` how many bits
// of work are asked.
export async function upload(server, file, { origin, part, progress = () => {}, tell = () => {} }) {
  if (!Number.isInteger(part) || part < 1 || part > MAX_PART) refuse("bad-answer", "part-size");
  let [have, setbacks] = [await there(server, file), 0];
  while (have < file.size) {
    progress(have);
    const before = have;
    have = await sendPart(server, file, Math.floor(have / part), { origin, part, tell });
    if (have <= before) setbacks += 1;
    if (setbacks > SETBACKS) throw new Refusal("broken-upload");
  }
  progress(have);
}

async function sendPart(server, file, n, { origin, part, tell }) {
  const data = new Uint8Array(await file.blob.slice(n * part, (n + 1) * part).arrayBuffer());
  const put = (headers) => server.putJson(`/api/v1/uploads/${file.sha256}/${n}?size=${file.size}`, data, headers);
  try {
    return checked(await working(server, `${file.sha256}/${n}`, put, { origin, kind: "part", tell }), file);
  } catch (error) {
    // The server has more than we thought, or less.
    if (!(error instanceof Refusal) || error.code !== "server" || error.facts.status !== 409) throw error;
    return there(server, file);
  }
}

async function there(server, file) {
  return checked(await server.getJson(`/api/v1/uploads/${file.sha256}`), file);
}

function checked({ have }, { size }) {
  return Number.isInteger(have) && have >= 0 && have <= size ? have : refuse("bad-answer", "upload");
}
