# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads the author's files for `demur file`: refuses what would tell more than they mean to, and says of each what
was found in it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from demur.cli import speak
from demur.cli.writing import Told, filled, original_name, own_text, untouched
from demur.client.errors import CarriesMetadata, TooLarge
from demur.client.inspection.importing import text_of
from demur.client.inspection.look import look
from demur.client.inspection.markwords import mark_warnings
from demur.client.inspection.report import Report
from demur.client.inspection.words import described
from demur.client.marks import without_marks
from demur.client.metadata import clean, look_at_file, refusal
from demur.client.wish import LARGE, Attachment, LargeAttachment
from demur.dissent.documents.dissent import Dissent
from demur.dissent.errors import DocumentError
from demur.seal.large import LargeFile

READ: Final = 64 * 1024 * 1024  # bytes of one file that are held in memory
_NO_TEXT: Final = frozenset({"unknown", "utf16"})  # what reads a text says why it is none
_IMPORTED_TEXT: Final = (
    "Its text was taken: notes, comments, pictures, numbers of lists, hidden and struck-out text are left out; "
    "look it through."
)
_IMPORTED: Final = frozenset({"ooxml", "odf", "xml"})


class Reading:
    """The files of one filing. `as_is`: untouched; `cleaning`: through mat2; `importing`: the text of a .docx or .odt document is taken;
    `taking_out`: marks that nobody sees are taken out of texts; `asking`: a person at a terminal is asked whether they shall be.
    """

    def __init__(
        self, *, as_is: bool, cleaning: bool, importing: bool = False, taking_out: bool = False, asking: bool = False
    ) -> None:
        if as_is and cleaning:
            raise click.UsageError("--as-is and --clean contradict each other; give one")
        if as_is and (importing or taking_out):
            raise click.UsageError("--as-is contradicts --text and --take-out-marks; leave it or them out")
        self.as_is, self.cleaning, self.importing, self.taking_out = as_is, cleaning, importing, taking_out
        self.asking = asking
        self.original = b""
        self._told: list[tuple[str, Report]] = []
        self._notes: list[str] = []

    def dissent(self, path: Path, told: Told, *, template: bool) -> Dissent:
        """The dissent in `path`; its bytes are in `original` then. Raises DocumentError with what to do."""
        data, name = _bytes(path), original_name(_name(path))
        report = look(data)
        if self.importing:
            data, name = text_of(data).encode(), f"{path.stem}.txt"
            self._notes.append(_IMPORTED_TEXT)
        elif not self.as_is:
            data = self._passable(path.name, data, report)
        data, told = self._taken_out(data, told)
        self.original = data
        self._warn_of_marks(data, told.subject + told.recommendation, name)
        if self.as_is and not told.points_out:
            self._told.append((name, report))
            return untouched(data, name, told, document=report.document and report.kind not in _NO_TEXT)
        if not self.as_is and (template or path.suffix == ".toml"):
            return filled(data, name, told)
        return own_text(data, name, told)

    def attachment(self, path: Path) -> Attachment | LargeAttachment:
        """A file to go with it; a large one stays on the disk. Raises DocumentError for one that is empty."""
        if path.is_file() and path.stat().st_size == 0:
            raise DocumentError(f"The attachment {path.name!r} is empty; look whether it was saved, or leave it out.")
        name = _name(path)
        if path.stat().st_size > LARGE:
            report = look_at_file(path)
            if not self.as_is and not report.passes:
                raise CarriesMetadata(
                    refusal(name, report, remedy="clean it yourself, or file it untouched with --as-is")
                )
            self._told.append((name, report))
            return LargeAttachment(name=name, file=LargeFile.measure(path))
        data = _bytes(path)
        report = look(data)
        if not self.as_is and not report.passes:
            data = self._cleaned(name, data, report)
            report = look(data)
        self._told.append((name, report))
        return Attachment(name=name, data=data)

    def lines(self) -> list[str]:
        """What each file tells, and what was done to the text, for the person who files."""
        rows = []
        for name, report in self._told:
            rows += [f"What {speak.shown(name)} tells:", *(f"  {speak.shown(line)}" for line in described(report))]
        return [*rows, *self._notes]

    def _passable(self, name: str, data: bytes, report: Report) -> bytes:
        """A text that can be filed as text: a format in letters, such as mail, is refused; signs of one inside a text are told."""
        if not report.document or report.kind in _NO_TEXT:
            if report.family not in {"text", "unknown"} and report.kind not in _NO_TEXT:
                self._told.append((name, report))
            return data
        if self.cleaning:
            return self._cleaned(name, data, report)
        remedy = "take its text with --text, clean it with --clean, or file it untouched with --as-is"
        raise CarriesMetadata(
            refusal(name, report, remedy=remedy) if report.kind in _IMPORTED else refusal(name, report)
        )

    def _cleaned(self, name: str, data: bytes, report: Report) -> bytes:
        only_marks = report.family == "text" and {finding.what for finding in report.findings} == {"marks"}
        if only_marks and self.taking_out:
            return _without_marks(data)
        if not self.cleaning:
            remedy = "take them out with --take-out-marks, or file it untouched with --as-is"
            raise CarriesMetadata(refusal(name, report, remedy=remedy) if only_marks else refusal(name, report))
        return clean(name, data)

    def _taken_out(self, data: bytes, told: Told) -> tuple[bytes, Told]:
        if self.taking_out or self._asked(data, told.subject + told.recommendation):
            return _without_marks(data), told.without_marks()
        return data, told

    def _asked(self, data: bytes, said: str) -> bool:
        """Whether the author, shown where marks stand, wants them taken out; nobody is asked who said `--yes` or is at no terminal."""
        text = data.decode("utf-8", "replace") + said
        if self.as_is or not self.asking or without_marks(text) == text:
            return False
        for line in mark_warnings([text]):
            speak.warn(speak.shown(line))
        return speak.ask("Take these marks out of the text?", unless="--take-out-marks")

    def _warn_of_marks(self, data: bytes, subject: str, name: str) -> None:
        warned = mark_warnings(
            [data.decode("utf-8", "replace"), subject, name] if not data.isascii() or not subject.isascii() else [name]
        )
        if warned:
            self._notes += [speak.shown(line) for line in warned]
            if not self.as_is and not self.taking_out:
                self._notes.append("To have them taken out, add --take-out-marks.")


def name_warnings(names: Iterable[str]) -> list[str]:
    """What is said of marks in the names of files."""
    return [speak.shown(line) for line in mark_warnings(names)]


def _without_marks(data: bytes) -> bytes:
    try:
        return without_marks(data.decode("utf-8")).encode()
    except UnicodeDecodeError:
        return data  # no text: what reads it says so


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(READ + 1)  # a device, or a pipe, may never end
    if len(data) > READ:
        raise TooLarge(f"The file {path.name!r} has more than {READ} bytes; attach it from an ordinary file.")
    return data


def _name(path: Path) -> str:
    try:
        path.name.encode("utf-8")
    except UnicodeEncodeError:
        raise click.UsageError(
            "A file's name is not Unicode; rename it, because its readers will see the name"
        ) from None
    return path.name
