# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the disk still has room: a channel takes nothing more while what is left is kept for rows and record, and opens again by itself.

A database that runs into a full disk can neither record an act nor publish what it promised. So filings end before that, with a sentence,
and what is kept back is for the acts of cases that are here, for ticks, and for the write-ahead log.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

KEPT_BACK: Final = 256 * 1024 * 1024  # bytes of each volume that filings never touch
AGAIN: Final = (
    64 * 1024 * 1024
)  # bytes more than that from which on filings are taken again: no door that opens and shuts each second
_BELIEVED: Final = 1.0  # seconds for which an answer of the disk is believed


def free_bytes(path: Path) -> int:
    """What an ordinary user may still write to the volume of `path`; the folder above answers for one that is not there yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize


class Room:
    """Asked with each filing: whether the volumes of an installation are as good as full."""

    def __init__(
        self,
        places: Iterable[Path],
        *,
        free: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`places` are where rows, record and files lie: they may be volumes of their own."""
        self._places, self._free, self._clock = tuple(places), free, clock
        self._short, self._asked = False, -_BELIEVED
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        """Whether nothing more may be filed."""
        now = self._clock()
        with self._lock:
            if now - self._asked >= _BELIEVED:
                self._asked = now
                with suppress(OSError):  # a disk that does not answer is another trouble, and told by what fails
                    least = min(self._free(place) for place in self._places)
                    self._short = least < KEPT_BACK + (AGAIN if self._short else 0)
            return self._short


def room_in(directory: Path) -> Room:
    """That of the installation in `directory`."""
    return Room((directory, directory / "record", directory / "files"))
