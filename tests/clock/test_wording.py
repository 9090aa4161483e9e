# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days and moments in words: the office's own day, on every machine the same."""

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from demur.clock.calendar import Calendar
from demur.clock.wording import day_words, due_words, in_office, moment_words


def calendar(zone: str) -> Calendar:
    return Calendar(
        id="office",
        timezone=zone,
        weekend=("sat", "sun"),
        closed=frozenset(),
        first=date(2020, 1, 1),
        last=date(2035, 12, 31),
    )


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Jakarta", "America/Sao_Paulo"]
)
def test_a_deadline_is_the_offices_own_day_wherever_it_lies(zone: str) -> None:
    office = calendar(zone)
    for day in (date(2026, 12, 2), date(2028, 2, 29), date(2026, 3, 8), date(2026, 11, 1)):
        assert due_words(office.last_moment(day), office) == f"the end of {day_words(day)} ({zone})"


def test_west_of_greenwich_the_day_in_utc_is_another_and_is_not_the_one_told() -> None:
    office = calendar("America/New_York")
    end = office.last_moment(date(2026, 12, 2))

    assert datetime.fromtimestamp(end, tz=UTC).date() == date(2026, 12, 3)
    assert due_words(end, office) == "the end of Wednesday, 2 December 2026 (America/New_York)"


def test_what_ends_no_day_is_told_with_its_hour() -> None:
    office = calendar("America/New_York")

    assert due_words(1_764_700_000, office) == in_office(1_764_700_000, office)
    assert in_office(1_764_700_000, office) == "Tuesday, 2 December 2025, 13:26 (America/New_York)"


def test_beyond_the_calendar_a_time_is_told_all_the_same() -> None:
    office = calendar("Asia/Jakarta")

    assert due_words(2_500_000_000, office) == "Monday, 22 March 2049, 11:26 (Asia/Jakarta)"
    assert due_words(10**15, office) == f"a time beyond any calendar ({10**15})"
    assert moment_words(-(10**30), None) == f"a time beyond any calendar (-{10**30})"


def test_without_an_office_it_is_this_machines_own_time_and_says_how_far_from_greenwich(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
        for zone, said in {
            "Asia/Kathmandu": "03:08 (this machine's time, +05:45)",
            "America/St_Johns": "17:53 (this machine's time, -03:30)",
        }.items():
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert moment_words(1_796_073_800, None).endswith(said)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert moment_words(1_796_073_800, ZoneInfo("Asia/Kathmandu"), "Asia/Kathmandu").endswith("03:08 (Asia/Kathmandu)")
