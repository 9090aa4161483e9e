// SPDX-License-Identifier: AGPL-3.0-or-later
// The desk's worker: everything that holds a seat's key, or the text of a case. The page asks by ../web/rpc.js and shows what it gets.
//
// Bytes are Uint8Array, files Blob, times POSIX seconds (0: not yet), hashes and ids lower-case hex. Whatever cannot be done is a Refusal
// {code, facts}; where a server was caught in a lie that leaves evidence, `facts.evidence` is the text of a file to save. The key lives
// here from `unlock` to `lock`, and the page ends the worker on lock, so that nothing of it stays. Every act can be called again after a
// failure: what was recorded is not recorded twice. Acts take {acceptClock: true} after a "clock-differs".
//
// look() -> {origin, practice, words: [6], address, now, warnings: ["tick-late" | "unwitnessed"], seats: [{seat, title, reads, holder, vacant}]}
// make({seat, holder}) -> {vault: text, request: text for the officers, passphrase: seven words}; nothing is sent, nothing kept.
//     Refused: "empty" {what}, "no-seat".
// unlock({vault: text, passphrase, seat}) -> {seat, title, holder, origin, practice, words: [6], address, now, zone (the office's), standing: "" in force |
//     "not-on-roster" (the officers have not put this key on it, or another), firstTime: bool (no sealed list yet)}. A practice key in clear
//     takes the passphrase "". Refused: "passphrase", "key-file", "no-seat", "other-seat" {seat}, "other-channel" (not the channel that this
//     key has worked for before), "unreachable", "bad-answer", "swapped-key" with evidence.
// rewrap({passphrase, next}) -> {vault, passphrase}: the unlocked key under another; `next` "" makes seven words. Refused: "passphrase", "short".
// kept({vault}) -> {}: that vault is on the server now, so its words are the ones that count from here on.
// lock() -> {}
//
// seal({value}) -> {sealed: bytes that only this seat's key opens} · unseal({sealed}) -> {value}: what was typed and could not be saved.
//
// today() -> List. Tells {stage: "first", list: List} as soon as what is most urgent is known (from one sealed blob and one page of the
//     inbox), {stage: "rows", rows: [Row]} with what was read since, {stage: "background", done, total}. May be called again to look anew.
//     List: {now, complete: bool, counts: {cases, due, overdue}, due: [Row] what is owed, the soonest first, so the overdue before all;
//       cases: [Row] those known so far, the latest filed first; faults: [{code: "inbox-item" {n} | "case-shorter" {case, seq, seen} |
//       "case-unknown" {case} | "case-odd" {case, code} | "case-lost" {case, entry, seen} or "case-gone" {case, entry} a restore took a part of it,
//       or all, as that entry of the record says | "case-erased" {case, entry} | "piece-unread" {n}, facts}]}. Refused: "not-on-roster", "no-inbox" (oversight has none), "unreachable", "bad-answer".
//     Row: {case, state, received, seq, news: how many events this seat has not opened yet, clocks: [Clock], due: time or 0, overdue: bool,
//       subject: "" until it was opened in a browser once, giver: "" the author | seat that granted, giverTitle,
//       fetches: [{title, own: bool, time}] the first of each seat whose key fetched the filing}
//       What the server tells for overview; `open` verifies it.
//     Clock: {name, title (whose it is), state: "running" | "extended" | "overdue" | "met" | "met late" | "ended by withdrawal", target, limit,
//       promised, metAt, extendedTo, zone}
// open({case}) -> View. Refused: "no-case", "bad-answer", "another-author", "another-story" {n}, "another-place" {n}, "event-forged" {n},
//     "not-held" {n, seat}, "dated-ahead" {n}, "another-state", "not-filed", "wrong-file".
//     View: {case, origin, practice, now, state: "filed" | "acknowledged" | "unconfirmed" | "answered" | "withdrawn" | "closed", received,
//       charter: {leaf, title, edition, version, claims: the most that it allows}, subject: "" as in a Row, clocks: [Clock], published: bool, fetched: bool (this seat's fetch is recorded),
//       giver: {seat, title} or null where the author granted, texts: bool (opened here since unlocking),
//       dissent: null or {subject, text, claims: [{n, text, start, end, marking}], prompts: {}, language, marking, original},
//       attachments: [{n, name, size, large}] once opened, sizes: [sealed sizes] before, custody: "client-cli" | "client-browser" | "server" | "",
//       recused: [title], facts: [{question, answer}], faults: ["manifest" | "attachments" | "recipients" | "return" | "limits.…"] of the filing, each told to the author,
//       thread: [Item], access: [{seat, title, holder, by: "" (at filing) | seat, byTitle, since, reason, fetches: [{item, time, publicTime}]}],
//       may: {fetch, acknowledge, message, reply, extend, countersign, grant, readable, close: "" it can be done | code},
//          codes: "not-a-reader", "another-seat", "own-reply", "extended-enough", "no-extension", "over", "withdrawn", "acknowledge-first",
//          "acknowledged-already", "answered-already", "closed-already", "clock-runs", "no-clock", "nothing-to-countersign", "reply-faulty", "no-second", "no-second-left", "own-left-out", "fetch-first" (the
//          texts must be opened here first), "nobody" (is left to grant to)
//       extendable: [{clock, limit, longest (until when at most), zone}], grantable: [{seat, title, holder}], closesAfter: until when the author may contradict, or 0, waiting: n of the reply that waits
//          for a second seat or 0, lost: null or {entry, seen} of what a restore took, unchecked: ["rollback" | "unwitnessed" | "not-published" | "page"]}
//     Item: {n, type, seat ("" the author, or the log for "received"), title (of the office), holder, own: bool, time (claimed), publicTime,
//       index (in the record, -1: not yet), known: bool (this version knows it), notAllowed: "" | a fault of the thread (spec/event.md), text, sealed: bool (there is a text that was not opened here yet), fault: "" | "body" |
//       "manifest" | "answers" | "unreadable" | the name of the member that differs, reply: null | {outcome, text, signedBy, appeal,
//       answers: [{claim, kind: "answered" | "referred" | "declined", text, to, claimText}], commitments: [{text, date}], answered, referred,
//       declined, counts: bool (false: waits for a second seat)}, to, toTitle (grant), item (fetch, unreadable, mismatch), fact (mismatch),
//       countersigns (n of the reply), clock, until (extend)}
// fetch({case, item}) -> View with the texts: `item` 0 the filing, n one event's text as well, absent all there is. Records that this seat
//     fetched, once for each item, for the author to see. Refused: those of open, "unreadable" (told to author and oversight), "wrong-file".
// attachment({case, n}) -> {name, blob} · original({case}) -> {name, blob}. Refused: "fetch-first", "unreadable", "wrong-file".
// acknowledge({case, text: a word with it, which needs the texts opened, or ""}) · message({case, text}) · countersign({case})
//     extend({case, clock, until: POSIX seconds, or a date such as "2027-01-31", reason}) · grant({case, to, reason})
//     readable({case}) · close({case}) -> View after it.
// reply({case, outcome, text, answers: [{claim, kind, text, to}], signedBy, appeal, commitments: [{text, date}]}) -> View; drops the draft.
//     Refused: those of open, those of `may`, "empty" {what, n}, "too-large" {have, most}, "unanswered" {n, times}, "text", "extension-date"
//     {latest}, "extension-day" {chosen, next} (not a working day in the clock's calendar), "another-reply", "reply-faulty", "no-return-key", "moved-on", "clock-differs" {seconds}, "another-act", "server" {code, sentence, status},
//     "unreachable", "bad-answer".
// "draft.load"({case}) -> {draft: any JSON object or null, savedAt} · "draft.save"({case, draft}) -> {savedAt} · "draft.drop"({case}) -> {}
//     Drafts lie sealed on the server, under a name that says neither case nor kind; the draft holds strings, whole numbers, booleans, lists,
//     objects. Refused: "too-large" {have, most}, "full", "kept-elsewhere" (another window saved a newer one: load it first),
//     "kept" (what lies there is not what this seat kept).

import { serverAt } from "../../lib/http.js";
import { serve } from "../web/rpc.js";
import { Desk } from "./methods.js";

const server = serverAt(self.location.origin);
serve(new Desk({ server, clock: () => Math.floor(Date.now() / 1000) }).methods);
