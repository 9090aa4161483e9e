// SPDX-License-Identifier: AGPL-3.0-or-later
// Stock typage, for interoperation tests: reads one JSON request from standard input, answers base64.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
const age = await import(pathToFileURL(require.resolve("age-encryption")).href);

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const asked = JSON.parse(Buffer.concat(chunks).toString());
const data = Buffer.from(asked.data, "base64");

let answer;
if (asked.do === "decrypt") {
  const decrypter = new age.Decrypter();
  if (asked.identity) decrypter.addIdentity(asked.identity);
  if (asked.passphrase) decrypter.addPassphrase(asked.passphrase);
  answer = await decrypter.decrypt(data);
} else {
  const encrypter = new age.Encrypter();
  if (asked.recipient) encrypter.addRecipient(asked.recipient);
  if (asked.passphrase) {
    encrypter.setPassphrase(asked.passphrase);
    encrypter.setScryptWorkFactor(asked.factor);
  }
  answer = await encrypter.encrypt(data);
}
process.stdout.write(Buffer.from(answer).toString("base64"));
