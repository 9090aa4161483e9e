// SPDX-License-Identifier: AGPL-3.0-or-later
// Channel words as somebody typed them from a poster; as `check_words` in src/demur/charter/channel.py.

import { Refusal } from "../errors.js";
import { typedWords, unlisted } from "../typed.js";

// Throws unless `text`, six or twelve words, are this channel's.
export function checkWords(channel, text) {
  const words = typedWords(text);
  const odd = unlisted(words);
  if (odd.n > 0) throw new Refusal(odd.near ? "word-near" : "word-unlisted", odd); // a slip of the pen, which says nothing of the server
  const said = words.join(" ");
  if (said !== channel.words.join(" ") && said !== channel.longWords.join(" ")) throw new Refusal("other-channel");
}
