# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which clocks run for a case under a charter, and that no later decree moves them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.obligations import clocks
from demur.clock.errors import BeyondCalendar

EU = json.loads((Path(__file__).parents[2] / "spec/vectors/clock.json").read_text())["eu"]


def noon(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp())


@pytest.mark.vectors
def test_the_eu_reply_runs_from_the_acknowledgement_or_its_limit() -> None:
    frozen = freeze_text(builtin_text("eu-2019-1937"), name="eu", year=2026)

    silent = clocks(frozen, {"received": noon(EU["received"])})
    last_day = clocks(frozen, {"received": noon(EU["received"]), "ack": noon(EU["ack_limit"])})
    at_once = clocks(frozen, {"received": noon(EU["received"]), "ack": noon(EU["received"])})

    assert str(silent["ack"].limit_day) == EU["ack_limit"]
    assert str(silent["reply"].limit_day) == EU["reply_limit_without_ack"]
    assert str(last_day["reply"].limit_day) == EU["reply_limit_if_ack_on_last_day"]
    assert at_once["reply"].limit_day == date(2026, 6, 2)


def test_a_frozen_calendar_moves_no_date_when_the_library_changes() -> None:
    frozen = freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026)
    entry = frozen.entry("o", 0)
    # A later decree, or an upgrade of the holidays library, would compute another list: the entry's own list decides.
    entry["calendars"]["us-federal"]["closed"].remove("2026-12-25")

    before = clocks(frozen, {"received": noon("2026-12-23")})["ack"].limit_day
    after = clocks(Frozen.from_entry(entry), {"received": noon("2026-12-23")})["ack"].limit_day

    assert (before, after) == (date(2026, 12, 28), date(2026, 12, 25))


def test_a_due_date_beyond_the_calendar_is_refused() -> None:
    frozen = freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026)

    with pytest.raises(BeyondCalendar):
        clocks(frozen, {"received": noon("2036-12-01")})
