# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the record is published: always in the last minute of the custodian's day, whatever the clock does to that day."""

import itertools
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.charter.builtin import builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.ticks import LAST_MINUTE, next_tick, publishes_at_once

DEFAULT = builtin_text("demur-default")
ZONES = ("UTC", "America/New_York", "Pacific/Auckland", "Asia/Jakarta", "Pacific/Kiritimati", "Australia/Lord_Howe")
FROM, TO = 1_767_225_600, 1_830_297_600  # 2026 and 2027


def charter(zone: str = "UTC", tick: str = "day") -> Frozen:
    text = DEFAULT.replace('timezone = "UTC"', f'timezone = "{zone}"').replace('tick = "day"', f'tick = "{tick}"')
    return freeze_text(text, name="x", year=2026)


CHARTERS = {(zone, tick): charter(zone, tick) for zone in ZONES for tick in ("day", "hour")}


@given(st.sampled_from(sorted(CHARTERS)), st.integers(FROM, TO))
def test_the_next_tick_is_later_and_never_more_than_a_long_day_away(key: tuple[str, str], at: int) -> None:
    tick = next_tick(CHARTERS[key], at)
    assert at < tick <= at + 25 * 3600 + LAST_MINUTE
    if key[1] == "hour":
        assert tick <= at + 3600


@given(st.sampled_from(ZONES), st.integers(FROM, TO))
def test_a_daily_tick_falls_on_the_last_minute_of_a_local_day(zone: str, at: int) -> None:
    frozen = CHARTERS[zone, "day"]
    tick = next_tick(frozen, at)
    local = datetime.fromtimestamp(tick, tz=frozen.calendars["office"].zone)
    assert (local.hour, local.minute, local.second) == (23, 59, 0)
    assert (local + timedelta(minutes=1)).date() > local.date()


@pytest.mark.parametrize("zone", ZONES)
def test_there_is_one_daily_tick_for_each_day_of_a_year(zone: str) -> None:
    frozen, at, days = CHARTERS[zone, "day"], FROM, []
    while at < FROM + 365 * 86_400:
        at = next_tick(frozen, at)
        days.append(datetime.fromtimestamp(at, tz=frozen.calendars["office"].zone).date())
    assert len(days) == len(set(days))
    assert [after - before for before, after in itertools.pairwise(days)] == [timedelta(days=1)] * (len(days) - 1)


def test_an_hourly_channel_has_its_forced_tick_too() -> None:
    frozen = CHARTERS["Australia/Lord_Howe", "hour"]  # half an hour off: the full hour is not the day's end
    at, seen = FROM, set()
    for _ in range(60):
        at = next_tick(frozen, at)
        seen.add(at % 3600)
    assert len(seen) == 2


def test_a_charter_that_publishes_at_once_has_no_next_tick() -> None:
    frozen = charter(tick="0")
    assert publishes_at_once(frozen)
    assert next_tick(frozen, FROM) == FROM
