# SPDX-License-Identifier: AGPL-3.0-or-later
"""A time zone's rules as they were when a charter was frozen: offsets from UTC and the moments at which they change. Pure.

Tables of zones differ between machines and change with the law, so what is promised is counted by the rules that the officers signed.
Format: `spec/charter.md`, "zones". Ambiguous and missing local times are resolved as PEP 495 does, by `fold`.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from demur.clock.errors import NotAClock, NoZone

Changes = tuple[
    tuple[int, int], ...
]  # (POSIX seconds from which it holds, seconds that local time is ahead of UTC); ascending

_STEP: Final = 6 * 3600  # seconds; no zone changed its offset twice within so short a time
_MARGIN: Final = timedelta(days=2)
_DAY: Final = 86_400
_MOST: Final = 1000
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 -- wall clock times are counted from it, and they have no zone


class FrozenZone(tzinfo):
    """The zone that `changes` describe. Before the first change its offset holds, after the last that of the last."""

    def __init__(self, key: str, changes: Changes) -> None:
        """`key` is the zone's name, such as "America/New_York"."""
        self.key = key
        self._changes = changes
        self._at = [at for at, _ in changes]
        # Where both offsets give a local time, or neither, the earlier one holds with fold 0 and the later with fold 1.
        steps = list(pairwise(changes))
        self._early = [at + max(before, after) for (_, before), (at, after) in steps]
        self._late = [at + min(before, after) for (_, before), (at, after) in steps]

    def __getinitargs__(self) -> tuple[str, Changes]:
        """What makes it again in another process."""
        return self.key, self._changes

    def __str__(self) -> str:
        """The zone's name, as that of a ZoneInfo."""
        return self.key

    def utcoffset(self, when: datetime | None, /) -> timedelta | None:
        """How far the local time `when` is ahead of UTC; None without one."""
        if when is None:
            return None
        wall = (when.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1)
        n = bisect_right(self._late if when.fold else self._early, wall)
        return timedelta(seconds=self._changes[n][1])

    def dst(self, _when: datetime | None, /) -> timedelta | None:
        """None: the rules say how far, not why."""
        return None

    def tzname(self, _when: datetime | None, /) -> str:
        """The zone's name."""
        return self.key

    def fromutc(self, when: datetime, /) -> datetime:
        """The local time of a moment that is written in UTC."""
        at = (when.replace(tzinfo=None) - _EPOCH) // timedelta(seconds=1)
        n = max(bisect_right(self._at, at) - 1, 0)
        local = when + timedelta(seconds=self._changes[n][1])
        again = n > 0 and at < self._at[n] + self._changes[n - 1][1] - self._changes[n][1]
        return local.replace(fold=int(again))


def zone_of(name: str) -> ZoneInfo:
    """The zone by this machine's tables. Raises NoZone, which names the cause."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    try:
        ZoneInfo("America/New_York")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NoZone(
            f"This machine has no table of time zones, so {name!r} cannot be looked up; install the Python package tzdata."
        ) from None
    raise NoZone(f'The time zone {name!r} is not known; write one such as "America/New_York".')


@lru_cache(maxsize=64)
def changes_of(name: str, first: date, last: date) -> Changes:
    """The rules of a zone from before `first` until after `last`, by this machine's tables. Raises NoZone."""
    zone = zone_of(name)
    start, end = (
        int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) for day in (first - _MARGIN, last + _MARGIN)
    )

    def offset(at: int) -> int:
        return int((datetime.fromtimestamp(at, tz=zone).utcoffset() or timedelta()).total_seconds())

    found = [(start, offset(start))]
    for low in range(start, end, _STEP):
        high = low + _STEP
        if offset(high) != found[-1][1]:
            found.append((_first(offset, low, high), offset(high)))
    return tuple(found)


def _first(offset: Callable[[int], int], low: int, high: int) -> int:
    """The first second after `low` that has the offset of `high`."""
    wanted = offset(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if offset(middle) == wanted else (middle, high)
    return high


def read_changes(value: object) -> Changes:
    """A zone's rules as they stand in a statement. Raises NotAClock for anything else."""
    rows = value if isinstance(value, list) else []
    if not 0 < len(rows) <= _MOST or not all(_is_change(row) for row in rows):
        raise NotAClock("The rules of a time zone are damaged; ask for the charter again.")
    found = tuple((int(at), int(ahead)) for at, ahead in rows)
    if any(one[0] >= two[0] for one, two in pairwise(found)):
        raise NotAClock("The rules of a time zone are not in order; ask for the charter again.")
    return found


def _is_change(row: object) -> bool:
    if not isinstance(row, list) or len(row) != 2 or not all(type(part) is int for part in row):
        return False
    return bool(abs(row[0]) < 2**40 and abs(row[1]) < _DAY)


def written(changes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The rules as they stand in a statement."""
    return [[at, ahead] for at, ahead in changes]
