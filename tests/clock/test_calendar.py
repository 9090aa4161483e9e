# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calendars: whose day it is, what counts, and what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.charter.freeze import freeze_text
from demur.clock.calendar import Calendar, from_json, to_json
from demur.clock.errors import BeyondCalendar, NotAClock

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/clock.json").read_text())
FIRST, LAST = date(2024, 1, 1), date(2034, 12, 31)


def a_calendar(
    weekend: tuple[str, ...] = ("sat", "sun"), zone: str = "UTC", closed: frozenset[date] = frozenset()
) -> Calendar:
    return Calendar(id="office", timezone=zone, weekend=weekend, closed=closed, first=FIRST, last=LAST)


def us_federal(year: int) -> Calendar:
    from demur.charter.builtin import builtin_text

    return freeze_text(builtin_text("us-state-2fam070"), name="us-state-2fam070", year=year).calendars["us-federal"]


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["us-federal"], ids=lambda row: row["received"])
def test_the_2_fam_vectors_hold(row: dict[str, Any]) -> None:
    received = date.fromisoformat(row["received"])
    calendar = us_federal(received.year)

    found = {n: str(calendar.add_working_days(received, int(n))) for n in row["working_days"]}

    assert found == row["working_days"]


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["months"], ids=lambda row: row["anchor"])
def test_months_clamp_but_remember(row: dict[str, Any]) -> None:
    anchor = date.fromisoformat(row["anchor"])

    found = {n: str(a_calendar().add_months(anchor, int(n))) for n in row["months"]}

    assert found == row["months"]


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["weekends"], ids=lambda row: row["received"])
def test_every_office_has_its_own_weekend_and_closed_days(row: dict[str, Any]) -> None:
    closed = frozenset(date.fromisoformat(day) for day in row["closed"])
    calendar = a_calendar(weekend=tuple(row["weekend"]), closed=closed)

    received = date.fromisoformat(row["received"])
    found = {n: str(calendar.add_working_days(received, int(n))) for n in row["working_days"]}

    assert found == row["working_days"]


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["last_moments"], ids=lambda row: f"{row['timezone']} {row['day']}")
def test_the_last_moment_is_the_second_before_the_next_day_begins(row: dict[str, Any]) -> None:
    # Cairo skips its midnight on that night and Havana has it twice: the day that follows begins where it begins.
    calendar = a_calendar(zone=row["timezone"])
    day = date.fromisoformat(row["day"])

    assert calendar.last_moment(day) == row["posix"]
    assert calendar.local_day(row["posix"]) == day
    assert calendar.local_day(row["posix"] + 1) == day + timedelta(days=1)


def test_sixty_working_days_never_fall_later_than_three_months_after_receipt() -> None:
    calendar = us_federal(2024)
    day = date(2024, 1, 1)
    while day < date(2034, 1, 1):
        thirty, sixty = calendar.add_working_days(day, 30), calendar.add_working_days(day, 60)
        assert 40 <= (thirty - day).days <= 47
        assert 82 <= (sixty - day).days <= 91
        assert sixty <= calendar.add_months(day, 3)
        day += timedelta(days=1)


def test_the_custodians_day_counts_and_not_the_authors() -> None:
    late_in_new_york = int(datetime(2026, 3, 2, 23, 30, tzinfo=ZoneInfo("America/New_York")).timestamp())

    assert a_calendar(zone="America/New_York").local_day(late_in_new_york) == date(2026, 3, 2)
    assert a_calendar(zone="Asia/Jakarta").local_day(late_in_new_york) == date(2026, 3, 3)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)])
def test_the_last_moment_counts_also_on_days_when_clocks_change(day: date, hours: int) -> None:
    calendar = a_calendar(zone="America/New_York")

    assert calendar.last_moment(day) - calendar.last_moment(day - timedelta(days=1)) == hours * 3600
    assert (
        datetime.fromtimestamp(calendar.last_moment(day), tz=ZoneInfo("America/New_York")).strftime("%H:%M:%S")
        == "23:59:59"
    )


def test_a_closed_day_does_not_count() -> None:
    calendar = a_calendar(closed=frozenset({date(2026, 11, 24)}))

    assert calendar.add_working_days(date(2026, 11, 23), 1) == date(2026, 11, 25)


def test_quarters_end_with_their_last_month() -> None:
    calendar = a_calendar()

    assert calendar.quarter_end(date(2026, 11, 23)) == date(2026, 12, 31)
    assert calendar.quarter_end(date(2026, 11, 23), 2) == date(2027, 3, 31)


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.add_working_days(LAST, 1),
        lambda c: c.add_days(LAST, 1),
        lambda c: c.add_months(LAST, 1),
        lambda c: c.last_moment(FIRST - timedelta(days=1)),
        lambda c: c.quarter_end(LAST, 2),
        # So far that no date can hold it.
        lambda c: c.add_days(LAST, 10**15),
        lambda c: c.add_months(LAST, 10**15),
        lambda c: c.quarter_end(LAST, 10**15),
        lambda c: c.add_working_days(LAST, 10**15),
    ],
)
def test_a_date_beyond_the_calendar_is_refused(ask: Callable[[Calendar], object]) -> None:
    with pytest.raises(BeyondCalendar, match="have a new charter version signed"):
        ask(a_calendar())


@pytest.mark.parametrize("at", [2**53, -(2**53), 10**30])
def test_a_time_that_is_no_time_is_refused(at: int) -> None:
    with pytest.raises(BeyondCalendar, match="check the clock of the machine"):
        a_calendar().local_day(at)


BAD = {
    "time zone": {"timezone": "Mars/Olympus"},
    "weekend": {"weekend": ["sunday"]},
    "leave one to work": {"weekend": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
    "damaged": {"closed": ["soon"]},
    "must end after it begins": {"last": "2023-12-31"},
    "before the year 9998": {"last": "9998-01-01"},
    "not in its one form": {"closed": ["2026-12-25", "2026-01-01"]},
}


@pytest.mark.parametrize(("sentence", "change"), BAD.items())
def test_a_wrong_calendar_is_refused(sentence: str, change: dict[str, object]) -> None:
    with pytest.raises(NotAClock, match=sentence):
        from_json("office", {**to_json(a_calendar()), **change})


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 200))
def test_counting_working_days_counts_only_working_days(start: date, n: int) -> None:
    calendar = a_calendar(closed=frozenset({date(2026, 12, 25), date(2027, 1, 1)}))

    end = calendar.add_working_days(start, n)

    assert calendar.is_working_day(end)
    assert sum(calendar.is_working_day(start + timedelta(days=i)) for i in range(1, (end - start).days + 1)) == n


def test_a_calendar_comes_back_from_json_as_it_was() -> None:
    calendar = us_federal(2026)

    assert from_json("us-federal", to_json(calendar), calendar.changes) == calendar
    assert (calendar.first, calendar.last) == (date(2026, 1, 1), date(2036, 12, 31))


def test_new_years_day_observed_in_the_old_year_is_closed() -> None:
    # 1 January 2028 is a Saturday, so the offices are closed on Friday 31 December 2027.
    assert not us_federal(2026).is_working_day(date(2027, 12, 31))
    assert datetime(2027, 12, 31, tzinfo=UTC).weekday() == 4
