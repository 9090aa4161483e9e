// SPDX-License-Identifier: AGPL-3.0-or-later
// The author's workers: everything that holds words, keys or text. A page asks by ../web/rpc.js and shows what it gets. There are two, so that
// each page loads only what it does: this one ("author-worker") of the page on which an author writes, and case/worker.js
// ("case/author-worker") of the page on which an author comes back. Both look() and forget(); the rest is parted where it says so below.
//
// Bytes are Uint8Array, times POSIX seconds (0: not yet), hashes and ids lower-case hex. Whatever cannot be done is a Refusal
// {code, facts}; where a server was caught in a lie, `facts.evidence` is the text of an evidence file for the author to save.
// `tell` is told {stage, done, total} or {stage: "work", bits}; stages: "sealing", "uploading", "work", "sending".
//
// look() -> {origin, practice, words: [6], open, reason: "" | "no-roster" | "too-few-readers" | "no-oversight" | "new-charter" | "unknown-format" | "charter-fault",
//     warnings: ["tick-late" | "unwitnessed"], time (of the checkpoint), size, charter: {leaf, title, waiting (seconds)},
//     facts: [{id, question, choices: [text], answers: [{answer: "" (nothing is stated), also: [title of an office that then reads too]}]}],
//     always: [title of an office that reads whatever is stated], offices: [{seat, title, reads, holder, vacant, newKey, since, until (when a new
//       key has waited long enough), fingerprint (of a new key)}],
//     limits: {textBytes, claims, files, fileBytes, totalBytes},
//     clocks: [{name, title (of the owner), target (0 where there is none), limit, zone}]: the dates that would be promised to whoever files now}
//     The worker of a case proves the same, and shows nothing of it: {}.
// clocks() -> as in look(), for now: a page may have lain open since yesterday.
// readers({facts: {id: answer}, recused: [seat]}) -> offices of the charter's order that would read, as in look() plus {recused: bool};
//     those left out stay in the list. Refused: "fact", "no-reader", "no-answer" {seat, title, doors}.
// seal({dissent, attachments: [{name, blob: Blob}], facts, recused, newKeys: [seat]}) -> {bytes, seats, words: [12]}: the return words, to be written down before anything
//     is sent; they stay the same for whoever goes back and seals again, until submit(). `dissent` is one of
//     {kind: "text", name, bytes, subject, recommendation, language, parts: "blank" | "lines", places: [[start, end] of a claim, in bytes]}
//     {kind: "document", name, bytes, subject, recommendation, language}                  any other file, as it is
//     {kind: "template", subject, dissent, recommendation, prompts: {decision, consequence, tried, read, ask, standing, decision_date,
//      distribution}, claims: [text], language, marking}                                  the template's answers; empty ones may lack
//     Nothing is sent. Refused: "not-open", "in-dispute", "server" {code, sentence}, "too-large" {what, have, most}, "key-too-new" {seats}, "fact", "no-reader", "text", "claims",
//     "file-name" {name}, "date", "empty" {what}, "file-changed", and "readers-changed": other offices or keys are in force than look() or
//     readers() last showed; ask readers() again and show them.
// submit({acceptClock: bool}) -> Filed. Sends what was sealed; after any Refusal it can be called again and files once, unless {facts.final}.
//     Filed: {words: [12], earlier: [[12]] (of filings sealed and sent before this one and never answered: they may be recorded), case,
//     stem: "demur-1234", receipt: text, key: text, sealed: bytes, promise: {time, notAfter}, proven: bool, entry: the leaf hash of the
//     author's own entry, clocks: as in look(), as they run from the promise's time}
//     Refused: "unreachable", "clock-differs" {seconds}, "server" {code, sentence, status, final}, "bad-answer", "broken-upload".
// again() -> Filed, of what this worker filed, for a page that lost it.
//
// --- from here on case/author-worker
// enter({words: text} | {key: bytes}, and {sealed: bytes of R.sealed} to have attachments too) -> View · refresh() -> View. Refused: "words-count" {n}, "word-near" or
//     "word-unlisted" {n, word, near}, "words", "no-mailbox",
//     "key-file", "other-channel", "bad-answer", and with evidence "swapped-key", "thread-shorter", "item-changed", "promise-broken",
//     "record-forked", "back-dated", "rolled-back".
//     View: {case, origin, practice, words: [6], now, state: "filed" | "acknowledged" | "unconfirmed" | "disputed" | "answered" | "unreadable" | "withdrawn" |
//       "closed", filedAt, promise: {time, notAfter, kept: bool} or null where the server does not tell it, published: bool, unwitnessed,
//       charter: {leaf, title, edition, version}, subject,
//       dissent: {subject, text, claims: [{n, text, paragraph, marking}], prompts: {}, language, marking, original, asIs} or null,
//       dissentFault: "" | "gone" | "manifest", attachments: [{n, name, size, kept: bool (can be had by attachment())}],
//       facts: {}, recused: [seat], newKeys: [seat], sealedAt,
//       clocks: [{name, title (whose it is), state: "running" | "extended" | "overdue" | "met" | "met late" | "ended by withdrawal", target,
//         limit, promised, metAt, extendedTo, disputed: bool, zone}],
//       thread: [Row], access: [{seat, title, holder, by: "" (at filing) | seat, byTitle, since, reason, fetches: [{item, time, publicTime}]}],
//       may: {message: "" | code, withdraw: "" | code}     "" it can be done; "over", "withdrawn", "too-late-to-withdraw"
//       unchecked: ["thread" (whether it was longer before: give R.receipt), "record" (whether it is the record seen before), "rollback"
//         (whether older seats or charter are shown), "witness" (unwitnessed), "words" (channel words against the poster), "page"],
//       noticed: [{code: "withheld" | "back-dated" | "lost" (a restored log says that it lost part of this thread) | "lost-act" (an act of
//         yours), facts: {n, type}, evidence: text}], late: bool (a promise is over and unproven, as while a witness is away),
//       mismatches: [{n, verb, fact}] that could not be reported (each is reported by enter and refresh, which tell by
//       `reported` whether any was; verb "readable": the filing opens here, which two seats say cannot be read), faults: [{n, name}] of acts that the server
//         should have refused, receipt: text or "", key: text, sealed: bytes or null, stem}
//     Row: {n, type, seat ("" the author, or the log for "received"), title (of the office), holder, own: bool, time (claimed), publicTime,
//       index (in the record, -1: not yet), known: bool (false: an act that this version does not know), notAllowed: "" | why the server should
//       have refused it, text, fault: "" | "body" | "manifest" | the name of the member that differs,
//       reply: null | {outcome, text, signedBy, appeal, answers: [{claim, kind: "answered" | "referred" | "declined", text, to,
//         claimText}], commitments: [{text, date}], recommendation: {kind, text}, recommended (by the author), answered, referred,
//         declined, counts: bool (false: waits for a second seat), disputed: bool},
//       to, toTitle (grant), item (fetch, unreadable, mismatch), fact (mismatch), countersigns (n of the reply), clock, until (extend)}
// message({text}) -> View · withdraw({text: reason or ""}) -> View · report({n, fact}) -> View. Refused: "empty", "too-large", "over",
//     "withdrawn", "too-late-to-withdraw", "moved-on", "clock-differs", and those of enter.
// compare({receipt: bytes}) -> {heads, sizes: [record sizes], view}: the receipt holds and nothing contradicts it; the view then checks
//     against it. Refused: "receipt", "other-channel", "other-case", and those of enter with evidence.
// attachment({n}) -> {name, bytes} · original() -> {name, bytes}. Refused: "not-kept".
// forget() -> {}: keys and text are dropped; the page then ends the worker.

import { serverAt } from "../../lib/http.js";
import { serve } from "../web/rpc.js";
import { Filer } from "./filer.js";

const server = serverAt(self.location.origin);
serve(new Filer({ server, clock: () => Math.floor(Date.now() / 1000) }).methods);
