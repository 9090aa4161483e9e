# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whose day it is: the calendar by which a time of a case is told. Pure."""

from demur.charter.freeze import Frozen
from demur.clock.calendar import Calendar
from demur.clock.wording import due_words, in_office


def calendar_of(frozen: Frozen, clock: str = "") -> Calendar | None:
    """The calendar of a clock; without one (or for a clock that the charter lacks) that of the custodian's first clock, else of any clock.

    None for a charter without clocks.
    """
    clocks = frozen.charter.clocks
    own = (rule for rule in clocks.values() if rule.owner == frozen.charter.custodian)
    rule = clocks.get(clock) or next(own, None) or next(iter(clocks.values()), None)
    return frozen.calendars[rule.calendar] if rule else None


def when(frozen: Frozen, at: int) -> str:
    """A moment (POSIX seconds) of a case in words, by the custodian's clock on the wall."""
    calendar = calendar_of(frozen)
    return in_office(at, calendar) if calendar else str(at)


def due(frozen: Frozen, at: int, *, clock: str = "") -> str:
    """When a clock is due, in words: the end of a day of the office that must act."""
    calendar = calendar_of(frozen, clock)
    return due_words(at, calendar) if calendar else str(at)
