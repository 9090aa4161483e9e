# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk's script says: a sentence for each code, in the reader's language, with named places.

First what goes wrong: every code of a Refusal that can meet somebody at the desk (`assets/`). Where a server shows what no office signed,
the sentence says what to do, which is the same for several codes. Then what the pages show.
"""

from typing import Final

from demur.charter.explain import gettext_noop
from demur.client.inspection.markwords import MARKS
from demur.web import sayings

_BAD_ANSWER: Final = gettext_noop(
    "The server's answer does not hold ({code}): it is not what this channel signed. Do not rely on it; try "
    "again, or tell oversight."
)
_NOT_THE_STORY: Final = gettext_noop(
    "What the server shows of this case does not follow from what was signed ({code}). Do not act on it; tell "
    "oversight and the charter officers."
)
_BAD_KEY_FILE: Final = gettext_noop("This is not a key file of Demur, or it was changed; take another copy of it.")
_WORDS: Final = gettext_noop("These words do not open the vault. Look at each, and at their order.")

_REFUSED: Final = {
    # This page, this machine, this line
    "fault": gettext_noop(
        "This page made a mistake ({code}). What you typed is still here; try again, or use the program on your "
        "own machine."
    ),
    **dict.fromkeys(
        ("worker-lost", "closed", "locked"),
        gettext_noop("The part of this page that holds the key has ended. Load the page again, and unlock the desk."),
    ),
    "unreachable": gettext_noop(
        "The server does not answer. What you typed is still here; look at your network and try again."
    ),
    "signed-out": gettext_noop(
        "You are not signed in any more. Sign in in another tab of this browser and try again here, or load the page again."
    ),
    "another-account": gettext_noop(
        "Somebody else is signed in in this browser now. Sign in as yourself in another tab and try again here, or load the page again."
    ),
    "clock-differs": gettext_noop(
        "The server's clock and this machine's differ by {seconds} seconds. Set this machine's clock; or accept "
        "the server's, which then says when you acted."
    ),
    "server": gettext_noop("The server refuses this. It says: {sentence}"),
    "server-unavailable": gettext_noop(
        "The server is busy at this moment. What you typed is still here; try again in a minute."
    ),
    "server-too-many": gettext_noop(
        "You have done as much of this in this case today as one may. What you typed is still here; send it tomorrow."
    ),
    "server-in-dispute": gettext_noop(
        "A witness of the record says that it cosigned another record than this server holds. Until it is clear who is right, nothing "
        "can be promised, and nothing was kept. What you typed is still here; send it again once that is decided. Clocks run on."
    ),
    "server-not-signed": gettext_noop(
        "The server does not take this key for the seat: the officers have not put it on the roster, or have put "
        "another there since. Ask them; or this machine's clock is wrong."
    ),
    # The vault
    "passphrase": _WORDS,
    **dict.fromkeys(("key-file", "key-format", "armor", "sealed-file"), _BAD_KEY_FILE),
    "short": gettext_noop("The words are too few; take the seven that are drawn for you."),
    "vault-changed": gettext_noop("Another window has changed the vault since this page was loaded; load it again."),
    "vault-refused": gettext_noop("The server does not keep this file; only a key that is sealed is kept there."),
    "no-seat": gettext_noop(
        "The charter has no seat of this name; ask the administrator which seat the account is for."
    ),
    "other-seat": gettext_noop("This key is for the seat {seat}; your account is for another one."),
    "other-channel": gettext_noop("This key has worked for another channel; look at the address of this page."),
    "no-inbox": gettext_noop(
        "This seat oversees and reads no case, so it has nothing here; use the program on your own machine."
    ),
    "no-return-key": gettext_noop("The filing names no key to which the author could be answered. Tell oversight."),
    "file-name": gettext_noop("The name of a file cannot be sealed; rename it on your machine."),
    "another-day": gettext_noop(
        "What the server says is in force was signed on another day. Set this machine's clock; if it is right, "
        "do not act there."
    ),
    "back-dated": gettext_noop("The log signed times that run backwards."),
    "promise-broken": gettext_noop("The log promised to publish an entry by a date, and has not."),
    "record-forked": gettext_noop("The server has shown two records that contradict each other."),
    "rolled-back": gettext_noop("The server shows an older charter, or older seats, than it has shown before."),
    "thread-shorter": gettext_noop("The server hides something that was shown in this case before."),
    "swapped-key": gettext_noop("The server names seats that the officers did not sign. Do not act there."),
    # What the server says is not what the channel signed
    **dict.fromkeys(
        (
            "bad-answer",
            "bundle",
            "canonical",
            "channel",
            "charter",
            "checkpoint",
            "container",
            "directory",
            "document",
            "entry",
            "event",
            "grant",
            "head",
            "manifest",
            "note",
            "policy",
            "policy-change",
            "promise",
            "proof",
            "roster",
            "statement",
            "seat",
            "receipt-due",
            "signing-key",
        ),
        _BAD_ANSWER,
    ),
    **dict.fromkeys(
        (
            "another-author",
            "another-story",
            "another-place",
            "event-forged",
            "forged",
            "not-held",
            "dated-ahead",
            "another-state",
            "not-filed",
            "wrong-file",
            "file-changed",
            "no-attachment",
            "story",
        ),
        _NOT_THE_STORY,
    ),
    "case-shorter": gettext_noop(
        "The server shows {seq} events of the case {case}, and this seat has seen {seen}. Do not act on it; tell "
        "oversight."
    ),
    "case-unknown": gettext_noop(
        "The server does not know the case {case}, to which this seat was given access. Tell oversight."
    ),
    "case-odd": gettext_noop(
        "What the server tells of the case {case} does not hold ({code}); it is not listed. Look again later, or tell oversight."
    ),
    "case-gone": gettext_noop(
        "Lost when the log was restored from a backup of before they were filed, as entry {entry} of its record says for all to see: "
        "{cases}. Their authors can bring them back with their receipts."
    ),
    "case-lost": gettext_noop(
        "The log was restored from a backup and lost part of the case {case}, as entry {entry} of its record says for all to see. This "
        "seat had seen {seen} events; what was said and done after the backup must be said and done again."
    ),
    "case-erased": gettext_noop(
        "The case {case} was erased by the channel's administrator, as entry {entry} of the record says for all to see. It cannot be read "
        "or answered any more."
    ),
    "piece-unread": gettext_noop(
        "A part of this office's list ({n}) could not be read now; the cases in it are missing here. Look again later."
    ),
    "inbox-item": gettext_noop(
        "An item of the inbox ({n}) gives access, but is not signed by whoever may; it was left out."
    ),
    "no-case": gettext_noop("This seat has no access to this case, or its grant is not read yet. Look again at Cases."),
    "unreadable": gettext_noop(
        "The sealed text cannot be opened by this key. That is recorded, and told to the author and oversight."
    ),
    "calendar": gettext_noop(
        "The charter's calendar has ended, so no date can be promised; its officers must sign a new version."
    ),
    # What cannot be done now
    "moved-on": gettext_noop(
        "Something has happened in this case since this page asked. What you typed is still here; look again, "
        "read it, then decide."
    ),
    "another-act": gettext_noop(
        "Another act of this seat was recorded here at the same moment. Look again, then decide."
    ),
    "too-large": gettext_noop("This has {have} and may have {most}; shorten it."),
    "full": gettext_noop("The room for this seat's drafts is used up. Send a reply, or throw another draft away."),
    "kept-elsewhere": gettext_noop("Another window has saved a newer draft; open the reply again to load it."),
    "kept": gettext_noop(
        "What the server shows is not what this seat kept there; do not rely on it, and tell oversight."
    ),
    "claims": gettext_noop("The answer to claim {claim} is missing, or there are two; look at the claims again."),
    "unanswered": gettext_noop("The answer to claim {n} is missing, or there are two; look at the claims again."),
    "date": gettext_noop("This is not a date that the charter allows; choose another."),
    "extension-date": gettext_noop(
        "The new day must be later than the one before, and within what the charter allows: {latest} at the latest."
    ),
    "extension-day": gettext_noop(
        "{chosen} is not a working day in the charter's calendar. Choose a working day; the next is {next}."
    ),
    "another-reply": gettext_noop("The reply that would be countersigned is another one now. Look again."),
    "text": gettext_noop("The text is not plain UTF-8 text; type it again."),
    "empty": gettext_noop("Something is missing ({what}); write it first."),
    "empty-text": gettext_noop("Say what the institution answers to the whole."),
    "empty-appeal": gettext_noop("Say where the author can turn: it is out of scope here."),
    "empty-commitment": gettext_noop("A promise needs what will be done, and a date."),
}
# Why something cannot be done now: stands beside it, and is said where the server finds it first.
_NOT_NOW: Final = {
    **dict.fromkeys(("not-a-reader", "another-seat"), gettext_noop("Not for this office.")),
    "own-reply": gettext_noop("Another office must do it, since this one wrote the reply."),
    "no-second": gettext_noop("Another office must do it, and no other reads this case. Give one access first."),
    "no-second-left": gettext_noop(
        "Another office must do it, and none is left that could read this case. Reply anew, and answer a claim."
    ),
    "extended-enough": gettext_noop("It was extended as often as the charter allows."),
    "no-extension": gettext_noop("The charter allows no extension of this clock."),
    "no-clock": gettext_noop("No clock of this case can be lengthened."),
    "over": gettext_noop("The case is closed."),
    "withdrawn": gettext_noop("The author has withdrawn the case."),
    "acknowledge-first": gettext_noop("Acknowledge the case first."),
    "acknowledged-already": gettext_noop("Done: it was acknowledged."),
    "answered-already": gettext_noop("Done: it was answered."),
    "closed-already": gettext_noop("Done: it was closed."),
    "clock-runs": gettext_noop("A clock still runs. A reply, or the author's withdrawal, ends it."),
    "nothing-to-countersign": gettext_noop("No reply waits for a second office."),
    "reply-faulty": gettext_noop(
        "The reply cannot be read, differs from the record, or does not answer each claim once. A new reply is owed."
    ),
    "disputed": gettext_noop("The reply is disputed. A new reply, or another office's signature, settles it."),
    "close-later": gettext_noop("The author still has time to say that the reply does not answer: ten working days."),
    "close-later-day": gettext_noop(
        "The author has until the end of {when} to say that the reply does not answer. It can be closed after that."
    ),
    "close-later-unreadable": gettext_noop(
        "The author has until the end of {when} to say that it can be read. It can be closed after that."
    ),
    "readable-first": gettext_noop("Two offices say that it cannot be read. Say first that it can be read."),
    "not-doubted": gettext_noop("Nobody says that it cannot be read."),
    "no-such-item": gettext_noop("There is no sealed text of that number in this case."),
    "fetched-already": gettext_noop("Done: it was fetched."),
    "dated-before": gettext_noop("The server dates this act before the one it follows; tell the administrator."),
    "own-left-out": gettext_noop(
        "The author left your office out, so nothing that it does in this case counts. Leave the case, and tell oversight."
    ),
    "left-out": gettext_noop("The author left this office out, so it may not be given access."),
    "update-to-act": gettext_noop(
        "This case holds something that this page does not know, so this step could be wrong. Reload the page, or have the server updated."
    ),
    "fetch-first": gettext_noop("Fetch the text first."),
    "open-first": gettext_noop("Open the text first."),
    "nobody": gettext_noop("Every office that may read has access."),
}
_KEYS: Final = {
    "title-error": gettext_noop("Error: {title}"),
    "words-empty": gettext_noop("Type the words of your vault."),
    "unlocking": gettext_noop("Opening the vault…"),
    "unlocked": gettext_noop("The desk is open."),
    "making": gettext_noop("Making the key…"),
    "keeping": gettext_noop("Opening it by what you typed, and keeping it…"),
    "holder-empty": gettext_noop("Say who holds the seat."),
    "choose-key-file": gettext_noop("Choose the key file."),
    "words-differ": gettext_noop("These are not the seven words; look at what you wrote down."),
    "words-changed": gettext_noop("The vault opens by the new words now."),
    "fact-seat": gettext_noop("Seat"),
    "fact-holder": gettext_noop("Held by"),
    "fact-channel": gettext_noop("Channel"),
    "not-on-roster": gettext_noop(
        "The officers have not put this key on the roster, or have put another there. It opens nothing and signs "
        "nothing until they do."
    ),
}
_LISTS: Final = {
    "reading": gettext_noop("Reading the inbox…"),
    "reading-on": gettext_noop("Reading on: {done} of {total} items."),
    "as-of": gettext_noop("As of {when}."),
    "as-of-part": gettext_noop("As of {when}. Older cases are not read yet."),
    "today-late": gettext_noop("Overdue: {overdue}. Owed in all: {due}. Cases: {cases}."),
    "today-due": gettext_noop("Nothing is overdue. Owed: {due}. Cases: {cases}."),
    "today-nothing": gettext_noop("Nothing is owed. Cases: {cases}."),
    "nothing-due": gettext_noop("No clock runs."),
    "no-cases": gettext_noop("No case was given to this seat yet."),
    "none-found": gettext_noop("No case that was read so far is called so."),
    "show-more": gettext_noop("Show more ({n})"),
    "case-unfetched": gettext_noop("Case {case}, not fetched yet"),
    "case-fetched": gettext_noop("Case {case}, fetched"),
    "fetched-by": gettext_noop("Fetched by {who} on {when}."),
    "row-state": gettext_noop("{state} Received on {received}."),
    "news": gettext_noop("Events not looked at yet: {n}"),
    "due-line": gettext_noop("{clock}: {due}"),
}
_CASE: Final = {
    **sayings.CASE,
    "opening": gettext_noop("Opening the case…"),
    "not-opened": gettext_noop("The case was not opened"),
    "working": gettext_noop("Working…"),
    "asked": gettext_noop("This is how it stands now."),
    "case-as-of": gettext_noop("As of {when}. Case {case}, received on {received}."),
    "state-withdrawn": gettext_noop("Withdrawn by the author."),
    "given-by": gettext_noop("{who} gave this office access; the reason stands below."),
    "filing-fault-manifest": gettext_noop(
        "The filing is not what its author signed. That is told to the author and oversight."
    ),
    "filing-fault-attachments": gettext_noop(
        "The attached files are not those that the author signed. That is told to the author and oversight."
    ),
    "filing-fault-recipients": gettext_noop(
        "The offices that were given access are not those that the author signed. That is told to the author and oversight."
    ),
    "filing-fault-return": gettext_noop(
        "The author left no key that an answer could be sealed to. That is told to the author and oversight. Once a second office says so, "
        "the case can be closed as one that could not be read."
    ),
    "filing-fault-limits.claims": gettext_noop(
        "The filing has more claims than the charter allows, which no client of ours makes. That is told to the author and oversight. "
        "The claims beyond the limit may be answered together."
    ),
    **dict.fromkeys(
        (f"filing-fault-limits.{name}" for name in ("text_bytes", "files", "file_bytes", "total_bytes")),
        gettext_noop(
            "The filing is larger than the charter allows, which no client of ours makes. That is told to the author and oversight."
        ),
    ),
    "accept-clock": gettext_noop("Accept the server's clock and go on"),
    "evidence": gettext_noop(
        "There is evidence of it, which convinces anybody: save it, and check it with `demur verify`."
    ),
    "evidence-save": gettext_noop("Save the evidence"),
    # The text
    "sealed-text": gettext_noop("The text is sealed, and is not open here yet."),
    "sealed-with-files": gettext_noop("The text is sealed, and is not open here yet. Attached files: {n}."),
    "fetched-already": gettext_noop(
        "That this office fetched the filing is recorded. Each message or reply that is opened with it is recorded as fetched too, unless "
        "it was before; the author sees that."
    ),
    "claims": gettext_noop("Claims"),
    "files": gettext_noop("Files"),
    "files-warning": gettext_noop(
        "Files are handed to you as the author sent them, and are not opened here. Open one only on a machine where it can do no harm."
    ),
    "take-original": gettext_noop("Save what was filed: {name}"),
    "take-file": gettext_noop("Save {name} ({size})"),
    "fact-marking": gettext_noop("Marking"),
    "fact-stated": gettext_noop("Asked of the author: {question}"),
    "not-stated": gettext_noop("Not stated"),
    "fact-recused": gettext_noop("Left out by the author"),
    "fact-custody": gettext_noop("How it came"),
    "custody-server": gettext_noop("Sealed by the server, which could read it as it came"),
    "prompt-decision": gettext_noop("The decision"),
    "prompt-recommendation": gettext_noop("Recommendation"),
    "prompt-consequence": gettext_noop("What happens if nothing changes"),
    "prompt-tried": gettext_noop("What was already tried"),
    "prompt-read": gettext_noop("What to read"),
    "prompt-ask": gettext_noop("Whom to ask"),
    "prompt-standing": gettext_noop("The author's standing"),
    "prompt-decision_date": gettext_noop("The date on which the decision falls"),
    "prompt-distribution": gettext_noop("How far the author asks to distribute it"),
    **MARKS,
    # What happened
    "see-reply": gettext_noop("It stands above, beside the claims."),
    "sealed-note": gettext_noop("Its text is sealed, and was not opened here yet."),
    "did-received": gettext_noop("The log received the filing"),
    **{
        f"did-{act}{own}": text
        for act, text in (
            ("grant", gettext_noop("{who} gave access to {to}")),
            ("fetch", gettext_noop("{who} fetched item {item}")),
            ("acknowledge", gettext_noop("{who} acknowledged")),
            ("message", gettext_noop("{who} wrote")),
            ("reply", gettext_noop("{who} replied")),
            ("countersign", gettext_noop("{who} countersigned the reply (item {reply})")),
            ("extend", gettext_noop("{who} extended the clock “{clock}” until {until}")),
            ("close", gettext_noop("{who} closed the case")),
            ("unreadable", gettext_noop("{who} could not open item {item}")),
            ("readable", gettext_noop("{who} said that what was filed can be read")),
            ("mismatch", gettext_noop("{who} reported that item {item} is faulty")),
            ("limits", gettext_noop("{who} reported that the filing goes beyond the charter's limits")),
        )
        for own in ("", "-own")
    },
    **dict.fromkeys(("did-fetch-filing", "did-fetch-filing-own"), gettext_noop("{who} fetched the filing")),
    "did-message-author": gettext_noop("The author wrote"),
    "did-withdraw-author": gettext_noop("The author withdrew the case"),
    "did-unreadable-author": gettext_noop("The author could not open item {item}"),
    "did-readable-author": gettext_noop("The author said that what was filed can be read"),
    "did-mismatch-author": gettext_noop("The author reported that item {item} is faulty"),
    # The reply
    "claim": gettext_noop("Claim {n}"),
    "claim-unknown": gettext_noop("The text of this claim is not open here; fetch the dissent to read it."),
    # Who reads
    "granted-at-filing": gettext_noop("By the author, at filing"),
    "fetched-filing": gettext_noop("Fetched the filing on {when}"),
    "holder-unnamed": gettext_noop("filled; the holder's name is not published"),
    "office-held": gettext_noop("{title}: {holder}"),
    # What was checked
    "unchecked-unwitnessed": gettext_noop(
        "Whether others are shown another record: no witness outside the institution countersigns it yet."
    ),
    "unchecked-not-published": gettext_noop("The time of what is not published yet."),
}
_ACTS: Final = {
    "act-fetch": gettext_noop("Fetch the text"),
    "act-open": gettext_noop("Open the text"),
    "act-acknowledge": gettext_noop("Acknowledge"),
    "act-message": gettext_noop("Write to the author"),
    "act-reply": gettext_noop("Write the reply"),
    "act-extend": gettext_noop("Extend a clock"),
    "act-countersign": gettext_noop("Countersign the reply"),
    "act-grant": gettext_noop("Give another office access"),
    "act-readable": gettext_noop("Say that it can be read"),
    "act-close": gettext_noop("Close the case"),
    "texts-open": gettext_noop("The text stands below."),
    "as-item": gettext_noop("It is item {n}, on {when}."),
    "acknowledged-now": gettext_noop("Acknowledged, and recorded."),
    "sent": gettext_noop("Your message is recorded."),
    "replied-now": gettext_noop("The reply is recorded; the author can read it now."),
    "replied-waits": gettext_noop("The reply is recorded. It counts once a second office has countersigned it."),
    "extended-now": gettext_noop("The new date is recorded."),
    "countersigned-now": gettext_noop("Countersigned, and recorded."),
    "granted-now": gettext_noop("Access is given, and recorded."),
    "readable-now": gettext_noop("Recorded: what was filed can be read. The clocks run again as from filing."),
    "closed-now": gettext_noop("The case is closed."),
    "write-message": gettext_noop("Write the message first."),
    "write-reason": gettext_noop("Write the reason; the author reads it."),
    "choose-date": gettext_noop("Choose the new last day."),
    "until-early": gettext_noop("The new last day must be later than {limit}."),
    "until-late": gettext_noop("The charter allows {longest} at the latest."),
    "reply-sealed": gettext_noop(
        "The reply is not open here yet. Open the text first: what is signed is what was read here."
    ),
    "ask-drop": gettext_noop(
        "The draft of this reply is thrown away, here and on the server. It cannot be brought back."
    ),
    "ask-drop-yes": gettext_noop("Throw it away"),
    "ask-drop-no": gettext_noop("Keep it"),
    "ask-promise": gettext_noop("What you typed of this promise is then gone."),
    "ask-promise-yes": gettext_noop("Remove it"),
    "ask-promise-no": gettext_noop("Keep it"),
    "ask-lock": gettext_noop(
        "What you typed is not saved or not sent yet. If you lock now, it stays in this window, sealed by your key, and comes back "
        "when you unlock the desk here. If this window is closed or loaded anew, it is lost."
    ),
    "ask-lock-yes": gettext_noop("Lock now"),
    "ask-lock-no": gettext_noop("Go on writing"),
    "ask-leave": gettext_noop(
        "This leads to another page, and the desk is locked: the words of your vault are asked for again when you come back."
    ),
    "ask-leave-unsaved": gettext_noop(
        "This leads to another page, and the desk is locked. What you typed is not saved or not sent yet, and would be lost."
    ),
    "ask-leave-yes": gettext_noop("Lock, and go there"),
    "ask-leave-no": gettext_noop("Stay here"),
    "locked-held": gettext_noop(
        "What was not saved or not sent is kept in this window, sealed by your key. Unlock the desk here to go on; if this window is "
        "closed or loaded anew, it is lost."
    ),
    "held-back": gettext_noop(
        "The desk is open. What you had typed is back where you typed it; it is not saved or sent yet."
    ),
    "draft-held": gettext_noop("This is what stood here when the desk was locked. It was not saved yet."),
    "choose-office": gettext_noop("Choose an office."),
    "until-hint": gettext_noop("Due now by the end of {limit}. Days are those of {zone}."),
    "until-longest": gettext_noop("Due now by the end of {limit}; at the latest {longest}. Days are those of {zone}."),
    "choose-outcome": gettext_noop("Choose the outcome."),
    "choose-answer": gettext_noop("Say how claim {n} is answered."),
    "empty-answer": gettext_noop("Write what is answered to claim {n}."),
    "too-little": gettext_noop(
        "The answer to claim {n} says too little; give the reason in a sentence, which the author is owed."
    ),
    "choose-recommendation": gettext_noop("Say what becomes of the recommendation."),
    "empty-recommendation": gettext_noop("Answer the recommendation in a sentence; the author is owed the reason."),
    "no-recommendation": gettext_noop("The author recommends nothing; leave the answer to a recommendation out."),
    "promise-past": gettext_noop("A promise must name a day after today."),
    "empty-to": gettext_noop("Say to whom claim {n} is referred."),
    "empty-text-scope": gettext_noop("Say why it is out of scope."),
    "beyond-claims": gettext_noop(
        "The charter allows {most} claims. Claims {first} to {last} need no answer of their own: answer them together, "
        "in what you say to the whole."
    ),
    "empty-text-beyond": gettext_noop("Say here what the institution answers to claims {first} to {last}, together."),
    "declines-all": gettext_noop(
        "It declines every claim. It counts only when a second office has signed it; until then the reply is still owed."
    ),
    "draft-saved": gettext_noop("Draft saved at {when}, sealed."),
    "draft-restored": gettext_noop("This is the draft of {when}, which was kept sealed."),
    "draft-beside": gettext_noop("There is an older draft; it is replaced by what you type."),
    "draft-not-saved": gettext_noop("The draft is not saved; what you typed is still here. {why}"),
    "draft-not-loaded": gettext_noop("Whether there is a draft cannot be seen now. {why}"),
}
SAYINGS: Final[dict[str, str]] = {**_REFUSED, **_NOT_NOW, **_KEYS, **_LISTS, **sayings.CLOCKS, **_CASE, **_ACTS}
