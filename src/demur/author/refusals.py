# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes wrong on the author's pages: a sentence for every code of a Refusal that can meet an author (`assets/`).

Several codes of the checkers share one sentence, because an author does the same about them; the code stands in it, for whoever helps.
"""

from typing import Final

from demur.charter.explain import gettext_noop

_BAD_ANSWER: Final = gettext_noop(
    "The server's answer does not hold ({code}): it is not what this channel signed. Do not rely on it; try "
    "again, or tell oversight."
)
_BAD_FILE: Final = gettext_noop("This file cannot be read ({code}); take the one that you saved.")
_CALENDAR: Final = gettext_noop(
    "The charter's calendar has ended, so no date can be promised; its officers must sign a new version."
)
_SIGNED_BY_NOBODY: Final = gettext_noop(
    "The server shows an act that nobody who may do it has signed. Keep your receipt, do not rely on this "
    "page, and tell oversight."
)
_IN_DISPUTE: Final = gettext_noop(
    "A witness of the record says that it cosigned another record than this server holds. Until it is clear who is right, nothing "
    "can be promised, and nothing was kept. What you typed is still here; send it again later, or use one of the other doors."
)
_CLOSED: Final = gettext_noop(
    "This channel is not open: too few of its seats are filled, or its charter is not signed yet. Use one of "
    "the other doors."
)

ANYWHERE: Final[dict[str, str]] = {
    # This page, this machine, this line
    "fault": gettext_noop(
        "This page made a mistake ({code}). What you typed is still here; try again, or use the program on your "
        "own machine."
    ),
    "worker-lost": gettext_noop(
        "The part of this page that seals could not be loaded, or has failed. What you typed is still here; try again, or use the program "
        "on your own machine."
    ),
    "closed": gettext_noop("This page was ended before that was done; try again."),
    "unreachable": gettext_noop(
        "The server does not answer. What you typed is still here; look at your network and try again."
    ),
    "clock-differs": gettext_noop(
        "The server's clock and this machine's differ by {seconds} seconds. Set this machine's clock; or accept "
        "the server's, which then says when you filed."
    ),
    "server": gettext_noop("The server refuses this. It says: {sentence}"),
    # What stands between (a proxy, a gateway) and answers in the channel's place, without its words
    "between": gettext_noop(
        "Something between you and the channel answered {status} in its place and does not say why. What you typed is still here; try "
        "again in some minutes, from another network if you can, or tell whoever runs this server."
    ),
    "between-away": gettext_noop(
        "The channel's own program does not answer; what stands before it says {status}. What you typed is still here; try again in some "
        "minutes."
    ),
    "between-large": gettext_noop(
        "Something between you and the channel takes no request of this size (413): the text and the small files are too large for it "
        "together. Leave a file out; one of more than 1 megabyte is sent in parts, which passes. Tell whoever runs this server."
    ),
    "server-unavailable": gettext_noop(
        "The server is busy at this moment. What you typed is still here; try again in a minute."
    ),
    "server-too-many": gettext_noop(
        "You have done as much of this in this case today as one may. What you typed is still here; send it tomorrow."
    ),
    "server-in-dispute": _IN_DISPUTE,
    # What the server says is not what the channel signed
    **dict.fromkeys(
        (
            "bad-answer",
            "bundle",
            "document",
            "unanswered",
            "channel",
            "charter",
            "checkpoint",
            "container",
            "directory",
            "entry",
            "event",
            "head",
            "manifest",
            "note",
            "policy",
            "policy-change",
            "promise",
            "proof",
            "roster",
            "sealed-file",
            "statement",
            "story",
            "seat",
        ),
        _BAD_ANSWER,
    ),
    "calendar": _CALENDAR,
    **dict.fromkeys(("forged", "event-forged"), _SIGNED_BY_NOBODY),
    "another-day": gettext_noop(
        "What the server says is in force was signed on another day. Set this machine's clock; if it is right, "
        "do not file there."
    ),
    "swapped-key": gettext_noop("The server names seats that the officers did not sign. Do not file there."),
    "promise-broken": gettext_noop("The log promised to publish an entry of yours by a date, and has not."),
    "record-forked": gettext_noop("The server has shown two records that contradict each other."),
    "back-dated": gettext_noop("The log signed times that run backwards."),
    "rolled-back": gettext_noop("The server shows an older charter, or older seats, than it has shown before."),
    "lost": gettext_noop(
        "The log was restored from a backup and has lost part of this case, as its record says for all to see. What was written "
        "meanwhile is gone there and must be said again."
    ),
    "evidence": gettext_noop(
        "There is evidence of it, which convinces anybody: save it, and check it with `demur verify`."
    ),
    "evidence-save": gettext_noop("Save the evidence"),
}
WRITING: Final[dict[str, str]] = {
    # What was written, and by whom it would be read
    "broken-upload": gettext_noop("A file did not arrive whole. What you typed is still here; send it again."),
    "file-changed": gettext_noop("A file changed on your machine while it was sealed; take it out and add it again."),
    "nothing-sealed": gettext_noop("This page lost what it sealed. What you typed is still here; file it again."),
    "nothing-filed": gettext_noop("This page lost what it filed; come back with the words."),
    "in-dispute": _IN_DISPUTE,
    "not-open": _CLOSED,
    "closed-no-roster": _CLOSED,
    "closed-too-few-readers": _CLOSED,
    "closed-no-oversight": _CLOSED,
    "closed-unknown-format": gettext_noop(
        "The charter in force is written in a format that this page does not know; use another door until the office has "
        "updated this channel."
    ),
    "closed-charter-fault": gettext_noop(
        "A part of the charter in force cannot be read; use another door until the officers have signed a charter that can."
    ),
    "closed-new-charter": gettext_noop(
        "A new charter is in force, and its officers have not yet signed the seats for it, so nothing can be filed now. What you typed is "
        "still here; send it again later, or use one of the other doors."
    ),
    "too-large": gettext_noop("This is larger than the channel takes; leave something out."),
    "too-large-text_bytes": gettext_noop(
        "The text has {have} and may have {most}; shorten it, or attach a part as a file."
    ),
    "too-large-file_bytes": gettext_noop("An attached file has {have} and may have {most}; split it, or leave it out."),
    "too-large-total_bytes": gettext_noop(
        "The attached files together have {have} and may have {most}; leave something out."
    ),
    "too-large-room": gettext_noop(
        "The server has no room for these files at this moment; try again later, or file without them."
    ),
    "readers-changed": gettext_noop(
        "The charter, the offices or their keys have changed since this page showed them. Nothing was sealed, and what you typed is still "
        "here; look at what is asked and who reads now, then send."
    ),
    "key-too-new": gettext_noop(
        "An office has a key that is new in the record. Go to the readers, and accept it or leave the office out."
    ),
    "fact": gettext_noop("An answer to what the charter asks is missing or is none that it knows; choose it again."),
    "no-reader": gettext_noop("Nobody would be left to read it; leave fewer offices out."),
    "no-answer": gettext_noop(
        "Only {title} may acknowledge and answer under this charter. If you leave it out, nobody can ever answer you. Let it read, or use "
        "another door: {doors}."
    ),
    "text": gettext_noop("The text is not plain UTF-8 text; paste it, or file it as a document."),
    "claims": gettext_noop("A claim is empty, or is marked twice; look at the claims again."),
    "passage": gettext_noop(
        "This passage does not stand in the text, or stands there more than once; select it in the text, or copy more of it."
    ),
    "empty-document": gettext_noop("The document is empty; look whether it was saved, then choose it again."),
    "too-long": gettext_noop("The subject, or the name of the file, is too long; make it shorter."),
    "file-name": gettext_noop(
        "The name of the file “{name}” cannot be sealed; rename it on your machine and add it again."
    ),
    "duplicate-name": gettext_noop("Two files have the name “{name}”; rename one on your machine and add it again."),
    "date": gettext_noop("The date of the decision is not a date; choose it again, or leave it empty."),
    "empty": gettext_noop("There is nothing in it yet; write something first."),
}
COMING_BACK: Final[dict[str, str]] = {
    "clock-differs": gettext_noop(
        "The server's clock and this machine's differ by {seconds} seconds. Set this machine's clock and try again."
    ),
    # Coming back
    "words": gettext_noop(
        "These are not the twelve words: each is on the list, but one is wrong or two are exchanged. Look at the paper, and at their order."
    ),
    "thread-shorter": gettext_noop("The server hides something that your receipt proves was in this case."),
    "item-changed": gettext_noop(
        "The server shows another item than the one that your receipt proves was in this case."
    ),
    "lost-act": gettext_noop(
        "The log was restored from a backup and has lost an act of yours, as its record says for all to see. What you wrote must be "
        "said again."
    ),
    "withheld": gettext_noop(
        "Item {n} was in the record while the log signed that your case did not hold it: it was withheld from "
        "you, and counts from when it was shown."
    ),
    "words-count": gettext_noop("Words found here: {n}. It takes twelve; look whether one is missing or doubled."),
    "word-near": gettext_noop("Word {n}, “{word}”, is not on the list of words. Did you mean “{near}”?"),
    "word-unlisted": gettext_noop("Word {n}, “{word}”, is not on the list of words; look at its spelling."),
    "no-mailbox": gettext_noop(
        "This channel has no case for these words. Look at the words again, and at the address of this page."
    ),
    "not-entered": gettext_noop("The case is closed on this page; open it again with the words."),
    "not-kept": gettext_noop(
        "This file cannot be had with the words alone; the key file or your sealed copy leads to it."
    ),
    "bundle": _BAD_FILE,
    "key-file": _BAD_FILE,
    "receipt": _BAD_FILE,
    "receipt-due": gettext_noop(
        "This receipt holds a promise whose day has passed, and no proof; complete it with `demur receipt complete`."
    ),
    "other-channel": gettext_noop("This belongs to another channel; open that channel's page."),
    "other-case": gettext_noop("This file is of another case; take the one that you saved with these words."),
    "moved-on": gettext_noop(
        "Something has happened in this case since this page looked. Look again, read it, then decide."
    ),
    "over": gettext_noop("The case is closed; what was recorded stays, and nothing can be added."),
    "withdrawn": gettext_noop("You have withdrawn this case."),
    "too-late-to-withdraw": gettext_noop("The case has its reply, so there is nothing left to withdraw."),
    "signing-key": _BAD_FILE,
    **dict.fromkeys(("another-story", "not-filed", "not-held", "dated-ahead", "another-place"), _BAD_ANSWER),
    **dict.fromkeys(("no-such-item", "fetched-already", "dated-before", "close-later", "not-a-reader"), _BAD_ANSWER),
    "disputed": gettext_noop("The reply is disputed: a new reply is owed, or a second office's signature."),
    "not-doubted": gettext_noop("Nobody says any more that it cannot be read, so there is nothing to contradict."),
    "readable-first": gettext_noop("Two offices have said that what was filed cannot be read."),
    "update-to-act": gettext_noop(
        "This case holds something that this page does not know, so this step could be wrong. Reload the page; if that does not help, the "
        "server must be updated."
    ),
    "no-extension": _BAD_ANSWER,
    "extension-date": _BAD_ANSWER,
    "extension-day": _BAD_ANSWER,
    "another-reply": _BAD_ANSWER,
}
