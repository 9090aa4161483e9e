# SPDX-License-Identifier: AGPL-3.0-or-later
"""One installation at work: its channel, its log keys, where its tiles lie, and its sources of chance and order.

Made once at start (`demur.site.installed`), handed to every action: nothing below the pages reads a setting or a clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from demur.charter.channel import Channel
from demur.record.cosignature import LogKeys
from demur.record.promise import Promise
from demur.record.tiles import PosixTiles


class Shuffler(Protocol):
    """Something with `shuffle`, such as random.SystemRandom: within a tick the order says nothing."""

    def shuffle(self, x: list[Any]) -> None:
        """Reorder in place."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """`grace` is how long after its promise an entry may at most be published, seconds."""

    channel: Channel
    address: str
    keys: LogKeys
    store: PosixTiles
    random: Callable[[int], bytes]
    shuffler: Shuffler
    grace: int

    def promise(self, leaves: tuple[bytes, ...], *, at: int) -> str:
        """The log's signed word that the entries with these leaf hashes will be published in time."""
        promise = Promise(
            origin=self.channel.origin,
            channel=self.channel.digest,
            policy=self.channel.policy_object.sha256,
            entries=leaves,
            time=at,
            not_after=at + self.grace,
        )
        return promise.sign(self.keys.note_signer)
