# SPDX-License-Identifier: AGPL-3.0-or-later
"""Freezing: calendars are computed once, and the entry that officers sign says all of it."""

import dataclasses
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from demur import canonical
from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.errors import CharterError
from demur.charter.freeze import MAX_ENTRY, Frozen, freeze_text
from demur.charter.obligations import clocks

GOOD = builtin_text("us-state-2fam070")
VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/clock.json").read_text())


def frozen(text: str = GOOD, year: int = 2026) -> Frozen:
    return freeze_text(text, name="my.toml", year=year)


@pytest.mark.parametrize("name", builtin_names())
def test_every_regime_survives_its_entry(name: str) -> None:
    made = freeze_text(builtin_text(name), name=name, year=2026)

    entry = made.entry("dissent.example.org", 0)

    assert Frozen.from_entry(canonical.load_object(canonical.dump(entry))) == made
    assert len(canonical.dump(entry)) < MAX_ENTRY


def test_a_new_version_counts_from_the_one_before() -> None:
    entry = frozen().entry("dissent.example.org", 4)

    assert (entry["version"], Frozen.from_entry(entry).version) == (5, 5)


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["us-federal"], ids=lambda row: row["received"])
def test_the_2_fam_vectors_hold_from_the_file_to_the_last_second(row: dict[str, Any]) -> None:
    received = datetime.fromisoformat(f"{row['received']}T18:00:00").replace(tzinfo=UTC)
    made = Frozen.from_entry(frozen(year=received.year).entry("o", 0))

    owed = clocks(made, {"received": int(received.timestamp())})
    days = row["working_days"]

    assert str(owed["ack"].limit_day) == days["2"]
    assert (str(owed["reply"].target_day), str(owed["reply"].limit_day)) == (days["30"], days["60"])
    assert datetime.fromtimestamp(owed["reply"].limit, tz=made.calendars["us-federal"].zone).isoformat()[:19] == (
        f"{days['60']}T23:59:59"
    )


def test_the_year_and_the_next_ten_are_frozen() -> None:
    calendar = frozen().calendars["us-federal"]

    assert (calendar.first, calendar.last) == (date(2026, 1, 1), date(2036, 12, 31))
    assert calendar.source.startswith("holidays ")


def test_closures_of_the_institution_are_closed_too() -> None:
    calendar = frozen(GOOD.replace('country = "US"', 'country = "US"\nclosures = ["2026-08-14", "2099-01-05"]'))

    assert date(2026, 8, 14) in calendar.calendars["us-federal"].closed
    assert date(2099, 1, 5) not in calendar.calendars["us-federal"].closed


def test_a_calendar_without_country_has_only_its_own_closures() -> None:
    calendar = frozen(GOOD.replace('country = "US"', 'closures = ["2026-08-14"]')).calendars["us-federal"]

    assert (calendar.closed, calendar.source) == (frozenset({date(2026, 8, 14)}), "this charter")


@pytest.mark.parametrize("country", ["Atlantis", "us", "HolidayBase", "__doc__", "XNYS"])
def test_a_country_without_known_holidays_is_refused_and_never_taken_as_having_none(country: str) -> None:
    with pytest.raises(CharterError, match="give the closed days as closures"):
        frozen(GOOD.replace('country = "US"', f'country = "{country}"'))


@pytest.mark.parametrize("key", ["subdivision", "category"])
def test_an_unknown_part_of_a_country_is_refused(key: str) -> None:
    with pytest.raises(CharterError, match="give the closed days as closures"):
        frozen(GOOD.replace('country = "US"', f'country = "US"\n{key} = "zz"'))


@pytest.mark.parametrize("unit", ["working_day", "calendar_day", "month", "calendar_quarter"])
@pytest.mark.parametrize("limit", [4000, 10**15])
def test_a_clock_longer_than_its_calendar_is_refused(unit: str, limit: int) -> None:
    text = GOOD.replace('target = 30\nlimit = 60\nunit = "working_day"', f'limit = {limit}\nunit = "{unit}"')

    with pytest.raises(CharterError, match="'reply' runs beyond the 11 years"):
        frozen(text)


@pytest.mark.parametrize("year", [0, 1, 9995, 9999])
def test_a_year_of_no_calendar_is_refused(year: int) -> None:
    with pytest.raises(CharterError, match="check the clock of the machine"):
        frozen(year=year)


def test_a_charter_too_large_for_an_entry_is_refused_with_the_limit() -> None:
    made = frozen()

    with pytest.raises(CharterError, match="52000 are the limit"):
        dataclasses.replace(made, text=made.text + "#" * MAX_ENTRY).entry("o", 0)


DAMAGE: dict[str, dict[str, Any]] = {
    "version in quotes": {"version": "1"},
    "version zero": {"version": 0},
    "version true": {"version": True},
    "text that is none": {"text": 3},
    "another text": {"text": builtin_text("eu-2019-1937")},
    "another id": {"charter": "us-nrc-dpo"},
    "practice without saying so": {"practice": True},
    "calendars that are none": {"calendars": []},
    "a calendar that is none": {"calendars": {"us-federal": 3}},
    "a calendar missing": {"calendars": {}},
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_never_signed_or_adopted(change: dict[str, Any]) -> None:
    with pytest.raises(CharterError):
        Frozen.to_sign({**frozen().entry("o", 0), **change})


@pytest.mark.parametrize("key", ["version", "text", "calendars", "charter", "practice"])
def test_an_entry_without_a_part_is_refused(key: str) -> None:
    entry = frozen().entry("o", 0)
    del entry[key]

    with pytest.raises(CharterError):
        Frozen.to_sign(entry)
