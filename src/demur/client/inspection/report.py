# SPDX-License-Identifier: AGPL-3.0-or-later
"""What looking into a file gives: its kind, what was found, and how far it was looked into.

As `assets/lib/inspection/report.js`.

Bounds: what is unpacked of one file, files inside files included, is at most UNPACKED bytes, DEPTH files deep,
ENTRIES files wide. What lies beyond is told as not looked into, never passed over. No parser raises for any bytes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

TABLES: Final[Mapping[str, Any]] = json.loads((files(__package__) / "tables.json").read_text("utf-8"))
LOOKED_AT: Final = 32 * 1024 * 1024  # bytes: a larger file is told as not looked into
UNPACKED: Final = 16 * 1024 * 1024  # bytes
DEPTH: Final = 3
ENTRIES: Final = 500
MOST: Final = 60  # findings that are told; of more, how many
_LONGEST: Final = 300  # characters of one value
_ORDER: Final = {what: n for n, what in enumerate(TABLES["order"])}
_BLANK: Final = re.compile("[\x00-\x20\x7f-\xa0]+")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a file tells. `what` is a code of `words.WHAT`; `value` is as found, control characters taken out."""

    what: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one file tells. `looked` is "whole", "words" (only readable words were looked for) or "no"; `partial`: something inside was not
    looked into; `damaged`: it is not whole, or not what it claims; `more` findings are not listed; `document`: a sign of a format that is
    no plain text, where a text only has one in it.
    """

    kind: str
    findings: tuple[Finding, ...]
    looked: str
    partial: bool
    damaged: bool
    more: int
    document: bool

    @property
    def family(self) -> str:
        """The family of its kind: text, image, document, ..."""
        return str(TABLES["formats"][self.kind][0])

    @property
    def format(self) -> str:
        """The name of its format."""
        return str(TABLES["formats"][self.kind][1])

    @property
    def passes(self) -> bool:
        """Whether it needs no consent: plain text, or an image of known parts only, with nothing found in it."""
        bare = self.kind in {"text", "png", "jpeg", "gif", "webp"} and self.looked == "whole"
        return bare and not self.findings and not self.partial and not self.damaged


@dataclass
class Found:
    """Collects findings while a file is looked into; files inside share its room."""

    depth: int = 0
    room: list[int] = field(default_factory=lambda: [UNPACKED, ENTRIES])
    rows: dict[tuple[str, str], None] = field(default_factory=dict)
    partial: bool = False
    damaged: bool = False

    def add(self, what: str, value: str = "") -> None:
        """Note a finding; an empty `what` is none."""
        if what:
            self.rows[what, shown(value)] = None

    def add_if(self, what: str, value: str) -> None:
        """Note a finding unless its value says nothing."""
        if what and shown(value):
            self.rows[what, shown(value)] = None

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more; what finds none is not looked into."""
        if size > self.room[0]:
            self.partial = True
            return False
        self.room[0] -= size
        return True

    def merge(self, inner: "Found", name: str) -> None:
        """Take over what a file inside tells, with its name before each value."""
        for what, value in inner.rows:
            self.add(what, f"{name}: {value}" if value else name)
        self.partial |= inner.partial or inner.damaged

    def report(self, kind: str, looked: str, *, document: bool = False) -> Report:
        """The findings in order, the most telling first."""
        rows = sorted(self.rows, key=lambda row: _ORDER.get(row[0], len(_ORDER)))
        return Report(
            kind=kind,
            findings=tuple(Finding(what=what, value=value) for what, value in rows[:MOST]),
            looked=looked,
            partial=self.partial,
            damaged=self.damaged,
            more=max(0, len(rows) - MOST),
            document=document,
        )


def moment(seconds: int) -> str:
    """POSIX seconds as a day and a time in UTC; as they are where they lie beyond the year 9999."""
    if not 0 <= seconds < 253_402_300_800:
        return str(seconds)
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%d %H:%M:%S")


def shown(value: str) -> str:
    """A value in one line, of at most 300 characters."""
    return _BLANK.sub(" ", value[: 8 * _LONGEST]).strip(" ")[:_LONGEST]


def latin(data: bytes) -> str:
    """One character for each byte."""
    return data.decode("latin-1")


def raw(text: str) -> bytes:
    """The bytes of such characters."""
    return text.encode("latin-1", "replace")


def readable(data: bytes) -> str:
    """Bytes as text: UTF-16 after its mark, UTF-8 where it is that, else Latin-1."""
    if data[:2] == b"\xfe\xff":
        return data[2:].decode("utf-16-be", "replace")
    if data[:2] == b"\xff\xfe":
        return data[2:].decode("utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return latin(data)


def utf8(text: str) -> str:
    """Characters that were read one for each byte, as text."""
    return readable(raw(text))
