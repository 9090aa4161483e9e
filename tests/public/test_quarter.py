# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever polls the page of a channel that keeps every date learns no day on which somebody filed; whoever misses one gives it away."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import django
import pytest

django.setup()

from demur.dissent import queries  # noqa: E402 -- the models need Django set up
from demur.dissent.models import QuarterCounts  # noqa: E402
from demur.dissent.queries import Counts  # noqa: E402
from demur.public import views  # noqa: E402

pytestmark = [pytest.mark.django_db, pytest.mark.adversary]

DAY = 86_400
BEGIN = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
DAYS, FILINGS, ACKNOWLEDGED, REPLIED, WORLDS = 120, 30, 2, 40, 12
CHANNEL = cast(Any, SimpleNamespace(frozen=None))


def counted(filed: list[int], day: int) -> Counts:
    """The counts of a day in a world that keeps every date: acknowledged after two days, answered after forty."""
    since = [day - each for each in filed if each <= day]
    running = sum((age < ACKNOWLEDGED) + (age < REPLIED) for age in since)
    met = sum((age >= ACKNOWLEDGED) + (age >= REPLIED) for age in since)
    soon = sum((age < ACKNOWLEDGED) + (REPLIED - 5 <= age < REPLIED) for age in since)
    return Counts(cases=sum(age < REPLIED for age in since), running=running, due_soon=soon, met=met)


def seen_now(counts: Counts, at: int) -> Any:
    """What the page shows."""
    kept = views.Kept(now=counts, quarter=queries.counts_of_quarter(now=at), name=queries.quarter_of(at))
    return views._shown(kept, CHANNEL)


def seen_before(counts: Counts, _at: int) -> Any:
    """The planted hole: live counts, hidden below five, as the page showed them on 26 November."""
    return {name: max(getattr(counts, name), 4) for name in ("running", "due_soon", "met")} | {
        "overdue": counts.overdue
    }


def guessed(see: Callable[[Counts, int], Any], filed: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many of the days the best guess of an outsider gets right who polls once a day, and knows the charter and how often people file:
    a day on which what follows from a filing moved is one on which somebody filed.
    """
    QuarterCounts.objects.all().delete()
    right, last = 0, None
    for day in range(DAYS):
        counts, at = counted(filed, day), BEGIN + day * DAY
        monkeypatch.setattr(queries, "counts", lambda now, counts=counts: counts)
        shown = see(counts, at)
        grew = last is not None and shown != last and _more(shown, last)
        right += grew == (day in filed)
        last = shown
    return right


def _more(shown: Any, last: Any) -> bool:
    """Whether something grew as it does when somebody files: new obligations run, or a count of cases rose."""
    if "running" in shown:
        return bool(shown["running"] + shown["met"] > last["running"] + last["met"])
    return bool(shown != last)


def test_the_page_of_a_channel_that_keeps_every_date_tells_no_day_of_a_filing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {"now": 0, "before": 0}
    base = 0
    for world in range(WORLDS):
        chance = random.Random(world)
        filed = sorted(chance.sample(range(DAYS), FILINGS))
        base += DAYS - FILINGS  # who asks nothing guesses that nobody filed
        found["now"] += guessed(seen_now, filed, monkeypatch)
        found["before"] += guessed(seen_before, filed, monkeypatch)
    whole = WORLDS * DAYS
    with capsys.disabled():
        print(
            f"\ndays guessed right of {whole}: base rate {base}, planted hole (live counts) {found['before']}, now {found['now']}"
        )
    assert found["before"] > base + whole * 0.1
    assert found["now"] <= base + WORLDS  # at most the one turn of a quarter in each world


def test_with_and_without_filings_the_page_is_the_same_but_at_the_turn_of_a_quarter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = []
    for filed in ([], [10, 11, 30, 31, 32, 50, 51]):
        QuarterCounts.objects.all().delete()
        rows = []
        for day in range(DAYS):
            counts, at = counted(filed, day), BEGIN + day * DAY
            monkeypatch.setattr(queries, "counts", lambda now, counts=counts: counts)
            rows.append(seen_now(counts, at))
        pages.append(rows)
    turn = next(day for day in range(DAYS) if queries.quarter_of(BEGIN + day * DAY) == "2027-Q1")
    assert pages[0][:turn] == pages[1][:turn]
    assert len({str(row) for row in pages[1][:turn]}) == len({str(row) for row in pages[1][turn:]}) == 1
    assert pages[1][turn]["met"] == "5 or more"


def test_conduct_is_exact_and_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "counts", lambda now: Counts())
    for overdue in (0, 1, 3):
        shown = seen_now(Counts(overdue=overdue, met_late=overdue), BEGIN)
        assert (shown["overdue"], shown["met_late"]) == (overdue, overdue)


def test_when_an_author_reads_a_reply_and_disputes_it_is_not_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def days_told(see: Callable[[Counts, int], Any]) -> int:
        QuarterCounts.objects.all().delete()
        rows = list[Any]()
        for day in range(40):
            counts = Counts(cases=40, disputed=day)
            monkeypatch.setattr(queries, "counts", lambda now, counts=counts: counts)
            rows.append(see(counts, BEGIN + day * DAY))
        return sum(one != other for one, other in pairwise(rows))

    before, now = days_told(lambda counts, _: counts.disputed), days_told(seen_now)
    with capsys.disabled():
        print(f"\nof 39 days on which an author disputed a reply: told live, the planted hole, {before}; now {now}")
    assert before == 39
    assert now == 0
