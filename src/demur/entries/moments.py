# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is signed with a time: the time and what it speaks of must be of one moment, by clocks that agree.

A time that is read when a request begins, and a count that is read when it ends, are of two moments. Two such answers, signed a second
apart, can say that a mailbox first held three items and then two, and convict an honest log by its own signatures.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import connection

from demur.entries.errors import ClocksApart

ALLOWED: Final = (
    20  # seconds by which the clocks of server and database may differ: a third of what evidence leaves room for
)
_LOOK_AGAIN: Final = 5.0  # seconds for which one look at the two clocks holds
_Read = TypeVar("_Read")
Clock = Callable[[], float]


def at_one_moment(read: Callable[[], _Read], clock: Callable[[], int]) -> tuple[_Read, int]:
    """What `read` gives and a time at which it was so: the clock was read between two readings that are equal.

    It needs no lock, so it holds whatever else writes: another thread, another process. What is read must only ever grow, as a count, or
    be replaced for good, as a charter; then equal readings say that nothing lay between them.
    """
    before = read()
    while True:
        at, after = clock(), read()
        if after == before:
            return after, at
        before = after


def check_apart(server: float, database: float) -> None:
    """Raises ClocksApart if the two clocks (POSIX seconds, read at one moment) differ by more than ALLOWED."""
    apart = abs(server - database)
    if apart > ALLOWED:
        raise ClocksApart(
            f"The server's clock and its database's differ by {round(apart)} seconds, so nothing is signed; set both clocks right."
        )


def database_clock() -> Clock | None:
    """The clock of the database, where it has one of its own; None for a file on this very machine."""
    return _postgresql if connection.vendor == "postgresql" else None


class AgreeingClocks:
    """Says before each signature whether the clocks agree; looks at them every few seconds. Called, it raises ClocksApart if not."""

    def __init__(
        self,
        *,
        server: Clock = time.time,
        database: Callable[[], Clock | None] = database_clock,
        steady: Clock = time.monotonic,
    ) -> None:
        """`server` is this machine's clock, `database` gives that of the database, `steady` says when to look again."""
        self._server, self._database, self._steady = server, database, steady
        self._looked = float("-inf")
        self._apart: ClocksApart | None = None

    def __call__(self) -> None:
        """Raises ClocksApart while the clocks differ."""
        if self._steady() - self._looked >= _LOOK_AGAIN:
            self._apart = self._look()
            self._looked = self._steady()
        if self._apart is not None:
            raise ClocksApart(str(self._apart))

    def _look(self) -> ClocksApart | None:
        clock = self._database()
        if clock is None:
            return None
        began, told = self._server(), clock()
        try:
            # What the question itself took is no difference.
            check_apart(min(max(told, began), self._server()), told)
        except ClocksApart as error:
            return error
        return None


def _postgresql() -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0])
