# SPDX-License-Identifier: AGPL-3.0-or-later
"""Freezing: a charter with the calendars computed once, as the officers sign it.

A later decree or an upgrade of the holidays library moves no promised date, because nothing is computed again: the closed days of the
charter's year and of the next ten stand in the entry, and the rules of their time zones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from demur import canonical
from demur.charter.errors import CharterError
from demur.charter.load import load
from demur.charter.model import FORMATS, KEPT_CLOCKS, CalendarRule, Charter
from demur.charter.reading import Unknown, read_signed
from demur.clock.calendar import MEMBERS as CALENDAR_MEMBERS
from demur.clock.calendar import Calendar, from_json, to_json
from demur.clock.deadlines import after
from demur.clock.errors import BeyondCalendar, ClockError, NoZone
from demur.clock.zone import Changes, changes_of, read_changes, written

YEARS: Final = 11  # the charter's year and the next ten
PLAUSIBLE_YEARS: Final = range(1900, 3000)
MAX_ENTRY: Final = 60_000
MEMBERS: Final = frozenset(
    {"v", "type", "origin", "charter", "version", "text", "calendars", "zones", "practice", "officers"}
)


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """A charter, its text as the officers read it, and its calendars.

    Of a signed one `unknown` are the parts that this version does not know, and `faults` those that are needed to act and that it cannot
    read (`reading.Reading`). `statement` parts stand there as `statement.NAME`.
    """

    charter: Charter
    text: str
    calendars: Mapping[str, Calendar]
    version: int = 1
    unknown: tuple[Unknown, ...] = ()
    faults: frozenset[str] = frozenset()

    @property
    def refused(self) -> str:
        """Why nothing may be filed under this charter, as one sentence; "" where something may."""
        if self.charter.format not in FORMATS:
            return (
                "The charter is written in a format that this version does not know "
                f"({self.charter.format or 'not a number'}); update Demur, then file."
            )
        if self.faults:
            parts = ", ".join(sorted(self.faults))
            return (
                f"Parts of the charter cannot be read ({parts}), so nothing can be filed under it; update Demur, "
                "or have the officers sign a version that holds them."
            )
        return ""

    def entry(self, origin: str, previous: int) -> dict[str, Any]:
        """The unsigned charter statement, version `previous` + 1. Raises CharterError if it is too large."""
        zones = {row.timezone: written(row.changes) for row in self.calendars.values() if row.changes}
        statement = {
            "v": 1,
            "type": "charter",
            "origin": origin,
            "charter": self.charter.id,
            "version": previous + 1,
            "text": self.text,
            "calendars": {name: to_json(calendar) for name, calendar in self.calendars.items()},
            "practice": self.charter.practice,
            **({"zones": zones} if zones else {}),
        }
        size = len(canonical.dump(statement))
        if size > MAX_ENTRY - 8_000:  # room for the officers' signatures
            raise CharterError(
                f"The charter has {size} bytes with its calendars and {MAX_ENTRY - 8_000} are the limit; shorten it."
            )
        return statement

    @classmethod
    def from_entry(cls, statement: Mapping[str, Any]) -> "Frozen":
        """Read a charter statement that officers signed (`officers.check_statement`). Lenient: what this version does not know is named in
        `unknown`. Raises CharterError for what is no charter statement, and for one of a `v` that is not known.
        """
        text, version = _form(statement)
        calendars, notes = _signed_calendars(statement)
        read = read_signed(text, name=str(statement.get("charter"))[:64], calendars=set(calendars))
        notes += [f"statement.{name}" for name in statement if name not in MEMBERS]
        unknown = {row.place: row for row in (*read.unknown, *(Unknown(place=place) for place in notes))}
        differing = _contradicted(statement, read.charter)
        return cls(
            charter=read.charter,
            text=text,
            calendars=calendars,
            version=version,
            unknown=tuple(unknown[place] for place in sorted(unknown)),
            faults=read.faults | differing,
        )

    @classmethod
    def to_sign(cls, statement: Mapping[str, Any]) -> "Frozen":
        """Read a charter statement that is to be signed or adopted. Strict: what this version does not know is refused.

        Raises CharterError.
        """
        frozen = cls.from_entry(statement)
        load(frozen.text, name=frozen.charter.id)  # names file, line and remedy
        said = (statement.get("charter"), statement.get("practice"))
        if said != (frozen.charter.id, frozen.charter.practice) or set(frozen.calendars) != set(
            frozen.charter.calendars
        ):
            raise CharterError(
                "The charter statement contradicts the charter inside it; ask the officers for it again."
            )
        if odd := [row.place for row in frozen.unknown] + sorted(frozen.faults):
            raise CharterError(
                f"The charter statement holds {odd[0]!r}, which this version does not know or cannot read; "
                "make it with this version of Demur."
            )
        return frozen


def _form(statement: Mapping[str, Any]) -> tuple[str, int]:
    """The text and the version of a charter statement. Raises CharterError for what is none."""
    if statement.get("type") != "charter" or type(statement.get("v")) is not int:
        raise CharterError("This is not a charter statement; ask the officers for it again.")
    if statement["v"] != 1:
        raise CharterError(
            f"This charter statement has form {statement['v']}, which this version does not know; update Demur."
        )
    text, version = statement.get("text"), statement.get("version")
    if not isinstance(text, str) or type(version) is not int or version < 1:
        raise CharterError("The charter statement has no text or no version; ask the officers for it again.")
    return text, version


def _contradicted(statement: Mapping[str, Any], charter: Charter) -> set[str]:
    """What the statement says otherwise than the charter inside it."""
    said = (("id", charter.id, statement.get("charter")), ("practice", charter.practice, statement.get("practice")))
    # 1 is not true
    return {name for name, one, other in said if type(one) is not type(other) or one != other}


def _signed_calendars(statement: Mapping[str, Any]) -> tuple[dict[str, Calendar], list[str]]:
    """The calendars of a signed statement that can be read, and the places of what cannot or is not known. Raises CharterError where this
    machine has no table of a zone.
    """
    zones, notes = _signed_zones(statement)
    tables = statement.get("calendars")
    if not isinstance(tables, dict):
        return {}, [*notes, "statement.calendars"]
    found = {}
    for name, value in tables.items():
        place = f"statement.calendars.{name}"
        try:
            found[name] = from_json(name, value, zones.get(str(value["timezone"]), ()))
        except NoZone as error:
            raise CharterError(str(error)) from None
        except (ClockError, TypeError, KeyError):
            notes.append(place)
            continue
        notes += [f"{place}.{member}" for member in value if member not in CALENDAR_MEMBERS]
    return found, notes


def _signed_zones(statement: Mapping[str, Any]) -> tuple[dict[str, Changes], list[str]]:
    tables = statement.get("zones", {})
    if not isinstance(tables, dict):
        return {}, ["statement.zones"]
    found, notes = {}, []
    for name, value in tables.items():
        try:
            found[name] = read_changes(value)
        except ClockError:
            notes.append(f"statement.zones.{name}")
    return found, notes


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
        changes=changes_of(rule.timezone, first, last),
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
