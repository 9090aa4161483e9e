// SPDX-License-Identifier: AGPL-3.0-or-later
// A question before something is lost. It stands before the page until it is answered; Esc is "no", which always keeps what there is.

import { part, say } from "../web/ui.js";

let standing; // the question that is asked now

// Asks what the sentence CODE says; its answers are the sentences CODE-yes and CODE-no. Whether the answer is yes.
export function ask(code, answers = code) {
  standing?.close();
  const dialog = part("ask", { text: say(code), yes: say(`${answers}-yes`), no: say(`${answers}-no`) });
  standing = dialog;
  return new Promise((resolve) => {
    let yes = false;
    dialog.querySelector("[data-act=yes]").addEventListener("click", () => {
      yes = true;
      dialog.close();
    });
    dialog.querySelector("[data-act=no]").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (standing === dialog) standing = undefined;
      resolve(yes);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// Takes the question away that is asked now, as if it had been answered with no.
export function unask() {
  standing?.close();
}
