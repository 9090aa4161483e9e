# SPDX-License-Identifier: AGPL-3.0-or-later
"""The exhibit: a chosen part of what an author can prove, for a chosen reader. Format: `spec/exhibit.md`.

It carries openings, and sealed files each with the one key that opens it; never the case key, the return words, the
token or the mailbox, so it neither reads on nor acts. Here is its form alone; `exhibited` says whether it holds.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.client.errors import BadExhibit, BadReceipt
from demur.client.receipt import FILING_ENTRIES, channel_line, read_channel_line
from demur.client.sections import Section, read_sections, write_sections

FIRST_LINE: Final = "demur/exhibit/v1"
_FILE_KEY: Final = re.compile(r"[0-9a-f]{32}\n")  # an age file key, 16 bytes
_SALT: Final = re.compile(r"[0-9a-f]{64}\n")


@dataclass(frozen=True, kw_only=True)
class Unsealed:
    """A sealed file, byte for byte as it was filed, and its age file key of 16 bytes: it opens this file and no other."""

    sealed: bytes
    key: bytes


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A readable entry of the record (charter or seats) and its tlog-proof."""

    statement: Mapping[str, Any]
    proof: str


@dataclass(frozen=True, kw_only=True)
class ShownEvent:
    """The opening of one event after the filing, its tlog-proof, and its sealed text if that is shown."""

    opening: Mapping[str, Any]
    proof: str
    body: Unsealed | None = None


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """An exhibit as it stands in the file. What is None or empty is not shown.

    `salt` is the case's, 64 hex digits; it stands here only where the text of an event does.
    """

    channel: Channel
    promise: str
    proofs: tuple[str, ...] = ()
    received: Mapping[str, Any] | None = None
    charter: Placed | None = None
    submit: Mapping[str, Any] | None = None
    text: Unsealed | None = None
    salt: str = ""
    rosters: tuple[Placed, ...] = ()
    events: tuple[ShownEvent, ...] = ()
    authorship: Mapping[str, Any] | None = None

    @property
    def written(self) -> str:
        """The exhibit's one form."""
        return write_sections(FIRST_LINE, list(self._sections()))

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the exhibit without its authorship: what a statement of authorship is about."""
        return hashlib.sha256(replace(self, authorship=None).written.encode()).hexdigest()

    @property
    def shows(self) -> tuple[str, ...]:
        """What is shown, in the order of `spec/exhibit.md`."""
        there = {
            "existence": True,
            "time-and-charter": self.received is not None,
            "text": self.text is not None,
            "authorship": self.authorship is not None,
            "answers": bool(self.events),
        }
        return tuple(name for name, shown in there.items() if shown)

    @classmethod
    def parse(cls, data: bytes) -> "Exhibit":
        """Read an exhibit; raises BadExhibit unless it is in its one form."""
        parts = _Parts(read_sections(data, FIRST_LINE, family=BadExhibit))
        exhibit = cls(
            channel=_channel(parts.take("channel")),
            promise=parts.take("promise"),
            proofs=tuple(parts.every("proof")),
            received=_object_or_none(parts.maybe("received")),
            charter=next(_placed(parts, "charter"), None),
            submit=_object_or_none(submit := parts.maybe("submit")),
            text=None if submit is None else _unsealed(parts.take("text"), parts.take("text-key")),
            salt=_salt(parts.maybe("salt")),
            rosters=tuple(_placed(parts, "roster")),
            events=tuple(_events(parts)),
            authorship=_object_or_none(parts.maybe("authorship")),
        )
        if parts.left or exhibit.written.encode() != data:
            raise BadExhibit("The exhibit has sections that do not belong there; it was changed after it was made.")
        exhibit._check_complete()
        return exhibit

    def _sections(self) -> Iterator[Section]:
        yield "channel", channel_line(self.channel)
        yield "promise", self.promise
        yield from (("proof", proof) for proof in self.proofs)
        if self.received is not None:
            yield "received", _line(self.received)
        if self.charter is not None:
            yield from _placed_sections("charter", self.charter)
        if self.submit is not None and self.text is not None:
            yield "submit", _line(self.submit)
            yield from _unsealed_sections("text", self.text)
        yield from self._answer_sections()
        if self.authorship is not None:
            yield "authorship", _line(self.authorship)

    def _answer_sections(self) -> Iterator[Section]:
        if self.salt:
            yield "salt", f"{self.salt}\n"
        for roster in self.rosters:
            yield from _placed_sections("roster", roster)
        for row in self.events:
            yield "event", _line(row.opening)
            yield "event-proof", row.proof
            if row.body is not None:
                yield from _unsealed_sections("body", row.body)

    def _check_complete(self) -> None:
        """Refuse parts without those that they are checked against: a byte that nothing checks could be anything."""
        with_body = any(row.body is not None for row in self.events)
        whole = (
            len(self.proofs) in {0, FILING_ENTRIES}
            and (self.received is not None or (self.charter is None and not self.events))
            and bool(self.salt) == with_body
            and bool(self.rosters) <= bool(self.events)
        )
        if not whole:
            raise BadExhibit("The exhibit lacks a part that another part is checked against; use an undamaged copy.")


class _Parts:
    """The sections of an exhibit, taken in order."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = list(reversed(sections))

    @property
    def left(self) -> bool:
        return bool(self._sections)

    def maybe(self, name: str) -> str | None:
        if self._sections and self._sections[-1][0] == name:
            return self._sections.pop()[1]
        return None

    def take(self, name: str) -> str:
        text = self.maybe(name)
        if text is None:
            raise BadExhibit(f"The exhibit lacks its section {name!r}; use an undamaged copy.")
        return text

    def every(self, name: str) -> Iterator[str]:
        while (text := self.maybe(name)) is not None:
            yield text


def _placed(parts: _Parts, name: str) -> Iterator[Placed]:
    for line in parts.every(name):
        yield Placed(statement=_object(line), proof=parts.take(f"{name}-proof"))


def _events(parts: _Parts) -> Iterator[ShownEvent]:
    for line in parts.every("event"):
        proof, sealed = parts.take("event-proof"), parts.maybe("body")
        body = None if sealed is None else _unsealed(sealed, parts.take("body-key"))
        yield ShownEvent(opening=_object(line), proof=proof, body=body)


def _placed_sections(name: str, placed: Placed) -> Iterator[Section]:
    yield name, _line(placed.statement)
    yield f"{name}-proof", placed.proof


def _unsealed_sections(name: str, unsealed: Unsealed) -> Iterator[Section]:
    yield name, base64.b64encode(unsealed.sealed).decode() + "\n"
    yield f"{name}-key", unsealed.key.hex() + "\n"


def _unsealed(sealed: str, key: str) -> Unsealed:
    try:
        data = base64.b64decode(sealed.removesuffix("\n"), validate=True)
    except (binascii.Error, ValueError):
        raise BadExhibit("A sealed file in the exhibit is not base64; it was changed after it was made.") from None
    if not _FILE_KEY.fullmatch(key):
        raise BadExhibit("A key in the exhibit is not 32 lower-case hex digits; it was changed after it was made.")
    return Unsealed(sealed=data, key=bytes.fromhex(key))


def _salt(line: str | None) -> str:
    if line is not None and not _SALT.fullmatch(line):
        raise BadExhibit("The salt in the exhibit is not 64 lower-case hex digits; it was changed after it was made.")
    return (line or "").removesuffix("\n")


def _channel(line: str) -> Channel:
    try:
        return read_channel_line(line)
    except BadReceipt as error:
        raise BadExhibit(str(error)) from None


def _line(value: Mapping[str, Any]) -> str:
    return canonical.dump(dict(value)).decode() + "\n"


def _object(line: str) -> dict[str, Any]:
    try:
        return canonical.load_object(line.removesuffix("\n").encode())
    except canonical.CanonicalError as error:
        raise BadExhibit(f"A part of the exhibit cannot be read: {error}") from None


def _object_or_none(line: str | None) -> dict[str, Any] | None:
    return None if line is None else _object(line)
