# SPDX-License-Identifier: AGPL-3.0-or-later
"""How much is asked of this process, by count alone: no address, no account, nothing that tells one sender from another."""

import threading
from collections import deque
from typing import Final

from demur.dissent.uploads import Uploads
from demur.dissent.work import Work, bits_for, challenges

WINDOW: Final = 600  # seconds that are looked back on
FREE: Final = 12_000  # filings in the window that cost nothing: 20 a second, far beyond any institution's worst day


class Recent:
    """Counts what happened in the last ten minutes."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._times: deque[int] = deque(maxlen=64 * FREE)
        self._lock = threading.Lock()

    def add(self, at: int) -> None:
        """One more at `at` (POSIX seconds)."""
        with self._lock:
            self._times.append(at)

    def load(self, at: int) -> float:
        """How much of what is free was used in the window before `at`; more than 1 is too much."""
        with self._lock:
            while self._times and self._times[0] <= at - WINDOW:
                self._times.popleft()
            return len(self._times) / FREE


FILINGS: Final = Recent()


def upload_load(uploads: Uploads) -> float:
    """How much of the free half of the room for uploads is taken; more than 1 is too much."""
    return 2 * uploads.used() / uploads.room


def work_asked(secret: bytes, load: float, *, at: int) -> Work:
    """What a request must show at this load."""
    return Work(bits=bits_for(load), challenges=challenges(secret, at))
