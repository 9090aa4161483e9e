# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lint names what a charter lacks, on the charter's own calendar."""

import re
from datetime import UTC, datetime

import pytest

from demur.charter.builtin import builtin_text, practice
from demur.charter.freeze import Frozen, freeze_text
from demur.charter.lint import Severity, ending, lint

GOOD = builtin_text("us-state-2fam070")
DEFAULT = builtin_text("demur-default")


def frozen(text: str) -> Frozen:
    return freeze_text(text, name="x", year=2026)


def codes(text: str) -> set[str]:
    made = frozen(text)
    return {finding.code for finding in lint(made.charter, made)}


def without(table: str, text: str = DEFAULT) -> str:
    """The charter without the tables (or rows) under this header."""
    return re.sub(rf"(?m)^{re.escape(table)}\n(?:(?!\[).*\n?)*", "", text)


def test_the_default_charter_has_no_gap() -> None:
    assert codes(DEFAULT) == set()


GAPS = {
    "no-ack-clock": without("[clocks.ack]"),
    "no-reply-clock": without("[extension]", without("[clocks.reply]")),
    "ack-later-than-eu": DEFAULT.replace("limit = 2\n", "limit = 6\n"),
    "reply-later-than-eu": DEFAULT.replace("limit = 60\n", "limit = 67\n"),
    "no-appeal": without("[appeal]"),
    "no-external-route": without("[[outer_door]]"),
    "no-referral": without("[[referral]]"),
    "no-extension": without("[extension]"),
    "nobody-outside": DEFAULT.replace("outside = true\n", ""),
    "few-readers": re.sub(
        r'(?s)(id = "(?:head|deputy|executive|independent)"\n)',
        r'\1when = { fact = "unit", is_one_of = ["x"] }\n',
        DEFAULT.replace("[[seat]]", '[[fact]]\nid = "unit"\nquestion = "Which unit?"\n\n[[seat]]', 1),
    ),
    "no-oversight": practice(DEFAULT.replace('oversight = "oversight"\n', "")),
    "no-statistics": without("[reporting]"),
    "no-reprisal-rule": re.sub(r"(?m)^reprisal = .*\n", "", DEFAULT),
    "no-anonymity-floor": DEFAULT.replace("anonymity_floor = 20\n", ""),
    "unconfirmed": DEFAULT.replace('edition = "1"\n', 'edition = "1"\nunconfirmed = ["limits"]\n'),
    "published-at-once": DEFAULT.replace('tick = "day"', 'tick = "0"'),
    "hourly-without-covers": DEFAULT.replace('tick = "day"', 'tick = "hour"').replace("entries = 32", "entries = 0"),
    "short-key-wait": DEFAULT.replace("key_wait_hours = 48", "key_wait_hours = 1"),
}


@pytest.mark.parametrize("code", GAPS)
def test_each_gap_is_named_and_no_other(code: str) -> None:
    assert GAPS[code] != DEFAULT
    assert codes(GAPS[code]) == {code} | ({"no-extension"} if code == "no-reply-clock" else set())


def test_a_practice_charter_may_publish_at_once_and_covers_fill_an_hour() -> None:
    assert "published-at-once" not in codes(practice(GAPS["published-at-once"]))
    assert codes(DEFAULT.replace('tick = "day"', 'tick = "hour"')) == set()


def test_only_missing_answer_clocks_are_errors() -> None:
    errors = set()
    for text in GAPS.values():
        made = frozen(text)
        errors |= {row.code for row in lint(made.charter, made) if row.severity is Severity.ERROR}

    assert errors == {"no-ack-clock", "no-reply-clock"}


def test_lint_names_the_gaps_of_2_fam() -> None:
    assert {"no-appeal", "no-statistics", "unconfirmed"} <= codes(GOOD)
    assert "no-external-route" not in codes(GOOD)


def test_three_months_are_recomputed_on_the_charters_own_calendar() -> None:
    closures = ", ".join(f'"2026-0{month}-{day:02}"' for month in (3, 4) for day in range(1, 29))
    country = 'country = "US"'

    assert "reply-later-than-eu" not in codes(GOOD)
    assert "reply-later-than-eu" in codes(GOOD.replace(country, f"{country}\nclosures = [{closures}]"))


def test_a_clock_too_long_to_be_counted_out_is_later_than_three_months() -> None:
    # Ten years: due dates of the first year are frozen, those of later years are not.
    text = GOOD.replace('target = 30\nlimit = 60\nunit = "working_day"', 'limit = 120\nunit = "month"')

    assert "reply-later-than-eu" in codes(text)


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2034-12-30", []), ("2034-12-31", []), ("2035-01-01", ["calendar-ends"]), ("2050-01-01", ["calendar-ends"])],
)
def test_calendars_that_end_within_two_years_are_named(day: str, expected: list[str]) -> None:
    noon = int(datetime.fromisoformat(f"{day}T17:00:00").replace(tzinfo=UTC).timestamp())

    assert [row.code for row in ending(frozen(GOOD), now=noon)] == expected
