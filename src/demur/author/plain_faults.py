# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages without script say when something cannot be done."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext

from demur.author.plain_files import FilesGone, LongName, TooManyFiles
from demur.author.plain_form import (
    MOST_LINES,
    Beyond,
    EmptyFile,
    ManyLines,
    MarksTakenOut,
    NameChanged,
    NoText,
    NothingWritten,
    NotParted,
    OfficesChanged,
    ParagraphGone,
    TextInTheWay,
    Unanswered,
)
from demur.author.sayings import WRITING
from demur.charter.errors import CharterError, NobodyAnswers
from demur.client.erasure import CODE as ERASED
from demur.client.erasure import CaseErased
from demur.client.errors import CarriesMetadata, KeyTooNew, NotImportable, NotOpen, ServerRefused, TooLarge
from demur.client.lookups import NOT_FOUND
from demur.client.returncode import WrongCount, WrongDigit
from demur.dissent.errors import NoPassage, NotAllowed, NotPossible
from demur.errors import DemurError


class Overtaken(DemurError):  # noqa: N818 -- named as the fact
    """The case has more events than the page showed from which an act came."""


def filing_fault(error: DemurError) -> str:
    """Why nothing was filed."""
    if isinstance(error, Beyond):
        return gettext(WRITING[error.code]).format(**error.facts)
    if isinstance(error, EmptyFile):
        return gettext(WRITING[error.code]).format(name=error.shown)
    kinds: Mapping[type[DemurError], str] = {
        CarriesMetadata: gettext(
            "A file can tell more than you mean to: read below what was found in each. Choose the files again and tick that the files go "
            "as they are, or leave them out."
        ),
        MarksTakenOut: gettext(
            "The marks that nobody sees were taken out of the text. Look at it once more, choose your files again, and file it."
        ),
        NameChanged: gettext(
            "A file cannot keep its name: choose the files again, and tick the name that it gets, or rename it before."
        ),
        ManyLines: gettext("The text has more lines than this page takes, {n}: add it as a file.").format(n=MOST_LINES),
        TextInTheWay: gettext(
            "You typed a text and chose a document, and nothing is replaced unasked: empty the field, or leave the document out."
        ),
        NotImportable: gettext(
            "No text could be taken from this document. It must be .docx, .odt, or plain text (UTF-8), and not too long; or copy the text "
            "and paste it here."
        ),
        NothingWritten: gettext("Write what you disagree with, and why."),
        NoText: no_text(),
        OfficesChanged: gettext(
            "The offices of this channel changed since you marked them: look once more at who reads, and file it."
        ),
        NotParted: gettext(
            "Say what ends a paragraph, let the text be parted so, and mark the paragraphs again: only you can tell."
        ),
        NoPassage: gettext(
            "A passage does not stand in the text, or stands there more than once; copy it from the text, and more of it."
        ),
        ParagraphGone: gettext("A paragraph was marked that the text does not have; mark the paragraphs again."),
        TooManyFiles: gettext("There are more files than this page takes; leave some out, or join them."),
        LongName: gettext(
            "The name of a file is too long to be sent; rename it on your machine and choose the files again."
        ),
        TooLarge: too_large(),
        NotOpen: gettext("This channel is not open; nothing can be filed here."),
        KeyTooNew: gettext("An office has a key that is new in the record: accept it, or leave the office out."),
        NobodyAnswers: gettext(
            "You left out the only office that may acknowledge and answer under this charter, so nobody could ever answer you. "
            "Let it read, or use one of the other doors that the channel's page names."
        ),
        Unanswered: gettext("Choose an answer to what the charter asks; “Not stated” is one."),
        FilesGone: gettext("Your files are kept for ten minutes, and these are kept no more. Choose them again."),
        CharterError: gettext("Answer what the charter asks, and leave fewer offices out."),
    }
    if said := _said(error, kinds):
        return said
    if isinstance(error, ServerRefused) and error.code == "busy":
        return busy()
    if isinstance(error, ServerRefused) and error.code == "in-dispute":
        return in_dispute()
    if isinstance(error, ServerRefused) and error.code == "no-room":
        return no_room()
    return _unknown(error)


def too_large() -> str:
    """More was sent than is taken."""
    return gettext("The text and the files together are larger than this page takes; leave something out.")


def no_text() -> str:
    """A NUL stands in what was typed."""
    return gettext("What you typed has a NUL character, which is no text. It is shown as \ufffd: delete it.")


def busy() -> str:
    """Work would have to be shown, and a page without script shows none."""
    return gettext("Many file at this moment. What you typed is still here; try again in some minutes.")


def long_message() -> str:
    """A message, or a reason, is longer than is taken."""
    return gettext("That is longer than this channel takes in one message; shorten it, or send it in two.")


def closed() -> str:
    """Nothing is filed this way, or nothing at all, since the page was opened."""
    return gettext(
        "Since you opened this page the channel closed, or its charter ended this way of filing; nothing was filed. What you typed is "
        "still here: copy it, and look at the channel's page."
    )


def gone_filing() -> str:
    """The answer to a sheet is looked at too late."""
    return gettext(
        "A page is kept for ten minutes, and this one is over. If you had pressed “File it now”, the text may be filed: your return code "
        "tells, on the page of your case. If you had not, nothing is filed."
    )


def gone_case() -> str:
    """A case is looked at too late."""
    return gettext("A page is kept for ten minutes, and this one is over. Type your return code once more.")


def no_room() -> str:
    """The disk is as good as full."""
    return gettext(
        "The disk of this server is as good as full, so nothing can be filed at this moment. What you typed is still here; send it again "
        "later, or use one of the other doors."
    )


def in_dispute() -> str:
    """Nothing can be promised now."""
    return gettext(
        "A witness of the record says that it cosigned another record than this server holds. Until it is clear who is right, nothing "
        "can be promised, and nothing was kept. What you typed is still here; send it again later, or use one of the other doors."
    )


def too_many() -> str:
    """An author's acts of a day are used up."""
    return gettext(
        "You have done as much of this in this case today as one may. What you typed is still here; send it tomorrow."
    )


def erased() -> str:
    """The case was erased by the administrator."""
    return gettext(
        "This case was erased here on purpose, and cannot be read any more. A readable entry of the record names what was erased; your "
        "receipt still proves that you filed."
    )


_REFUSED: Final[Mapping[str, Callable[[], str]]] = {
    "in-dispute": in_dispute,
    "busy": busy,
    "too-many": too_many,
    ERASED: erased,
}


def case_fault(error: DemurError) -> str:
    """Why a case was not opened, or nothing was done to it."""
    if isinstance(error, ServerRefused) and error.status == NOT_FOUND:
        return gettext(
            "This channel has no case for this code. Look at the digits again, and at the address of this page."
        )
    if isinstance(error, ServerRefused) and error.code in _REFUSED:
        return _REFUSED[error.code]()
    kinds: Mapping[type[DemurError], str] = {
        CaseErased: erased(),
        WrongDigit: gettext(
            "A digit is wrong, or two are exchanged: the last group checks those before it. Compare group by group with the paper."
        ),
        WrongCount: gettext(
            "This is not a return code: it has 42 digits, in fourteen groups of three (older ones 39, in thirteen), and you typed {n}. "
            "Look at the paper."
        ).format(n=error.found if isinstance(error, WrongCount) else 0),
        NotAllowed: gettext(
            "This case was sealed on its author's own machine, and this page opens none of those: the server would learn its words. "
            "Use the page with script, or the program on your own machine."
        ),
        Overtaken: gettext(
            "Something was added to your case since this page was shown, perhaps by a button pressed twice. Look at what happened, and "
            "send again only what is missing."
        ),
        TooLarge: long_message(),
        NoText: no_text(),
        NotPossible: gettext("The case has come too far for that; read it again."),
    }
    return _said(error, kinds) or _unknown(error)


def _said(error: DemurError, kinds: Mapping[type[DemurError], str]) -> str:
    return next((sentence for kind, sentence in kinds.items() if isinstance(error, kind)), "")


def _unknown(error: DemurError) -> str:
    # Errors speak English and to whoever runs a command; the name of its kind helps whoever helps the author.
    code = error.code if isinstance(error, ServerRefused) else type(error).__name__
    return gettext(
        "This could not be done now ({code}). Try again in some minutes, or tell whoever runs this server."
    ).format(code=code)
