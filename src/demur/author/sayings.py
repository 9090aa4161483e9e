# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the scripts of the author's pages say: a sentence for each code, in the reader's language, with named places.

What goes wrong stands in `refusals.py`; here is what pages show. Nothing here promises: what is promised is generated from the charter.
"""

from typing import Final

from demur.author import refusals
from demur.charter.explain import gettext_noop
from demur.client.inspection.markwords import MARKS
from demur.client.inspection.words import FAMILIES, LOOKED, WHAT
from demur.web import sayings

_BEGINNING: Final = {
    "begin": gettext_noop("Begin"),
    "begin-hint": gettext_noop(
        "“Begin” fetches the program that seals, checks this channel's record, and opens the first step."
    ),
    "insecure": gettext_noop(
        "This page came over http, so this browser lets it seal nothing. Open the address with https; if there is none, tell whoever runs "
        "this server, or use another way below."
    ),
    "preparing": gettext_noop("Fetching the program that seals, and checking the channel's record…"),
    "try-again": gettext_noop("Try again"),
}
_LOSING: Final = {"gone-then": gettext_noop("“{what}”: what stands there is gone from this page then. Do it?")}
_WRITING: Final = {
    "continue": gettext_noop("Continue"),
    "step": gettext_noop("Step {n} of {of}"),
    "step-first": gettext_noop("Step {n}"),
    "counted": gettext_noop("Words: {n}"),
    "counted-near": gettext_noop("Words: {n}. Size: {have} of {most}."),
    # Faults of a step
    "choose-way": gettext_noop("Choose how you want to write it."),
    "write-text": gettext_noop("Write what you disagree with, and why."),
    "write-subject": gettext_noop("Write in one line what it is about."),
    "write-recommendation": gettext_noop("Write what you recommend."),
    "one-line": gettext_noop("The subject has several lines; make it one."),
    "long-text": gettext_noop("The text has {size} and may have {limit}; shorten it, or attach a part as a file."),
    "choose-document": gettext_noop("Choose the document."),
    "large-document": gettext_noop(
        "The document has {size} and may have {limit}; write a short text, and attach the document as a file."
    ),
    "no-import": gettext_noop(
        "No text could be taken from “{name}”: it must be .docx, .odt or plain text (UTF-8), and not too long. Or open it, copy the "
        "text and paste it here."
    ),
    "text-taken": gettext_noop(
        "The text of “{name}” stands here. Notes, comments, pictures, numbers of lists, hidden and struck-out text were left out: look it "
        "through."
    ),
    "take-out-marks": gettext_noop("Take these marks out"),
    "marks-taken-out": gettext_noop("The marks were taken out of what you typed; nothing else of it changed."),
    "many-claims": gettext_noop("There may be {n} claims; join some."),
    "many-files": gettext_noop("There may be {n} files; leave some out, or join them."),
    "large-file": gettext_noop("“{name}” has {size} and may have {limit}; split it, or leave it out."),
    "large-files": gettext_noop("The files together have {size} and may have {limit}; leave some out."),
    "confirm-file": gettext_noop(
        "“{name}” can tell more than you mean to: tick that it goes as it is, or leave it out."
    ),
    "choose-answer": gettext_noop("Choose an answer."),
    "nobody-left": gettext_noop("Nobody would be left to read it; leave fewer offices out."),
    "accept-key": gettext_noop("The key of {title} is new: accept it, or leave the office out."),
    # Claims and files
    "paragraph": gettext_noop("Paragraph {n}"),
    "claim": gettext_noop("Claim {n}"),
    "claim-remove": gettext_noop("Remove claim {n}"),
    "choose-parts": gettext_noop("The lines look wrapped: say what ends a paragraph."),
    "one-paragraph": gettext_noop("1 paragraph: the reply could pass over a point. Make passages claims."),
    "passage-remove": gettext_noop("Not a claim"),
    "passage-none": gettext_noop("Select a passage of the text first."),
    "passage-not-there": gettext_noop("It does not stand in the text; copy it from there."),
    "passage-not-once": gettext_noop("It stands there more than once; copy more of it, or select it."),
    "empty-file": gettext_noop("“{name}” is empty; look whether it was saved, or leave it out."),
    "document-renamed": gettext_noop("Beside it lies a file of that name, so it is filed as “{name}”."),
    "replace-text": gettext_noop("Replace what you typed by the text of “{name}”?"),
    "looking": gettext_noop("Looking into the file…"),
    "file-added": gettext_noop("Added: {name}"),
    **MARKS,
    # Readers
    "not-stated": gettext_noop("Not stated"),
    "always-read": gettext_noop("Always read, unless you leave them out: {who}."),
    "answer-reads": gettext_noop("Then reads too: {who}."),
    "answer-adds-nobody": gettext_noop("No other office reads for this answer."),
    "answer-if-you-want": gettext_noop("You can leave it empty."),
    "readers-proven": gettext_noop(
        "This machine has checked that the officers signed this list, and that it stands in the record as of "
        "{when} ({entries} entries)."
    ),
    "tick-late": gettext_noop("The record's last publication is more than 25 hours old: its daily tick is late."),
    "unwitnessed": gettext_noop(
        "The record is unwitnessed: nobody outside the institution countersigns it yet, so it could show two "
        "people two histories."
    ),
    "leave-office-out": gettext_noop("Leave out {title}"),
    "accept-new-key": gettext_noop("Accept the new key of {title}"),
    "new-key": gettext_noop(
        "This office's key is new: it stands in the record since {since}. A key that somebody swapped would be new too. If you can wait, "
        "come back on {until}: a key that stood in public so long would have been noticed. If you cannot, ask the office by another way "
        "for the fingerprint of its key, and accept it only if it is {fingerprint}; or leave the office out."
    ),
    "vacant": gettext_noop("vacant: nobody can read with this seat now"),
    "holder-unnamed": gettext_noop("filled; the holder's name is not published"),
    "left-out": gettext_noop("{title}: left out by you"),
    "reads-vacant": gettext_noop("{title}: vacant now"),
    "reads-held": gettext_noop("{title}: {holder}"),
    # The last look
    "change": gettext_noop("Change: {what}"),
    "check-way": gettext_noop("Written"),
    "check-subject": gettext_noop("Subject"),
    "check-text": gettext_noop("Text"),
    "check-document": gettext_noop("Document"),
    "check-recommendation": gettext_noop("Recommendation"),
    "check-more": gettext_noop("More"),
    "check-claims": gettext_noop("Claims"),
    "check-language": gettext_noop("Language"),
    "check-files": gettext_noop("Files"),
    "check-facts": gettext_noop("What the charter asks"),
    "check-readers": gettext_noop("Readers"),
    "way-own": gettext_noop("In your own text"),
    "way-asked": gettext_noop("By answering questions"),
    "way-document": gettext_noop("As a document"),
    "no-claims": gettext_noop("None: the reply answers it as a whole"),
    "none": gettext_noop("None"),
    "nothing": gettext_noop("Nothing"),
    "practice": gettext_noop("Practice: one person plays everybody here. Nothing real belongs in this channel."),
    "seal-it": gettext_noop("Seal it"),
    **{code: sayings.CLOCKS[code] for code in ("zones", "clock-ack", "clock-reply", "clock-due", "clock-aim")},
    # Filing
    "title-error": gettext_noop("Error: {title}"),
    "sealing-title": gettext_noop("Sealing"),
    "sending-title": gettext_noop("Filing"),
    "words-changed": gettext_noop(
        "These are other words than before. Strike out those that you wrote down: they open nothing."
    ),
    "words-lost": gettext_noop(
        "The twelve words that you wrote down open nothing: strike them out. Others are shown when you seal it again."
    ),
    "leave-unfiled": gettext_noop(
        "Nothing is filed yet. If you leave now, what you typed is gone, and the twelve words open nothing."
    ),
    "leave-sending": gettext_noop(
        "It is being sent. If you leave now, it may be filed or not: your twelve words tell, on the page of your case."
    ),
    "leave-unsaved": gettext_noop(
        "It is filed, and your twelve words bring you back. You have saved no receipt; your case gives it again while this server answers."
    ),
    "saved-now": gettext_noop("Handed to your browser, which saves it."),
    "sealing": gettext_noop("Sealing on this machine…"),
    "sending": gettext_noop("Sending what is sealed…"),
    "uploading": gettext_noop("Sending files: {done} of {total}"),
    "work": gettext_noop(
        "Many ask at this moment, so this machine shows {bits} bits of work first. It takes a moment."
    ),
    "fault-sending": gettext_noop(
        "The part of this page that seals failed while it sent. What you typed is still here. Whether it arrived cannot be known here: "
        "try your twelve words on the page of your case before you file it again, or it may be there twice."
    ),
    "send-again": gettext_noop("Send it again"),
    "leave-something-out": gettext_noop("Back, to leave something out"),
    "accept-clock": gettext_noop("Accept the server's clock and send"),
    "filed-promised": gettext_noop(
        "The log signed on {when} that it received it, and promises to publish that by {due}."
    ),
    "filed-proven": gettext_noop(
        "The log received it on {when}; it stands in the record, and the receipt holds the proof."
    ),
    "word": gettext_noop("Word {n}"),
    "word-differs": gettext_noop("This is not word {n}; look at what you wrote down."),
    "fact-files": gettext_noop("Files"),
    "fact-case": gettext_noop("Case"),
    "fact-filed": gettext_noop("Received"),
    "fact-due": gettext_noop("Published by the end of"),
    "fact-entry": gettext_noop("Your entry in the record"),
    "fact-channel": gettext_noop("Channel"),
    "fact-address": gettext_noop("Where to come back"),
    "fact-charter": gettext_noop("Charter"),
    "fact-charter-hash": gettext_noop("The charter's entry in the record"),
    "claim-document": gettext_noop("One: the document as a whole"),
}
# What is said of files, fetched when the first is chosen: most authors attach none.
FILES: Final[dict[str, str]] = {
    "leave-file-out": gettext_noop("Leave out {name}"),
    "file-as-is": gettext_noop("“{name}” goes as it is, with what it tells"),
    "carries-image": gettext_noop(
        "Made anew here, without what a camera or program wrote into it. What it shows stays."
    ),
    "carries-removed": gettext_noop("Made anew here, without this that the file told. What it shows stays:"),
    **{f"family-{family}": text for family, text in FAMILIES.items()},
    **{f"looked-{how}": text for how, text in LOOKED.items()},
    **{f"tells-{what}": text for what, text in WHAT.items()},
}
_READING: Final = {
    "title-error": _WRITING["title-error"],
    # The questions of the template; the page on which an author writes has them beside its fields
    "prompt-decision": gettext_noop("Which policy or decision is it?"),
    "prompt-consequence": gettext_noop("What happens if nothing changes?"),
    "prompt-tried": gettext_noop("What was already tried, and with what result?"),
    "prompt-read": gettext_noop("What should the readers read?"),
    "prompt-ask": gettext_noop("Whom should they ask?"),
    "prompt-standing": gettext_noop("Your standing on this matter"),
    "prompt-decision_date": gettext_noop("The date on which the decision falls, if you know it"),
    "prompt-recommendation": gettext_noop("What do you recommend?"),
    "prompt-distribution": gettext_noop("How far do you ask to distribute it?"),
    **sayings.CASE,
    # A case
    "opening": gettext_noop("Opening…"),
    "open-case": gettext_noop("Open my case"),
    "your-case": gettext_noop("Your case"),
    "working": gettext_noop("Working…"),
    "asked": gettext_noop("This is how it stands now."),
    "saved": gettext_noop("The browser saves “{name}” now."),
    "sent": gettext_noop("Your message is recorded, as item {n}, on {when}."),
    "withdrawn-now": gettext_noop("The case is withdrawn, by item {n}, on {when}. Nobody owes you a reply any more."),
    "reported-itself": gettext_noop(
        "This page reported by itself what does not hold here, as item {n}, on {when}; oversight sees it."
    ),
    "reported": gettext_noop("Your report is recorded, as item {n}, on {when}; oversight sees it."),
    "late-by": gettext_noop("{clock}: due by the end of {due}, by {owner}. Late by {n} days."),
    "late-by-one": gettext_noop("{clock}: due by the end of {due}, by {owner}. Late by one day."),
    "late-seen": gettext_noop(
        "Everybody sees on the channel's page that something is late; the page counts it without naming the case. It is counted from the "
        "record; nobody can switch it off."
    ),
    "write-message": gettext_noop("Write the message first."),
    "as-of": gettext_noop("As of {when}. Case {case}, filed on {filed}."),
    "state-withdrawn": gettext_noop("Withdrawn by you."),
    "see-reply": gettext_noop("It stands above, beside your claims."),
    "fetched-note": gettext_noop("The key did; nobody can say that a person read."),
    "did-received": gettext_noop("The log received your filing"),
    "did-grant": gettext_noop("{who} gave access to {to}"),
    "did-fetch": gettext_noop("{who} fetched item {item}"),
    "did-fetch-message-own": gettext_noop("{who} fetched your message of {day}"),
    "did-fetch-message": gettext_noop("{who} fetched the message of {day}"),
    "did-fetch-reply": gettext_noop("{who} fetched the reply of {day}"),
    "did-fetch-filing": gettext_noop("{who} fetched your filing"),
    "did-acknowledge": gettext_noop("{who} acknowledged"),
    "did-message": gettext_noop("{who} wrote"),
    "did-message-own": gettext_noop("You wrote"),
    "did-reply": gettext_noop("{who} replied"),
    "did-countersign": gettext_noop("{who} countersigned the reply (item {reply})"),
    "did-extend": gettext_noop("{who} extended the clock “{clock}” until {until}"),
    "did-withdraw": gettext_noop("{who} withdrew the case"),
    "did-withdraw-own": gettext_noop("You withdrew the case"),
    "did-close": gettext_noop("{who} closed the case"),
    "did-unreadable": gettext_noop("{who} could not open item {item}"),
    "did-mismatch": gettext_noop("{who} reported that item {item} is faulty"),
    "did-limits": gettext_noop("{who} reported that the filing goes beyond the charter's limits"),
    "did-unreadable-own": gettext_noop("You could not open item {item}"),
    "did-readable": gettext_noop("{who} said that what was filed can be read"),
    "did-readable-own": gettext_noop("You said that what you filed can be read"),
    "did-mismatch-own": gettext_noop("You reported that item {item} is faulty"),
    # The reply
    "claim-unknown": gettext_noop("The text of this claim is not here."),
    # Access and text
    "granted-at-filing": gettext_noop("At filing, as you saw"),
    "fetched-filing": gettext_noop("Fetched your filing on {when}"),
    "fetched-message-own": gettext_noop("Fetched your message of {day} on {when}"),
    "fetched-message": gettext_noop("Fetched the message of {day} on {when}"),
    "fetched-reply": gettext_noop("Fetched the reply of {day} on {when}"),
    "dissent-gone": gettext_noop("The server no longer shows the sealed text; your sealed copy holds it."),
    "dissent-manifest": gettext_noop(
        "The sealed text that the server shows is not the one that you filed; do not rely on it."
    ),
    "file-not-kept": gettext_noop("{name} ({size}): open the case with your sealed copy to have it"),
    "filed-document": gettext_noop("A document, filed as it is: {name}"),
    "fetch-file": gettext_noop("Fetch {name} ({size})"),
    # What was checked
    "unchecked-thread": gettext_noop(
        "Whether the case was longer before, or another: the receipt that you saved shows it."
    ),
    "unchecked-record": gettext_noop(
        "Whether this is the record that you saw before: the receipt that you saved shows it."
    ),
    "unchecked-witness": gettext_noop(
        "Whether others are shown another record: no witness outside the institution countersigns it yet."
    ),
    "unchecked-words": gettext_noop("Whether this is the right channel: compare its words with the poster or notice."),
    "channel-words": gettext_noop("The channel's words:"),
    "receipt-holds": gettext_noop(
        "The receipt holds, and nothing that is shown here contradicts it. Signed heads of the case compared: {heads}."
    ),
    "mismatch": gettext_noop(
        "Item {n} is faulty ({fact}), and that could not be reported by itself. You can report it: it is recorded, and oversight sees it."
    ),
    "contradict": gettext_noop(
        "Two offices say that what you filed cannot be read, and it opens here. You can report it: then they owe you again what they owed."
    ),
    "report-mismatch": gettext_noop("Report it"),
}

# What a case says too.
_ALSO_READING: Final = frozenset(
    {
        "check-claims",
        "check-files",
        "check-more",
        "check-recommendation",
        "claim",
        "empty",
        "holder-unnamed",
        *MARKS,
        "practice",
        "too-large",
        "work",
    }
)

# Only what a page can say goes with it: who files on a slow line does not load what a case would say, nor the other way round.
# What the page on which an author writes says before they begin, and what it says from there on, which is fetched with the steps so that
# the first view stays light.
BEFORE: Final[dict[str, str]] = {**refusals.ANYWHERE, **_BEGINNING}
STEPS: Final[dict[str, str]] = {**refusals.WRITING, **_WRITING, **_LOSING}
WRITING: Final[dict[str, str]] = {**BEFORE, **STEPS}
READING: Final[dict[str, str]] = {
    **refusals.ANYWHERE,
    **refusals.COMING_BACK,
    **_BEGINNING,
    **_LOSING,
    **_READING,
    **sayings.CLOCKS,
    **{code: said for code, said in WRITING.items() if code in _ALSO_READING},
}
SAYINGS: Final[dict[str, str]] = {**WRITING, **FILES, **READING}


def carried(sayings: dict[str, str]) -> dict[str, str]:
    """What of `sayings` a page carries. The many codes that say that an answer does not hold stand in one row, `bad-answers`, under one
    sentence: a code that is in no row is a fault of the page, and no lie of the server.
    """
    bad = {code for code, text in sayings.items() if text == sayings["bad-answer"]}
    rest = {code: text for code, text in sayings.items() if code == "bad-answer" or code not in bad}
    return {**rest, "bad-answers": " ".join(sorted(bad))}
