# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an author wants filed, who would read it, and every reason to refuse it before anything is sealed.

The author sees the readers first (promise 2 of the design): the offices that the charter names for the stated facts, less those recused,
each with its present holder, vacant ones as vacant.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from demur.charter.model import Seat
from demur.charter.seating import complete_facts, readers
from demur.client.answers import CLOCK_WINDOW
from demur.client.directory import InForce
from demur.client.errors import ClientError, ClockDiffers, KeyTooNew, NotOpen, TooLarge
from demur.client.http import MAX_SENTENCE
from demur.clock.wording import span_words
from demur.dissent.documents.dissent import Dissent
from demur.seal.large import LargeFile

LIMITS: Final = ("text_bytes", "claims", "files", "file_bytes", "request_bytes", "total_bytes")
LARGE: Final = 1024 * 1024  # bytes: an attachment beyond it is sealed as a stream and sent in parts


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that travels with the dissent, untouched."""

    name: str
    data: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


@dataclass(frozen=True, kw_only=True)
class LargeAttachment:
    """A file too large to hold in memory: it stays on the disk, and is read from there."""

    name: str
    file: LargeFile

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the author files, and what they decided about who reads it.

    `facts` answer the charter's questions; `recused` seats get a dummy; `new_keys` are seats whose key the author takes
    although it has not waited in public long enough.
    """

    dissent: Dissent
    original: bytes
    attachments: tuple[Attachment | LargeAttachment, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    recused: frozenset[str] = frozenset()
    new_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One office that would read, with its present holder; `holder` is None where the seat is vacant."""

    seat: Seat
    holder: str | None
    recipient: str = ""


def who_reads(in_force: InForce, wish: Wish) -> list[Reader]:
    """The offices that will be able to read this filing, vacant ones too. Raises ClientError for a seat that does not
    exist.
    """
    charter = in_force.frozen.charter
    known = {seat.id for seat in charter.reading_seats}
    for odd in sorted((wish.recused | wish.new_keys) - known):
        raise ClientError(f"The charter has no reading seat {odd!r}; it has {', '.join(sorted(known))}.")
    seats = readers(charter, complete_facts(charter, dict(wish.facts)), wish.recused)
    holders = in_force.holders
    return [
        Reader(
            seat=seat,
            holder=holders[seat.id].holder if seat.id in holders else None,
            recipient=holders[seat.id].age if seat.id in holders else "",
        )
        for seat in seats
    ]


def check_wish(in_force: InForce, wish: Wish, *, limits: Mapping[str, object]) -> list[Reader]:
    """Everything that can be refused before sealing; returns who would read.

    `limits` are those the server tells; the charter's hold as well. Raises NotOpen, TooLarge, KeyTooNew, ClientError.
    """
    is_open, reason = in_force.open
    if not is_open:
        raise NotOpen(f"{reason} Nothing can be filed here yet; the channel's page names the other doors.")
    own = in_force.frozen.charter.limits
    _check_room(wish, limits.get("upload_room"))
    for names in ({**dataclasses.asdict(own), "total_bytes": own.total}, limits):
        _check_limits(wish, names)
    offices = who_reads(in_force, wish)
    reading = [reader for reader in offices if reader.recipient]
    if not reading:
        raise NotOpen(
            "No seat that is left could read this; recuse fewer seats, or use the other doors that the channel's page "
            "names."
        )
    new = tuple(r.seat.id for r in reading if in_force.keys_are_new and r.seat.id not in wish.new_keys)
    if new:
        check_clock(in_force)
        raise KeyTooNew(
            f"The keys of {', '.join(new)} are new in the record; wait until they have stood there for the charter's "
            "time, or give --accept-new-key for each.",
            new,
        )
    return offices


def check_clock(in_force: InForce) -> None:
    """Raises ClockDiffers where this machine's clock lies well behind the time that the log just signed: every key looks new to it, and the
    author must not learn to accept new keys from a wrong clock.
    """
    behind = in_force.directory.time - in_force.read_at
    if behind > CLOCK_WINDOW:
        raise ClockDiffers(
            f"This machine's clock is {span_words(behind)} behind the time that the channel's log signed just now, so its keys look new; "
            "set this machine's clock, and run the same command again."
        )


def check_taking(limits: Mapping[str, object]) -> None:
    """Raises NotOpen, with the server's own reason, where it says in its limits that it takes no filing now: before anything is sealed for
    nothing.
    """
    if limits.get("open") is not False:
        return
    reason = limits.get("reason")
    if not isinstance(reason, str) or not reason:
        reason = "It does not say why; its page names the other doors."
    raise NotOpen(f"The server takes no filing now. {reason[:MAX_SENTENCE]}")


def _check_room(wish: Wish, room: object) -> None:
    large = sum(part.size for part in wish.attachments if isinstance(part, LargeAttachment))
    if isinstance(room, int) and large > room:
        raise TooLarge(
            "The server has no room for these attachments at this moment; try again later, or file without them."
        )


def _check_limits(wish: Wish, limits: Mapping[str, object]) -> None:
    carried = len(wish.original) + sum(part.size for part in wish.attachments if isinstance(part, Attachment))
    measured = {
        "text_bytes": (
            len(wish.original),
            "The text has {} bytes and may have {}; shorten it, or attach a part as a file.",
        ),
        "claims": (len(wish.dissent.claims), "There are {} claims and may be {}; join some."),
        "files": (len(wish.attachments), "There are {} attachments and may be {}; leave some out, or join them."),
        "file_bytes": (
            max((part.size for part in wish.attachments), default=0),
            "An attachment has {} bytes and may have {}; split it, or leave it out.",
        ),
        "request_bytes": (carried, "All small files together have {} bytes and may have {}; leave something out."),
        "total_bytes": (
            sum(part.size for part in wish.attachments),
            "The attachments together have {} bytes and may have {}; leave something out.",
        ),
    }
    for name, (size, sentence) in measured.items():
        limit = limits.get(name)
        if isinstance(limit, int) and size > limit:
            raise TooLarge(sentence.format(size, limit))
