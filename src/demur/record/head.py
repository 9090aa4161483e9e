# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mailbox heads: the log's signed word on how much a mailbox holds. Format: `spec/mailbox-head.md`.

Heads chain: `last` covers every item up to the count. A server that takes an item away, or swaps one, must contradict a
head that the author holds; the two signed heads are then the evidence.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from demur.record.errors import HeadError, NoteError
from demur.record.note import Ed25519NoteSigner, Verifier, open_sole, sign_note
from demur.record.texts import check_hashes, check_number, check_origin, decimal

START: Final = bytes(32)  # the running hash of an empty mailbox
# Seconds by which two times that one log stated must lie apart before one counts as later than the other: what a request may wait
# between reading the clock and reading the rows, and what two clocks of one log may differ by.
MARGIN: Final = 60
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_FORM: Final = re.compile(
    r"demur/head/v1\norigin (?P<origin>\S+)\nmailbox (?P<mailbox>[0-9a-f]{32})\ncount (?P<count>[0-9]+)\n"
    r"last (?P<last>[0-9a-f]{64})\ntime (?P<time>[0-9]+)\nsize (?P<size>[0-9]+)\n"
)


def item_chain(previous: bytes, item_sha256: bytes) -> bytes:
    """The running hash with one more item: SHA-256("demur/item/v1" || 0x00 || previous || SHA-256 of the item).

    Raises HeadError unless both have 32 bytes.
    """
    check_hashes(previous, item_sha256, what="hash of an item", family=HeadError)
    return hashlib.sha256(b"demur/item/v1\0" + previous + item_sha256).digest()


@dataclass(frozen=True, kw_only=True)
class Head:
    """`count` items whose running hash is `last` (32 bytes), at `time` (POSIX seconds), beside a checkpoint of `size`.

    `mailbox` is 32 hex digits. Raises HeadError if it cannot be.
    """

    origin: str
    mailbox: str
    count: int
    last: bytes
    time: int
    size: int

    def __post_init__(self) -> None:
        """Refuse what could not be written."""
        check_origin(self.origin, family=HeadError)
        check_hashes(self.last, what="running hash", family=HeadError)
        for name in ("count", "time", "size"):
            check_number(getattr(self, name), f"{name} of the mailbox head", family=HeadError)
        if not _MAILBOX.fullmatch(self.mailbox) or (self.count == 0) != (self.last == START):
            raise HeadError("A mailbox head names no mailbox, or its count does not fit its hash; ask for it again.")

    @property
    def text(self) -> str:
        """The note's text."""
        return (
            f"demur/head/v1\norigin {self.origin}\nmailbox {self.mailbox}\ncount {self.count}\nlast {self.last.hex()}\n"
            f"time {self.time}\nsize {self.size}\n"
        )

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Read a note's text, unverified; raises HeadError unless it is exactly a head."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise HeadError("This is not a mailbox head; ask for the mailbox again.")
        count, time, size = (
            decimal(match[name], f"{name} of the mailbox head", family=HeadError) for name in ("count", "time", "size")
        )
        last = bytes.fromhex(match["last"])
        return cls(origin=match["origin"], mailbox=match["mailbox"], count=count, last=last, time=time, size=size)

    def sign(self, signer: Ed25519NoteSigner) -> str:
        """The signed note. Raises HeadError if `signer` is another log's."""
        if signer.name != self.origin:
            raise HeadError("The head names another log than the key that should sign it; use the log's own key.")
        return sign_note(self.text, [signer])


def open_head(text: str, verifier: Verifier) -> Head:
    """The head in a note that the log signed, and nobody else; raises HeadError."""
    try:
        head = Head.parse(open_sole(text, verifier))
    except NoteError as error:
        raise HeadError(f"The mailbox head does not hold: {error}") from None
    if head.origin != verifier.name:
        raise HeadError("The mailbox head names another log than the one that signed it; do not rely on it.")
    return head


def compare(old: Head, new: Head, hashes: Sequence[bytes]) -> None:
    """Raises HeadError unless the items with `hashes` (SHA-256, from item 0) are those of `new`, and extend `old`.

    `old` is the head kept from before, `new` the one that came with the items. The sentence names what was done: items
    taken away, an item replaced, a record gone back. What is smaller within MARGIN seconds is no deed of the log's: a slow request
    may have signed it first.
    """
    if (old.origin, old.mailbox) != (new.origin, new.mailbox):
        raise HeadError("The two heads are of different mailboxes; keep each receipt with its own case.")
    _check_count(old, new, min(new.count, len(hashes)))
    if len(hashes) != new.count:
        raise HeadError(f"The head counts {new.count} items and {len(hashes)} came; ask for the mailbox again.")
    chain = [START]
    for item in hashes:
        chain.append(item_chain(chain[-1], item))
    if chain[old.count] != old.last:
        raise HeadError(
            "An item that the log had signed for was replaced by another; keep both heads and the items as evidence."
        )
    if chain[-1] != new.last:
        raise HeadError("The items are not those that the newest head signs for; ask for the mailbox again.")
    if new.size < old.size and new.time > old.time + MARGIN:
        raise HeadError(
            f"The log had signed for a record of {old.size} entries and now signs for {new.size}: it went back; keep "
            "both heads as evidence."
        )


def _check_count(old: Head, new: Head, held: int) -> None:
    if held >= old.count:
        return
    if new.time <= old.time + MARGIN:
        raise HeadError(
            f"The log signed for {old.count} items within the same minute, and {held} came: the answer is not the newest; "
            "ask for the mailbox again in a minute."
        )
    raise HeadError(
        f"The log had signed for {old.count} items and the thread now holds {held}: items were taken away; keep both "
        "heads as evidence."
    )
