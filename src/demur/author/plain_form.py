# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages without script are sent: read from the request within the charter's limits, and never on a disk.

Whoever steals the disk must find no text of an author: files that come with a form stay in memory until they are sealed, so they are small;
large ones need the command line or a browser that seals.
"""

import hashlib
import hmac
import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, cast

from django.http import QueryDict

from demur.author.languages import WRITTEN
from demur.author.limits import size
from demur.author.plain_files import TOO_LARGE, FormFile, FormTooLarge, Held, InMemory, TooManyFiles
from demur.charter.model import Limits
from demur.client.errors import CarriesMetadata, ClientError, TooLarge
from demur.client.inspection.importing import text_or_import
from demur.client.inspection.look import look
from demur.client.inspection.report import Report
from demur.client.marks import without_marks
from demur.client.wish import Attachment, Wish
from demur.dissent.documents.dissent import from_text, paragraphs
from demur.dissent.documents.paragraphs import PARTS, parting
from demur.dissent.errors import DocumentError
from demur.schema import is_visible
from demur.web.bodies import drain
from demur.web.requests import DemurRequest

NAME: Final = "dissent.txt"
DAY: Final = 86_400  # seconds that a form may lie open
# Paragraphs that the second sheet offers for marking: a page of a million helps nobody and costs the server.
MOST_MARKED: Final = 500
MOST_LINES: Final = 20_000  # of a text that this server parts into paragraphs; a megabyte of prose has fewer
_LINE_ENDS: Final = "\n\v\f\r\x85\u2028\u2029"
_TAKEN: Final = 16  # times what is kept, taken and thrown away, so that a browser that still sends hears why
_NONCE: Final = re.compile(r"[0-9a-f]{64}")


class NameChanged(ClientError):  # noqa: N818 -- named as the fact
    """A file cannot be sealed under the name that it was given, and nobody ticked that it may have the other."""


class Beyond(TooLarge):
    """One of the charter's limits: `code` is the script's sentence for it, `facts` what stands in that."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(f"The form is beyond a limit of the charter: {code}.")
        self.code = code
        self.facts = facts


class FilesTell(CarriesMetadata):
    """Files tell more than their text, and nobody ticked that they go as they are; `told` has what each tells."""

    def __init__(self, told: list[tuple[FormFile, Report]]) -> None:
        super().__init__("A file can tell more than its text; tick that the files go as they are, or leave it out.")
        self.told = told


class TextInTheWay(ClientError):  # noqa: N818 -- named as the fact
    """A text was typed and a document chosen whose text would replace it."""


class MarksTakenOut(ClientError):  # noqa: N818 -- named as the fact
    """Marks that nobody sees were taken out on request; the text is shown once more before it is filed."""


class EmptyFile(ClientError):  # noqa: N818 -- named as the fact
    """A file holds nothing: `shown` is its name for people to look at; `code` as of Beyond."""

    code: Final = "empty-file"

    def __init__(self, shown: str) -> None:
        super().__init__("A file is empty; look whether it was saved, or leave it out.")
        self.shown = shown


class ManyLines(TooLarge):
    """The text has more lines than this page takes: to part it costs this server more than to seal it."""


class NothingWritten(DocumentError):  # noqa: N818 -- named as the fact
    """There is no text."""


class NoText(DocumentError):  # noqa: N818 -- named as the fact
    """A NUL stands in what was typed: no page can show it, so it would not come back from one as it was."""


class OfficesChanged(ClientError):  # noqa: N818 -- named as the fact
    """An office was marked that the charter in force does not have."""


class NotParted(DocumentError):  # noqa: N818 -- named as the fact
    """Paragraphs were marked of which nobody knows where they end."""


class Unanswered(ClientError):  # noqa: N818 -- named as the fact
    """The charter asks something, and neither an answer nor "Not stated" was chosen."""


class ParagraphGone(DocumentError):  # noqa: N818 -- named as the fact
    """A paragraph was marked that the text does not have."""


@dataclass(frozen=True, kw_only=True)
class PlainForm:
    """One sheet of what was typed; `text` with line feeds, as written otherwise. `renamed` are the marks of files that may change name."""

    text: str
    subject: str
    claims: tuple[int, ...]
    facts: dict[str, str]
    recused: frozenset[str]
    accepted: frozenset[str]
    files: tuple[FormFile, ...]
    as_is: bool
    nonce: str
    begun: int
    quoted: tuple[str, ...] = ()  # passages that are claims
    parts: str = ""  # what parts the text, where the author said it
    parted: str = ""  # what parted the paragraphs that the page showed for marking
    recommendation: str = ""
    language: str = ""
    renamed: frozenset[str] = frozenset()
    refused: TooLarge | None = None  # why the files were not taken
    take_out: bool = False  # marks that nobody sees
    document: FormFile | None = None  # whose text is to be taken

    @property
    def paragraphs(self) -> list[str]:
        """The text's paragraphs, for marking claims: no more than the page offers, and one."""
        return paragraphs(self.text, self.parts, most=MOST_MARKED + 1)

    @property
    def ambiguous(self) -> bool:
        """Whether only the author can tell what parts the text, and has not said it."""
        return self.parts == "" and parting(self.text) == ""

    @property
    def partable(self) -> bool:
        """Whether it makes a difference what parts the text."""
        first, second = (paragraphs(self.text, parts, most=MOST_MARKED) for parts in PARTS)
        return first != second

    @property
    def changed(self) -> list[FormFile]:
        """The files that cannot keep the name that they were given."""
        return [file for file in self.files if file.name != file.given]

    def check_limits(self, limits: Limits) -> None:
        """Raises TooLarge for the first limit of the charter that the form does not keep."""
        if self.refused is not None:
            raise self.refused
        if sum(map(self.text.count, _LINE_ENDS)) > MOST_LINES:  # before it is parted
            raise ManyLines(f"The text has more than {MOST_LINES} lines; add it as a file.")
        text = len(self.text.encode())
        if text > limits.text_bytes:
            raise Beyond("long-text", size=size(text), limit=size(limits.text_bytes))
        if len(self.claims) + len(self.quoted) > limits.claims:
            raise Beyond("many-claims", n=str(limits.claims))
        if len(self.files) > limits.files:
            raise TooManyFiles("There are more files than the charter allows; leave some out, or join them.")
        for file in self.files:
            if len(file.data) > limits.file_bytes:
                have, most = size(len(file.data)), size(limits.file_bytes)
                raise Beyond("large-file", name=file.shown, size=have, limit=most)
        if text + sum(len(file.data) for file in self.files) > min(limits.request_bytes, limits.total):
            raise FormTooLarge(TOO_LARGE)

    def check_offices(self, known: set[str]) -> None:
        """Raises OfficesChanged unless every office that was marked is among `known`."""
        if not self.recused | self.accepted <= known:
            raise OfficesChanged("An office was marked that is none any more; look at the readers again.")

    @property
    def without_marks(self) -> "PlainForm":
        """The same sheet with marks that nobody sees taken out of what was typed. Where a paragraph held nothing else, none is marked."""
        cleaned = replace(
            self,
            text=without_marks(self.text),
            subject=" ".join(without_marks(self.subject).split()),
            recommendation=without_marks(self.recommendation),
            quoted=tuple(map(without_marks, self.quoted)),
            take_out=False,
        )
        return cleaned if len(cleaned.paragraphs) == len(self.paragraphs) else replace(cleaned, claims=())

    @property
    def with_document(self) -> "PlainForm":
        """The sheet with the text of the document that was chosen. Raises TextInTheWay, NotImportable."""
        if self.document is None:
            return self
        if self.text.strip():
            raise TextInTheWay("There is a typed text already; empty the field, or leave the document out.")
        return replace(self, text=_lines(text_or_import(self.document.data)), document=None)

    def wish(self) -> Wish:
        """What is to be filed. Raises DocumentError, NameChanged, CarriesMetadata."""
        self.check_text()
        original = self.text.encode()
        dissent = from_text(
            original,
            name=NAME,
            claims=self.claims,
            quoted=self.quoted,
            parts=self.parts,
            subject=self.subject,
            recommendation=self.recommendation,
            language=self.language,
        )
        self._check_files()
        return Wish(
            dissent=dissent,
            original=original,
            attachments=tuple(Attachment(name=file.name, data=file.data) for file in self.files),
            facts={name: answer for name, answer in self.facts.items() if answer},
            recused=self.recused,
            new_keys=self.accepted,
        )

    def check_text(self) -> None:
        """Raises DocumentError for a text, or marks in it, that cannot be filed."""
        if "\0" in "".join((self.text, self.subject, self.recommendation, *self.quoted)):
            raise NoText("The text has a NUL character, which is no text; delete it.")
        if not is_visible(self.text):
            raise NothingWritten("There is no text; write it.")
        if self.claims and (self.ambiguous or self.parted != self.parts):
            raise NotParted(
                "What ends a paragraph was not said, or changed after paragraphs were marked; say it, and mark them."
            )
        if self.claims and max(self.claims) > len(self.paragraphs):
            raise ParagraphGone("A paragraph was marked that the text does not have; mark them again.")

    def _check_files(self) -> None:
        if empty := next((file for file in self.files if not file.data), None):
            raise EmptyFile(empty.shown)
        if not {file.mark for file in self.changed} <= self.renamed:
            raise NameChanged("A file cannot keep its name; allow the other, or rename it.")
        told = [] if self.as_is else [(file, look(file.data)) for file in self.files]
        if not all(report.passes for _, report in told):
            raise FilesTell(told)

    def random(self, secret: bytes) -> Callable[[int], bytes]:
        """Chance that is the same for the same sheet sent twice, so that a button pressed twice means one case and one code.

        It follows from a nonce that stood in the page, from every value that was sent, and from a secret of this installation: a thief
        of any one of them, or of two, cannot draw it again.
        """
        digest = hashlib.sha256()
        for part in self._parts():
            digest.update(len(part).to_bytes(8, "big") + part)
        seed = hmac.digest(secret, b"demur/plain/v1\0" + bytes.fromhex(self.nonce) + digest.digest(), "sha256")
        drawn = 0

        def draw(count: int) -> bytes:
            nonlocal drawn
            drawn += 1
            return hashlib.shake_256(seed + drawn.to_bytes(8, "big")).digest(count)

        return draw

    def _parts(self) -> list[bytes]:
        # Each value under its name: the same offices left out and accepted are two sheets.
        sheet = {
            "text": self.text,
            "subject": self.subject,
            "recommendation": self.recommendation,
            "language": self.language,
            "quoted": list(self.quoted),
            "parts": self.parts,
            "begun": self.begun,
            "claims": list(self.claims),
            "recused": sorted(self.recused),
            "accepted": sorted(self.accepted),
            "renamed": sorted(self.renamed),
            "facts": self.facts,
            "as_is": self.as_is,
            "take_out": self.take_out,
        }
        return [
            json.dumps(sheet, sort_keys=True).encode(),
            *(part for file in self.files for part in (file.given.encode(), file.data)),
        ]


def read_form(request: DemurRequest, *, most: int) -> PlainForm:
    """The form that was posted; `most` bytes of files are taken. Where they are refused, the form is without them and says why."""
    keeper = InMemory(request, most)
    request.upload_handlers = [keeper]
    fields, files = request.POST, request.FILES.getlist("file")
    documents = cast(list[Held], request.FILES.getlist("document"))[:1]
    form = _form(fields, cast(list[Held], files), at=request.at)
    if documents and documents[0].given:
        form = replace(form, document=FormFile(given=documents[0].given, data=documents[0].getvalue()))
    if keeper.refused is None:
        return form
    drain(request, _TAKEN * most)
    return replace(form, refused=keeper.refused)


def _form(fields: QueryDict, files: Iterable[Held], *, at: int) -> PlainForm:
    nonce, begun = fields.get("nonce", ""), _count(fields.get("begun", ""), 11)
    fresh = bool(_NONCE.fullmatch(nonce)) and at - DAY <= begun <= at
    return PlainForm(
        text=_lines(fields.get("text", "")),
        subject=" ".join(fields.get("subject", "").split()),
        claims=tuple(sorted({int(part) for part in fields.getlist("claim") if 0 < _count(part, 6) <= MOST_MARKED})),
        facts={name.removeprefix("fact-"): str(fields[name]) for name in fields if name.startswith("fact-")},
        recused=frozenset(fields.getlist("recuse")),
        accepted=frozenset(fields.getlist("accept")),
        files=tuple(FormFile(given=file.given, data=file.getvalue()) for file in files),
        as_is=fields.get("as-is") == "yes",
        take_out=fields.get("take-out") == "yes",
        nonce=nonce if fresh else "",
        begun=int(begun) if fresh else 0,
        quoted=tuple(part for passage in fields.getlist("passage") if is_visible(part := _lines(passage))),
        parts=parts if (parts := fields.get("parts", "")) in PARTS else "",
        parted=fields.get("parted", ""),
        recommendation=_lines(fields.get("recommendation", "")),
        language=language if (language := fields.get("language", "")) in dict(WRITTEN) else "",
        renamed=frozenset(fields.getlist("rename")),
    )


def _count(text: str, digits: int) -> float:
    """A number of at most so many digits; infinity for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else math.inf


def _lines(text: str) -> str:
    # Browsers send every line's end as CRLF, whatever was typed.
    return text.replace("\r\n", "\n")
