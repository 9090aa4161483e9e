// SPDX-License-Identifier: AGPL-3.0-or-later
// The last page: what was filed, when, who reads it, what is owed by when, and the files to save. It can be printed and held.

import { save } from "../../web/save.js";
import { day, listOf, make, moment, part, say } from "../../web/ui.js";
import { promisedClock } from "../clocks.js";
import { fileName, subjectOf } from "./checking.js";
import { readerNames } from "./readers.js";

// The page for what the worker filed; `saved` is called once something of it is on a disk or on paper.
export function showKept(filed, wish, look, { saved }) {
  const zone = filed.clocks[0]?.zone;
  const section = part("kept", {
    promise: promised(filed, zone),
    facts: factsOf(filed, wish, look, zone),
    clocks: filed.clocks.map(promisedClock),
    zones: filed.clocks.length > 0 ? say("zones", { zones: [...new Set(filed.clocks.map((row) => row.zone))].join(", ") }) : null,
    readers: readerNames(wish.readers),
    claims: claimsOf(wish),
    channel: look.words.map((word) => make("li", word)),
  });
  const acts = {
    receipt: () => save(`${filed.stem}.receipt`, filed.receipt, "text/plain"),
    sealed: () => save(`${filed.stem}.sealed`, filed.sealed),
    key: () => save(`${filed.stem}.key`, filed.key, "application/json"),
    print: () => window.print(),
  };
  for (const [name, act] of Object.entries(acts)) {
    const node = section.querySelector(`[data-act=${name}]`);
    node.addEventListener("click", () => {
      act();
      saved();
      if (name !== "print") told(section, node);
    });
  }
  return section;
}

// That a file was handed to the browser, where the eye is and where the focus stays.
function told(section, node) {
  const line = section.querySelector(`[data-told=${node.dataset.act}]`);
  line.textContent = say("saved-now");
}

function promised({ promise: { time, notAfter }, proven }, zone) {
  return say(proven ? "filed-proven" : "filed-promised", { when: moment(time, zone), due: moment(notAfter, zone) });
}

function claimsOf({ claims, way }) {
  if (claims.length > 0) return listOf("ol", claims.map(({ text }) => text), { class: "own" });
  return make("p", say(way === "document" ? "claim-document" : "no-claims"));
}

function factsOf(filed, wish, look, zone) {
  const facts = {
    "check-subject": subjectOf(wish), "fact-files": wish.files.map(fileName).join(", "), "fact-case": filed.case, "fact-filed": moment(filed.promise.time, zone),
    ...(filed.proven ? {} : { "fact-due": day(filed.promise.notAfter, zone) }), "fact-entry": filed.entry,
    "fact-channel": look.origin, "fact-address": `${location.origin}/${document.documentElement.lang}/case/`, "fact-charter": look.charter.title,
    "fact-charter-hash": look.charter.leaf,
  };
  const rows = Object.entries(facts).filter(([, value]) => value !== "");
  return rows.flatMap(([code, value]) => [make("dt", say(code)), make("dd", value, { dir: "auto" })]);
}
