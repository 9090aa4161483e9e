# SPDX-License-Identifier: AGPL-3.0-or-later
"""The dissent that `demur file` makes of a file, and of what was said beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click

from demur.cli import speak
from demur.client.filing import DISSENT_FILE
from demur.client.marks import without_marks
from demur.dissent.documents.dissent import Dissent, check_document, decoded, from_document, from_template, from_text
from demur.dissent.documents.paragraphs import parting
from demur.dissent.errors import DocumentError

_OTHER_NAME: Final = f"original-{DISSENT_FILE}"
_LONGEST_PATH: Final = 1000  # letters; what is longer is no path, but said


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was said beside the text: `claims` are numbers of paragraphs, `quoted` passages of the text, `parts` what parts it."""

    claims: Sequence[int] = ()
    quoted: tuple[str, ...] = ()
    parts: str = ""
    subject: str = ""
    recommendation: str = ""
    language: str = ""

    @property
    def points_out(self) -> bool:
        """Whether claims are pointed out in the text."""
        return bool(self.claims or self.quoted)

    @property
    def beside(self) -> dict[str, Any]:
        """What is said beside any text or document."""
        return {"subject": self.subject, "recommendation": self.recommendation, "language": self.language}

    def without_marks(self) -> "Told":
        """The same with marks that nobody sees taken out of what is typed."""
        return replace(
            self,
            subject=without_marks(self.subject),
            recommendation=without_marks(self.recommendation),
            quoted=tuple(map(without_marks, self.quoted)),
        )


def own_text(data: bytes, name: str, told: Told) -> Dissent:
    """A plain text. Raises DocumentError, and UsageError where only the author can tell what its paragraphs are."""
    if told.claims and not told.parts and parting(decoded(data, name)) == "":
        raise click.UsageError(
            f"The lines of {name} look wrapped, so only you can tell what its paragraphs are; give --parts blank where empty lines "
            "part them, or --parts lines where each line is one"
        )
    return from_text(data, name=name, claims=told.claims, quoted=told.quoted, parts=told.parts, **told.beside)


def untouched(data: bytes, name: str, told: Told, *, document: bool) -> Dissent:
    """A file as it is; `document`: it is known to be no plain text. Raises DocumentError for one that is empty."""
    check_document(data, name)
    if not document:
        try:
            return from_text(data, name=name, parts=told.parts, **told.beside)
        except DocumentError:
            pass  # no text of letters: a document of another kind
    return from_document(name=name, **told.beside)


def filled(data: bytes, name: str, told: Told) -> Dissent:
    """A filled template. Raises DocumentError, and UsageError where something was said that the template says itself."""
    if told != Told():
        raise click.UsageError(
            "A template holds its own claims, subject, recommendation and language; leave those options out"
        )
    return from_template(utf8(data, name), name=name)


def original_name(name: str) -> str:
    """The name under which the original travels. Beside it lies `dissent.json`, and no two files of one name can."""
    if name != DISSENT_FILE:
        return name
    speak.warn(f"{name} is the name of what Demur makes of your dissent; your file is filed as {_OTHER_NAME}.")
    return _OTHER_NAME


def recommendation_of(said: str) -> str:
    """What is recommended: the text of the file that is named, or what was said itself. Raises DocumentError."""
    path = Path(said)
    try:
        named = len(said) < _LONGEST_PATH and "\n" not in said and path.is_file()
    except (OSError, ValueError):
        named = False
    return utf8(path.read_bytes(), path.name) if named else said


def utf8(data: bytes, name: str) -> str:
    """The text of a file, without the byte order mark that some programs put before it. Raises DocumentError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"The file {name!r} is not UTF-8 at byte {error.start}; save it as UTF-8 text.") from None
