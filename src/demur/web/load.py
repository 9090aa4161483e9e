# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much is asked of this process, by count alone: no address, no account, nothing that tells one sender from another."""

import hmac
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from demur.dissent.uploads import Uploads
from demur.dissent.work import Work, bits_for, challenges, check_work
from demur.entries.installation import Installation

WINDOW: Final = 600  # seconds that are looked back on
MINUTE: Final = 60  # seconds for which the edge of what is free stays where it is
BLUR: Final = 0.25  # the part of the load by which the edge moves at most
FREE: Final = (
    12_000  # filings and acts in the window that cost nothing: 20 a second, far beyond any institution's worst day
)
ORDINARY: Final = 100_000  # bytes that a filing has as a rule
BYTES_FREE: Final = 1_200_000_000  # in the window: what FREE filings of ordinary size have
ORDINARY_FREE: Final = 120_000_000  # in the window, of what is ordinary: two filings a second; a worst day has some hundreds in ten minutes
FILED: Final = (
    ORDINARY // 4
)  # bytes below which nothing is filed, for what is sealed has a least size: an act weighs less
MODEST: Final = BYTES_FREE // 20  # bytes in the window up to which a large filing costs what a small one costs
_STEPS: Final = 32  # the load of a full room: the most work that can be asked


SIGN_INS_FREE: Final = 60  # tries to sign in in the window that cost nothing: an institution has a handful of seats


class Recent:
    """Counts what happened in the last ten minutes, of which `free` (of filings: FREE) cost nothing."""

    def __init__(self, free: int = 0) -> None:
        """Nothing yet."""
        self._free = free
        self._each: deque[tuple[int, int, int, int]] = (
            deque()
        )  # second, how many, bytes, and of them those of what is ordinary
        self._count = self._bytes = self._ordinary = 0
        self._coming = 0
        self._drawn = os.urandom(16)
        self._lock = threading.Lock()

    def add(self, at: int, *, size: int) -> None:
        """One more filing or author's act, of `size` bytes with what is attached, at `at` (POSIX seconds)."""
        with self._lock:
            small = size if size <= ORDINARY else 0
            row = (at, 1, size, small)
            if self._each and self._each[-1][0] >= at:
                at, count, total, ordinary = self._each.pop()
                row = (at, 1 + count, size + total, small + ordinary)
            self._each.append(row)
            self._count += 1
            self._bytes += size
            self._ordinary += small

    def take_back(self) -> None:
        """One that was added, of no bytes, was none: whoever holds the load where it just shows must not see that somebody signed in."""
        with self._lock:
            if self._each:
                at, count, total, ordinary = self._each.pop()
                self._count -= 1
                if count > 1:
                    self._each.append((at, count - 1, total, ordinary))

    @contextmanager
    def coming(self) -> Iterator[None]:
        """One more is under way: until it is added, or is none, it counts as if it were."""
        with self._lock:
            self._coming += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming -= 1

    def load(self, at: int, *, size: int = 0) -> float:
        """How much of what is free was used in the window before `at`, and is being used, for whoever brings `size` bytes; more than 1 is
        too much.

        Disks are filled by bytes: once the window carries more than a modest share of them, what is larger than ordinary is weighed by its
        size. What is ordinary is weighed by its number and by the bytes of what is ordinary, so that a flood of large filings costs
        nobody else anything, and one of ordinary filings fills no disk for nothing; an act, which is smaller than any filing, weighs less.
        """
        with self._lock:
            while self._each and self._each[0][0] <= at - WINDOW:
                _, count, total, ordinary = self._each.popleft()
                self._count -= count
                self._bytes -= total
                self._ordinary -= ordinary
            load = (self._count + self._coming) / (self._free or FREE)
            # The edge lies elsewhere each minute: whoever kept the bytes just below it would see when others file something large.
            if size <= ORDINARY:
                return max(load, self._ordinary / ORDINARY_FREE * min(size / FILED, 1))
            if self._bytes <= MODEST * _blur(self._drawn, at):
                return load
            carried = self._bytes + size
            return max(load, carried / ORDINARY_FREE, carried / BYTES_FREE * (size / ORDINARY))


FILINGS: Final = Recent()
SIGN_INS: Final = Recent(SIGN_INS_FREE)


def upload_load(uploads: Uploads) -> float:
    """How crowded the room for uploads is: up to 1 while half of it is free, then twice as much each time what is left halves."""
    left = max(1 - uploads.used() / uploads.room, 0)
    return min(1 / (2 * left), _STEPS) if left else _STEPS


def check_load(stamp: str, subject: str, *, load: float, ground: Installation, secret: bytes, at: int) -> None:
    """Raises WorkWanted unless the stamp shows for this subject what is asked at this load; `secret` is what challenges are made from.

    What was asked in the minute before is enough: the work was begun then.
    """
    work = work_asked(secret, load, at=at)
    bits = min(work.bits, work_asked(secret, load, at=at - MINUTE).bits)
    check_work(stamp, subject, origin=ground.channel.origin, work=replace(work, bits=bits))


def work_asked(secret: bytes, load: float, *, at: int) -> Work:
    """What a request must show at this load, as it is told: blurred anew each minute.

    Told exactly, the work would count the filings of others for whoever keeps the load at the edge by filings of his own: each further
    one would make the bits jump. So the edge lies elsewhere each minute, by up to a quarter of the load, thousands of filings; only this
    installation knows where.
    """
    return Work(bits=bits_for(load * _blur(secret, at)), challenges=challenges(secret, at))


def _blur(secret: bytes, at: int) -> float:
    """Between 1 - BLUR and 1, another in each minute, known to who knows `secret`."""
    drawn = hmac.digest(secret, b"demur/v1/work/blur" + str(at // MINUTE).encode(), "sha256")
    return 1 - BLUR * int.from_bytes(drawn[:4], "big") / 2**32
