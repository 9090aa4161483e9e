# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter's clocks beside those of the built-in regimes: on which days would it promise later than they do?

Working days, calendar days and months cannot be compared as numbers; due dates can. So both are counted out from every day
of one year, each on its own frozen calendar. Advice: a regime binds only those whom its law binds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.lint import Finding, Severity
from demur.charter.model import KEPT_CLOCKS
from demur.charter.obligations import clocks
from demur.clock.errors import BeyondCalendar

OWN: Final = "demur-default"  # our own charter is no regime: nobody is held to it
_WORDS: Final = {"ack": "acknowledgement", "reply": "reply"}


@dataclass(frozen=True, kw_only=True)
class Later:
    """One clock that can be due later than a regime's: on `days` of the year's days, at worst by `most` days, as on `worst`."""

    regime: str
    clock: str
    days: int
    most: int
    worst: date

    @property
    def finding(self) -> Finding:
        """The same as a finding of the linter."""
        said = (
            f"The {_WORDS.get(self.clock, self.clock)} can come later than under {self.regime}, by up to {self.most} days "
            f"(filed on {self.worst}, for one)."
        )
        return Finding(severity=Severity.NOTE, code=f"{self.clock}-later-than-{self.regime}", sentence=said)


def regimes() -> list[str]:
    """The built-in regimes that a charter is compared with."""
    return [name for name in builtin_names() if name != OWN]


def compare(frozen: Frozen, names: Sequence[str]) -> Iterator[Later]:
    """Every kept clock that can be due later than one of the regimes' own, in the order of `names`."""
    first = min(calendar.first for calendar in frozen.calendars.values())
    ours = _year(frozen, first.year)
    for name in names:
        theirs = _regime_year(name, first.year)
        for clock in sorted(KEPT_CLOCKS):
            later = {
                day: ours[day][clock] - due[clock] for day, due in theirs.items() if clock in due and clock in ours[day]
            }
            days = {day: apart.days for day, apart in later.items() if apart.days > 0}
            if days:
                worst = max(days, key=lambda day: days[day])
                yield Later(regime=name, clock=clock, days=len(days), most=days[worst], worst=worst)


@lru_cache(maxsize=16)
def _regime_year(name: str, year: int) -> Mapping[date, Mapping[str, date]]:
    return _year(freeze_text(builtin_text(name), name=name, year=year), year)


def _due(frozen: Frozen, clock: str, day: date) -> date:
    """The due day of a clock for a case filed on `day` of its own calendar, and acknowledged at once if that makes it due earlier."""
    zone = frozen.calendars[frozen.charter.clocks[clock].calendar].zone
    noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=zone).timestamp())
    try:
        plain, at_once = clocks(frozen, {"received": noon}), clocks(frozen, {"received": noon, "ack": noon})
    except BeyondCalendar:
        return date.max
    return min(plain[clock].limit_day, at_once[clock].limit_day)


def _year(frozen: Frozen, year: int) -> dict[date, dict[str, date]]:
    """The due day of each kept clock for a case filed on each day of the year."""
    found: dict[date, dict[str, date]] = {}
    day = date(year, 1, 1)
    while day.year == year:
        found[day] = {name: _due(frozen, name, day) for name in KEPT_CLOCKS & set(frozen.charter.clocks)}
        day += timedelta(days=1)
    return found
