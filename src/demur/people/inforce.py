# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the public page shows of a channel, as one value. Pure."""

from dataclasses import dataclass

from demur.charter.freeze import Frozen


@dataclass(frozen=True, kw_only=True)
class SeatInForce:
    """An office and who holds it now; `holder` is empty where the seat is vacant or the officers name nobody."""

    id: str
    title: str
    holder: str
    vacant: bool
    reads: bool


@dataclass(frozen=True, kw_only=True)
class ChannelInForce:
    """The channel as it is now; `frozen` is None before the first charter. Times are POSIX seconds."""

    origin: str
    address: str
    words: tuple[str, ...]
    practice: bool
    is_open: bool
    not_open_reason: str
    frozen: Frozen | None
    seats: tuple[SeatInForce, ...]
    officers: int
    k: int
    checkpoint_size: int
    checkpoint_time: int
    unwitnessed: bool
    waits_for_witnesses: bool = False
    in_dispute: bool = False
    is_full: bool = False
