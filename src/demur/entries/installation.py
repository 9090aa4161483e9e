# SPDX-License-Identifier: AGPL-3.0-or-later
"""One installation at work: its channel, its log keys, where its tiles lie, and its sources of chance and order.

Made once at start (`demur.site.installed`), handed to every action: nothing below the pages reads a setting or a clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from demur.charter.channel import Channel
from demur.entries.writer import Writer
from demur.record.cosignature import LogKeys
from demur.record.note import Ed25519NoteSigner
from demur.record.policy import Policy
from demur.record.promise import Promise
from demur.record.tiles import PosixTiles


class Shuffler(Protocol):
    """Something with `shuffle`, such as random.SystemRandom: within a tick the order says nothing."""

    def shuffle(self, x: list[Any]) -> None:
        """Reorder in place."""


@dataclass(frozen=True, kw_only=True)
class Installation:
    """`grace` is how long after its tick an entry may at most be published, seconds; `files` is where uploads and large sealed
    files lie; `policy_now` gives the trust policy in force, which changes while the server runs; `in_dispute` says whether a witness
    disputes the record, so that nothing more may be promised; `check_clocks` raises ClocksApart while the clocks of this server and its
    database differ, so that nothing with a time may be signed; `is_full` says whether the disk keeps what it has left for rows and
    record, so that nothing more may be filed.
    """

    channel: Channel
    address: str
    keys: LogKeys
    store: PosixTiles
    random: Callable[[int], bytes]
    shuffler: Shuffler
    grace: int
    writer: Writer
    files: Path
    policy_now: Callable[[], Policy]
    in_dispute: Callable[[], bool] = lambda: False
    check_clocks: Callable[[], None] = lambda: None
    is_full: Callable[[], bool] = lambda: False

    @property
    def policy(self) -> Policy:
        """The trust policy in force."""
        return self.policy_now()

    @property
    def signer(self) -> Ed25519NoteSigner:
        """What signs promises, heads and directories, each with a time. Raises ClocksApart."""
        self.check_clocks()
        return self.keys.note_signer

    def promise(self, leaves: tuple[bytes, ...], *, at: int, tick: int, stated: int = 0) -> str:
        """The log's signed word, given at `at`, that the entries with these leaf hashes will be published at `tick`, or soon after; never
        for an earlier time than `stated`, which a checkpoint without them states already.
        """
        promise = Promise(
            origin=self.channel.origin,
            channel=self.channel.digest,
            policy=self.policy.sha256,
            entries=leaves,
            time=at,
            not_after=max(tick + self.grace, stated),
        )
        return promise.sign(self.signer)
