# SPDX-License-Identifier: AGPL-3.0-or-later
"""Freezing: a charter with the calendars computed once, as the officers sign it.

A later decree or an upgrade of the holidays library moves no promised date, because nothing is computed again: the closed days of the
charter's year and of the next ten stand in the entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from demur import canonical
from demur.charter.errors import CharterError
from demur.charter.load import load
from demur.charter.model import KEPT_CLOCKS, CalendarRule, Charter
from demur.clock.calendar import Calendar, from_json, to_json
from demur.clock.deadlines import after
from demur.clock.errors import BeyondCalendar, ClockError

YEARS: Final = 11  # the charter's year and the next ten
PLAUSIBLE_YEARS: Final = range(1900, 3000)
MAX_ENTRY: Final = 60_000


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A charter, its text as the officers read it, and its calendars."""

    charter: Charter
    text: str
    calendars: Mapping[str, Calendar]
    version: int = 1

    def entry(self, origin: str, previous: int) -> dict[str, Any]:
        """The unsigned charter statement, version `previous` + 1. Raises CharterError if it is too large."""
        statement = {
            "v": 1,
            "type": "charter",
            "origin": origin,
            "charter": self.charter.id,
            "version": previous + 1,
            "text": self.text,
            "calendars": {name: to_json(calendar) for name, calendar in self.calendars.items()},
            "practice": self.charter.practice,
        }
        size = len(canonical.dump(statement))
        if size > MAX_ENTRY - 8_000:  # room for the officers' signatures
            raise CharterError(
                f"The charter has {size} bytes with its calendars and {MAX_ENTRY - 8_000} are the limit; shorten it."
            )
        return statement

    @classmethod
    def from_entry(cls, statement: Mapping[str, Any]) -> "Frozen":
        """Read a charter statement (signatures are checked by `officers.check_statement`). Raises CharterError."""
        try:
            text, tables, version = statement["text"], statement["calendars"], statement["version"]
            said = (statement["charter"], statement["practice"])
            charter = load(text, name=str(said[0]))
            calendars = {name: from_json(name, value) for name, value in tables.items()}
        except (KeyError, AttributeError, TypeError):
            raise CharterError("This is not a charter statement; ask the officers for it again.") from None
        except ClockError as error:
            raise CharterError(str(error)) from None
        if type(version) is not int or version < 1:
            raise CharterError("The charter statement has no version; ask the officers for it again.")
        if (charter.id, charter.practice) != said or set(calendars) != set(charter.calendars):
            raise CharterError(
                "The charter statement contradicts the charter inside it; ask the officers for it again."
            )
        return cls(charter=charter, text=text, calendars=calendars, version=version)


def freeze_text(text: str, *, name: str, year: int) -> Frozen:
    """Load a charter and compute its calendars from `year` on. Raises CharterError."""
    if year not in PLAUSIBLE_YEARS:
        raise CharterError(f"{year} is no year to freeze a charter in; check the clock of the machine.")
    charter = load(text, name=name)
    calendars = {key: _calendar(key, rule, year) for key, rule in charter.calendars.items()}
    _check_reach(charter, calendars, date(year, 12, 31))
    return Frozen(charter=charter, text=text, calendars=calendars)


def _check_reach(charter: Charter, calendars: Mapping[str, Calendar], last_filing: date) -> None:
    """Refuse a clock that the calendar cannot count out for a case of the charter's own year."""
    for name in sorted(KEPT_CLOCKS & set(charter.clocks)):
        rule = charter.clocks[name]
        try:
            after(rule.span, rule.limit, last_filing, calendars[rule.calendar])
        except BeyondCalendar:
            raise CharterError(
                f"The clock {name!r} runs beyond the {YEARS} years that are frozen; shorten its limit."
            ) from None


def _calendar(name: str, rule: CalendarRule, year: int) -> Calendar:
    years = range(year, year + YEARS)
    first, last = date(year, 1, 1), date(year + YEARS - 1, 12, 31)
    own = {date.fromisoformat(day) for day in rule.closures}
    days, source = _holidays(rule, years) if rule.country else (set(), "this charter")
    closed = frozenset(day for day in days | own if first <= day <= last)
    return Calendar(
        id=name,
        timezone=rule.timezone,
        weekend=rule.weekend,
        closed=closed,
        first=first,
        last=last,
        source=source,
    )


def _holidays(rule: CalendarRule, years: range) -> tuple[set[date], str]:
    from importlib.metadata import version  # noqa: PLC0415 -- needed only here

    import holidays  # noqa: PLC0415 -- a heavy import, needed only when a charter is frozen

    categories = (rule.category,) if rule.category else None
    try:
        # The library looks a country up by attribute, so a name that is no country could be anything of it.
        if rule.country not in holidays.list_supported_countries():
            raise KeyError(rule.country)
        # One year more: New Year's Day of the next year may be observed in this one.
        wanted = [*years, years.stop]
        found = holidays.country_holidays(
            rule.country, subdiv=rule.subdivision or None, years=wanted, categories=categories
        )
    except (NotImplementedError, ValueError, KeyError):
        raise CharterError(
            f"The holidays of {rule.country!r} are not known; give the closed days as closures."
        ) from None
    return set(found), f"holidays {version('holidays')}"
