# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days and moments in words, one wording wherever English is written without a translation: weekday, day, month in letters, year, zone.

A deadline is a day of the office that must act, never an instant of UTC: west of Greenwich the last second of Wednesday lies on Thursday
in UTC, and an author who reads Thursday answers a day late (docs/explanation/voice.md, rule 9). Machines get POSIX seconds or ISO days.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from demur.clock.calendar import Calendar
from demur.clock.errors import BeyondCalendar

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day_words(day: date) -> str:
    """A day whole, such as "Wednesday, 2 December 2026"; the same on every machine, whatever its locale."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def stated_day(day: str) -> str:
    """A day that a document states as year-month-day, in words; as it stands where it is none."""
    try:
        return day_words(date.fromisoformat(day))
    except ValueError:
        return day


def moment_words(at: int, zone: tzinfo | None, name: str = "") -> str:
    """A moment (POSIX seconds), such as "Wednesday, 2 December 2026, 16:09 (America/New_York)".

    `name` is the zone as it is named; without a zone it is this machine's own, told as such with what it is ahead of Greenwich. A number
    that is no moment of a calendar is shown as the number: such a time can stand in a stranger's file.
    """
    try:
        there = datetime.fromtimestamp(at, tz=zone or UTC)
        there = there if zone else there.astimezone()
    except (ValueError, OverflowError, OSError):
        return f"a time beyond any calendar ({at})"
    return f"{day_words(there.date())}, {there:%H:%M} ({name or _offset(there)})"


def due_words(at: int, calendar: Calendar) -> str:
    """When something is due: "the end of Wednesday, 2 December 2026 (America/New_York)", or the moment where `at` ends no day there."""
    try:
        day = calendar.local_day(at)
        ends = calendar.last_moment(day) == at
    except BeyondCalendar:
        return moment_words(at, calendar.zone, calendar.timezone)
    return f"the end of {day_words(day)} ({calendar.timezone})" if ends else in_office(at, calendar)


def in_office(at: int, calendar: Calendar) -> str:
    """A moment by the clock on the wall of the office whose calendar it is."""
    return moment_words(at, calendar.zone, calendar.timezone)


def span_words(seconds: int) -> str:
    """How long, in its largest unit, such as "26 hours"; for clocks that differ."""
    for unit, size in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


def _offset(there: datetime) -> str:
    ahead = there.utcoffset() or timedelta()
    minutes = int(ahead.total_seconds()) // 60
    return f"this machine's time, {'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
