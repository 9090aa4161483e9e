# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mailbox heads: the log's signed word on how much a mailbox holds. Format: `spec/mailbox-head.md`.

Heads chain: `last` covers every item up to the count. A server that takes an item away, or swaps one, must contradict a head that
the author holds.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from demur.record.errors import HeadError, RecordError
from demur.record.note import Ed25519NoteSigner, Note, Verifier, open_note, sign_note

START: Final = bytes(32)
_NUMBER: Final = r"(0|[1-9][0-9]{0,15})"
_FORM: Final = re.compile(
    rf"demur/head/v1\norigin (\S+)\nmailbox ([0-9a-f]{{32}})\ncount {_NUMBER}\nlast ([0-9a-f]{{64}})\ntime {_NUMBER}\nsize {_NUMBER}\n"
)


def item_chain(previous: bytes, item_sha256: bytes) -> bytes:
    """The running hash with one more item: SHA-256("demur/item/v1" || 0 || previous || hash of the item)."""
    return hashlib.sha256(b"demur/item/v1\0" + previous + item_sha256).digest()


@dataclass(frozen=True, kw_only=True)
class Head:
    """`count` items, the last running hash `last` (32 bytes), at `time` (POSIX seconds), checkpoint size `size`."""

    origin: str
    mailbox: str
    count: int
    last: bytes
    time: int
    size: int

    @property
    def text(self) -> str:
        """The note's text."""
        return (
            f"demur/head/v1\norigin {self.origin}\nmailbox {self.mailbox}\ncount {self.count}\nlast {self.last.hex()}\n"
            f"time {self.time}\nsize {self.size}\n"
        )

    def sign(self, signer: Ed25519NoteSigner) -> str:
        """The signed note."""
        return sign_note(self.text, [signer])


def open_head(text: str, verifier: Verifier) -> Head:
    """The head in a note that the log signed; raises HeadError."""
    try:
        note = Note.parse(text)
        open_note(note, [verifier])
    except RecordError as error:
        raise HeadError(f"The mailbox head does not hold: {error}") from None
    match = _FORM.fullmatch(note.text)
    if match is None or match[1] != verifier.name:
        raise HeadError("The log signed something that is not a mailbox head of this channel.")
    return Head(
        origin=match[1],
        mailbox=match[2],
        count=int(match[3]),
        last=bytes.fromhex(match[4]),
        time=int(match[5]),
        size=int(match[6]),
    )


def compare(old: Head, new: Head, hashes: Sequence[bytes]) -> None:
    """Raises HeadError unless the items with `hashes` (from item 0) fit both heads, and the new one takes nothing back."""
    if (old.origin, old.mailbox) != (new.origin, new.mailbox):
        raise HeadError("The two heads are of different mailboxes; keep each receipt with its own case.")
    if new.count < old.count or len(hashes) < old.count:
        raise HeadError(f"The thread holds {min(new.count, len(hashes))} items, but the server had signed for {old.count}; items were taken away.")
    chain = [START]
    for item in hashes[: new.count]:
        chain.append(item_chain(chain[-1], item))
    if len(chain) != new.count + 1 or chain[-1] != new.last:
        raise HeadError("The items are not those that the newest head signs for; the server's answer was changed.")
    if chain[old.count] != old.last:
        raise HeadError("An item that the server had signed for was replaced by another.")
    if new.time >= old.time and new.size < old.size:
        raise HeadError("The record is smaller than the server had signed for; the log has gone back.")
