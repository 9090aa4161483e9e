# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calendars of an institution: time zone, weekend, closed days, frozen with the charter version. Pure.

Semantics (field note 8.1, held by `spec/vectors/clock.json`):
- Zone and closed days are the custodian's, not the author's.
- The day of the event does not count; the last moment of the due day does.
- Months clamp but remember: 31 January and one month is 28 February, and two months 31 March. So months are always counted from the
  anchor, never from a clamped date.
- A date beyond the calendar is refused: nobody may promise a day that a later decree could move.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from demur.clock.errors import BeyondCalendar, NotAClock
from demur.clock.zone import Changes, FrozenZone, zone_of

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MEMBERS: Final = ("timezone", "weekend", "closed", "first", "last", "source")
LAST_DAY: Final = date(9998, 12, 31)  # every calendar ends in an earlier year, so it stands for "too far"


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One office's calendar. `closed` are the closed dates from `first` to `last` beside the weekend; `source` says whence.

    `changes` are the rules of its zone as they were frozen; where there are none, this machine's tables count.
    """

    id: str
    timezone: str
    weekend: tuple[str, ...]
    closed: frozenset[date]
    first: date
    last: date
    source: str = ""
    changes: Changes = ()

    def __post_init__(self) -> None:
        """Raises NotAClock for an unknown day, a week without work, or years that are none; NoZone where the zone cannot be had."""
        if not self.first <= self.last or self.last.year >= LAST_DAY.year:
            raise NotAClock(f"The calendar {self.id!r} must end after it begins, and before the year 9998.")
        if set(self.weekend) - set(DAYS) or len(set(self.weekend)) != len(self.weekend) or len(self.weekend) > 6:
            raise NotAClock(
                f'The weekend of calendar {self.id!r} must be days such as "sat" and "sun", and leave one to work.'
            )
        self.zone  # noqa: B018 -- asked for its error

    @cached_property
    def zone(self) -> ZoneInfo | FrozenZone:
        """The custodian's time zone. Raises NoZone."""
        return FrozenZone(self.timezone, self.changes) if self.changes else zone_of(self.timezone)

    def local_day(self, at: int) -> date:
        """The custodian's day of an instant (POSIX seconds). Raises BeyondCalendar for one that no calendar can hold."""
        try:
            return datetime.fromtimestamp(at, tz=self.zone).date()
        except (ValueError, OverflowError, OSError):
            raise BeyondCalendar("The time lies beyond any calendar; check the clock of the machine.") from None

    def last_moment(self, day: date) -> int:
        """POSIX seconds of the last second of the custodian's `day`, however long the day is."""
        self._check(day)
        following = datetime.combine(day + timedelta(days=1), time(), tzinfo=self.zone)
        return int(following.astimezone(UTC).timestamp()) - 1

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on `day`. Raises BeyondCalendar."""
        self._check(day)
        return DAYS[day.weekday()] not in self.weekend and day not in self.closed

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`. Raises BeyondCalendar."""
        while n:
            day += timedelta(days=1)
            n -= self.is_working_day(day)
        return day

    def add_days(self, day: date, n: int) -> date:
        """The n-th calendar day after `day`. Raises BeyondCalendar."""
        return self._check(date.fromordinal(min(day.toordinal() + n, LAST_DAY.toordinal())))

    def add_months(self, anchor: date, n: int) -> date:
        """`n` months after `anchor`, clamped to the month's end. Raises BeyondCalendar."""
        end = _month_end(_months(anchor) + n)
        return self._check(end.replace(day=min(anchor.day, end.day)))

    def quarter_end(self, day: date, n: int = 1) -> date:
        """The last day of the n-th calendar quarter that ends on or after `day`. Raises BeyondCalendar."""
        return self._check(_month_end(_months(day) // 3 * 3 + 3 * n - 1))

    def _check(self, day: date) -> date:
        if not self.first <= day <= self.last:
            raise BeyondCalendar(
                f"The date {day} lies beyond the calendar {self.id!r} ({self.first} to {self.last}); have a new charter version signed."
            )
        return day


def _months(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_end(months: int) -> date:
    """The last day of the month that lies `months` after January of the year 0; LAST_DAY if that is too far."""
    year, month = divmod(months + 1, 12)
    return date(year, month + 1, 1) - timedelta(days=1) if year < LAST_DAY.year else LAST_DAY


def to_json(calendar: Calendar) -> dict[str, object]:
    """The calendar as it stands in a charter entry."""
    return {
        "timezone": calendar.timezone,
        "weekend": list(calendar.weekend),
        "closed": [day.isoformat() for day in sorted(calendar.closed)],
        "first": calendar.first.isoformat(),
        "last": calendar.last.isoformat(),
        "source": calendar.source,
    }


def from_json(name: str, value: Mapping[str, object], changes: Changes = ()) -> Calendar:
    """Read what `to_json` wrote, with the rules of its zone if they were frozen. Members that this version does not know are passed over.

    Raises NotAClock.
    """
    try:
        closed, weekend = value["closed"], value["weekend"]
        assert isinstance(closed, list)
        assert isinstance(weekend, list)
        assert isinstance(value["timezone"], str)
        calendar = Calendar(
            id=name,
            timezone=value["timezone"],
            weekend=tuple(weekend),
            closed=frozenset(date.fromisoformat(day) for day in closed),
            first=date.fromisoformat(str(value["first"])),
            last=date.fromisoformat(str(value["last"])),
            source=str(value["source"]),
            changes=changes,
        )
        same = to_json(calendar) == {member: value[member] for member in MEMBERS}
    except (KeyError, TypeError, ValueError, AssertionError):
        raise NotAClock(f"The calendar {name!r} is damaged; ask for the charter again.") from None
    if not same:
        raise NotAClock(f"The calendar {name!r} is not in its one form; ask for the charter again.")
    return calendar
