# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clocks: met, met late, extended, overdue; never deleted."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.clock.calendar import Calendar
from demur.clock.deadlines import Due, Span, State, Unit, after, before, due, earliest, recurring, state
from demur.clock.errors import NotAClock

VECTORS = json.loads((Path(__file__).parents[2] / "spec/vectors/clock.json").read_text())
CALENDAR = Calendar(
    id="o", timezone="UTC", weekend=("sat", "sun"), closed=frozenset(), first=date(2020, 1, 1), last=date(2035, 12, 31)
)
MONDAY = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp())
TWO_DAYS = Span(limit=2, unit=Unit.WORKING_DAY)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_day_of_the_event_does_not_count_and_the_last_moment_does() -> None:
    assert due(TWO_DAYS, MONDAY, CALENDAR).limit == at("2026-11-25T23:59:59")


LIMIT = due(TWO_DAYS, MONDAY, CALENDAR).limit
TABLE = [
    # met_at, now, extended_to, state
    (None, LIMIT, None, State.RUNNING),
    (None, LIMIT + 1, None, State.OVERDUE),
    (LIMIT, LIMIT + 9, None, State.MET),
    (LIMIT + 1, LIMIT + 9, None, State.MET_LATE),
    (None, LIMIT, LIMIT + 9, State.EXTENDED),
    (None, LIMIT + 9, LIMIT + 9, State.EXTENDED),
    (None, LIMIT + 10, LIMIT + 9, State.OVERDUE),
    (LIMIT + 9, LIMIT + 99, LIMIT + 9, State.MET),
    (LIMIT + 10, LIMIT + 99, LIMIT + 9, State.MET_LATE),
    # An extension can never shorten.
    (LIMIT, LIMIT, LIMIT - 9, State.MET),
]


@pytest.mark.parametrize(("met_at", "now", "extended_to", "expected"), TABLE)
def test_what_a_clock_shows(met_at: int | None, now: int, extended_to: int | None, expected: State) -> None:
    assert state(due(TWO_DAYS, MONDAY, CALENDAR), met_at=met_at, now=now, extended_to=extended_to) is expected


def test_a_range_has_a_target_before_its_limit() -> None:
    both = due(Span(limit=60, unit=Unit.WORKING_DAY, target=30), MONDAY, CALENDAR)

    assert (both.target_day, both.limit_day) == (date(2027, 1, 4), date(2027, 2, 15))


def test_a_missed_acknowledgement_does_not_stretch_the_reply() -> None:
    assert earliest({"ack": None, "ack.limit": 7}, ("ack", "ack.limit")) == 7
    assert earliest({"ack": 3, "ack.limit": 7}, ("ack", "ack.limit")) == 3
    assert earliest({"ack": 9, "ack.limit": 7}, ("ack", "ack.limit")) == 7
    assert earliest({}, ("ack",)) is None


def test_a_monthly_clock_counts_from_its_anchor() -> None:
    dues = recurring(
        Span(limit=1, unit=Unit.MONTH), at("2026-01-31T12:00:00"), CALENDAR, until=at("2026-04-01T00:00:00")
    )

    assert [row.limit_day for row in dues] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@pytest.mark.vectors
@pytest.mark.parametrize("row", VECTORS["quarters"], ids=lambda row: row["received"])
def test_what_happens_on_the_last_day_of_a_quarter_belongs_to_the_next(row: dict[str, Any]) -> None:
    received = date.fromisoformat(row["received"])

    found = {
        n: str(after(Span(limit=1, unit=Unit.CALENDAR_QUARTER), int(n), received, CALENDAR)) for n in row["quarters"]
    }

    assert found == row["quarters"]


def test_an_urgent_clock_is_due_before_the_decision_day() -> None:
    assert before(date(2026, 12, 1), MONDAY, CALENDAR).limit == at("2026-11-30T23:59:59")


@pytest.mark.parametrize("bad", [{"limit": 0}, {"limit": 5, "target": 6}, {"limit": 5, "target": 0}])
def test_a_span_that_is_no_span_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(NotAClock):
        Span(unit=Unit.MONTH, **bad)


@pytest.mark.stateful
@given(st.integers(0, 4 * 10**6), st.one_of(st.none(), st.integers(0, 4 * 10**6)))
def test_time_alone_never_makes_a_clock_better(now: int, extension: int | None) -> None:
    order = [State.RUNNING, State.EXTENDED, State.OVERDUE]
    made: Due = due(TWO_DAYS, MONDAY, CALENDAR)
    extended = MONDAY + extension if extension is not None else None
    first = state(made, met_at=None, now=MONDAY + now, extended_to=extended)
    later = state(made, met_at=None, now=MONDAY + now + 1, extended_to=extended)

    assert order.index(later) >= order.index(first)
