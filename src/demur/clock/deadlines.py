# SPDX-License-Identifier: AGPL-3.0-or-later
"""Obligations with due dates: pure functions from starts and a calendar. Times are POSIX seconds.

A clock is never deleted. What it is at any time follows from when it started, when it was met, and whether it was extended; so
lateness is computed, and nobody can switch it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from demur.clock.calendar import Calendar
from demur.clock.errors import NotAClock


class Unit(StrEnum):
    """In what a span is counted."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    CALENDAR_QUARTER = "calendar_quarter"


class State(StrEnum):
    """What a clock shows."""

    RUNNING = "running"
    EXTENDED = "extended"  # running, to a later date than promised
    OVERDUE = "overdue"
    MET = "met"
    MET_LATE = "met late"
    ENDED = "ended by withdrawal"
    ENDED_LATE = "ended late"  # ended by withdrawal after it was overdue: late by as long as until then
    UNREADABLE = "could not be read"  # ended because two seats say that what was filed cannot be read


@dataclass(frozen=True, kw_only=True)
class Span:
    """So many units; a range has a `target` before its `limit`."""

    limit: int
    unit: Unit
    target: int | None = None

    def __post_init__(self) -> None:
        """Raises NotAClock for a span that is no span."""
        if self.limit < 1 or (self.target is not None and not 0 < self.target <= self.limit):
            raise NotAClock("A clock needs a limit of at least 1, and a target between 1 and the limit.")


@dataclass(frozen=True, kw_only=True)
class Due:
    """When an obligation is due: the last seconds of the target day (or None) and of the limit day."""

    started: int
    limit_day: date
    limit: int
    target_day: date | None = None
    target: int | None = None


def after(span: Span, n: int, start: date, calendar: Calendar) -> date:
    """The day `n` of the span's units after `start`. Raises BeyondCalendar."""
    match span.unit:
        case Unit.WORKING_DAY:
            return calendar.add_working_days(start, n)
        case Unit.CALENDAR_DAY:
            return calendar.add_days(start, n)
        case Unit.MONTH:
            return calendar.add_months(start, n)
        case Unit.CALENDAR_QUARTER:
            # The day of the event does not count: what happens on the last day of a quarter belongs to the next.
            return calendar.quarter_end(start + timedelta(days=1), n)


def due(span: Span, started: int, calendar: Calendar) -> Due:
    """When an obligation that started at `started` is due. Raises BeyondCalendar."""
    return due_from_day(span, calendar.local_day(started), started, calendar)


def due_from_day(span: Span, day: date, started: int, calendar: Calendar) -> Due:
    """As `due`, counted from a given day."""
    limit_day = after(span, span.limit, day, calendar)
    target_day = after(span, span.target, day, calendar) if span.target is not None else None
    return Due(
        started=started,
        limit_day=limit_day,
        limit=calendar.last_moment(limit_day),
        target_day=target_day,
        target=calendar.last_moment(target_day) if target_day else None,
    )


def earliest(starts: Mapping[str, int | None], names: tuple[str, ...]) -> int | None:
    """The earliest of the named starts that has happened; None if none has.

    EU 2019/1937 Art. 9(1)(f): feedback runs from the acknowledgement or, if there was none, from its limit.
    """
    known = [at for name in names if (at := starts.get(name)) is not None]
    return min(known, default=None)


def recurring(span: Span, started: int, calendar: Calendar, *, until: int) -> list[Due]:
    """Every due date of a clock that recurs, counted from its anchor, up to the first one after `until`."""
    anchor = calendar.local_day(started)
    dues: list[Due] = []
    while not dues or dues[-1].limit < until:
        n = span.limit * (len(dues) + 1)
        dues.append(due_from_day(Span(limit=n, unit=span.unit), anchor, started, calendar))
    return dues


def before(day: date, started: int, calendar: Calendar) -> Due:
    """Due before a decision falls on `day`: by the end of the day before it."""
    limit_day = day - timedelta(days=1)
    return Due(started=started, limit_day=limit_day, limit=calendar.last_moment(limit_day))


def state(due: Due, *, met_at: int | None, now: int, extended_to: int | None = None) -> State:
    """What the clock shows at `now`. Lateness is judged by the extended date once there is one."""
    limit = max(due.limit, extended_to) if extended_to is not None else due.limit
    if met_at is not None:
        return State.MET if met_at <= limit else State.MET_LATE
    if now > limit:
        return State.OVERDUE
    return State.EXTENDED if extended_to is not None else State.RUNNING
