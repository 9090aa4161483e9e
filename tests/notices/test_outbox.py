# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox: what is rung once is delivered once, in its time, and not for ever; and its rows say nothing."""

import logging
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from django.db import connection, transaction

from demur.entries.writer import Alone
from demur.notices.actions.retry import retry
from demur.notices.actions.ring import ring
from demur.notices.delivering import PAUSES, QUIET, TRIES, Outcome, deliver_due
from demur.notices.errors import Failure, NotDelivered
from demur.notices.kinds import Kind
from demur.notices.models import Notice
from demur.notices.queries import day_of, outbox
from demur.notices.ringing import ring_for

pytestmark = pytest.mark.django_db(transaction=True)

NOW = int(datetime(2026, 11, 23, 9, 7, 3, tzinfo=UTC).timestamp())
DAY = 86400


class Bell:
    """A real receiver of kinds, which fails as often as it is told to."""

    def __init__(self, *failures: Failure | None) -> None:
        self.failures = list(failures)
        self.rung: list[Kind] = []

    def __call__(self, kind: Kind) -> None:
        assert not connection.in_atomic_block, "the bell was pulled inside a transaction"
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise NotDelivered(failure)
        self.rung.append(kind)


def at_tick(new: int = 0, due: int = 0, overdue: int = 0, *, at: int = NOW) -> None:
    with transaction.atomic():
        ring_for(new, due, overdue, at=at)


def beat(bell: Bell, now: int = NOW) -> list[Outcome]:
    return deliver_due(now=now, deliver=bell, write=Alone().write)


def states() -> dict[str, str]:
    return dict(Notice.objects.values_list("key", "state"))


def test_ringing_twice_for_one_thing_makes_one_row_and_one_delivery() -> None:
    bell = Bell()
    for _ in range(2):
        with transaction.atomic():
            ring(key="a thing", kind=Kind.DUE, at=NOW)
        beat(bell)

    assert bell.rung == [Kind.DUE]
    assert Notice.objects.count() == 1


def test_a_notice_falls_with_the_transaction_of_its_cause() -> None:
    def fails() -> None:
        ring_for(1, 0, 0, at=NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Alone().write(fails)

    assert Notice.objects.count() == 0


def test_outside_a_transaction_nobody_is_rung() -> None:
    with pytest.raises(RuntimeError):
        ring_for(1, 0, 0, at=NOW)


def test_a_tick_without_anything_rings_nobody() -> None:
    at_tick()

    assert beat(Bell()) == []
    assert Notice.objects.count() == 0


def test_due_and_overdue_ring_once_a_day_each() -> None:
    bell = Bell()
    for hour in range(48):
        at_tick(due=1, overdue=3, at=NOW + hour * 3600)
        beat(bell, NOW + hour * 3600)

    # 48 hours from nine o'clock touch three days.
    assert sorted(bell.rung) == [Kind.DUE] * 3 + [Kind.OVERDUE] * 3


def test_each_tick_with_new_cases_rings_once_however_many_there_are() -> None:
    bell = Bell()
    for hour in range(5):
        at_tick(new=1000, at=NOW + hour * 3600)
        beat(bell, NOW + hour * 3600)
        beat(bell, NOW + hour * 3600 + 20)

    assert bell.rung == [Kind.NEW] * 5


def test_a_flood_of_filings_rings_once_a_quarter_hour() -> None:
    bell = Bell()
    for second in range(0, 2 * QUIET, 5):
        at_tick(new=7, at=NOW - NOW % QUIET + second)
        beat(bell, NOW - NOW % QUIET + second)

    assert bell.rung == [Kind.NEW] * 2


def test_one_delivery_serves_all_that_wait_of_its_kind() -> None:
    at_tick(new=1, due=1, at=NOW - DAY)
    at_tick(new=1, due=1, at=NOW)
    bell = Bell()

    assert len(beat(bell)) == 2
    assert sorted(bell.rung) == [Kind.DUE, Kind.NEW]


def test_a_bell_that_works_again_serves_those_whose_next_try_is_hours_away() -> None:
    at_tick(new=1, at=NOW - DAY)
    bell = Bell(*[Failure.UNREACHABLE] * 4)
    for moment in (0, 60, 360, 2160):
        beat(bell, NOW - DAY + moment)
    Notice.objects.update(next_at=NOW + 21000)
    at_tick(new=1)
    beat(bell)

    assert bell.rung == [Kind.NEW]
    assert set(states().values()) == {Notice.SENT}


def test_the_pauses_grow_and_after_six_tries_the_notice_is_dead(caplog: pytest.LogCaptureFixture) -> None:
    at_tick(new=1)
    bell, tries = Bell(*[Failure.LATER] * 100), []
    with caplog.at_level(logging.WARNING, logger="demur"):
        for minute in range(10 * 60):
            if beat(bell, NOW + 60 * minute):
                tries.append(minute)
    dead = outbox().dead

    assert tries == [0, 1, 6, 36, 156, 516]
    assert [later - earlier for earlier, later in pairwise(tries)] == [p // 60 for p in PAUSES]
    assert [(row.attempts, row.failure, row.next_at) for row in dead] == [(TRIES, "later", 0)]
    assert caplog.messages == ["doorbell: gave up after 6 tries (later); see `demur doorbell list`"]


def test_the_dead_are_tried_again_when_the_administrator_says_so() -> None:
    at_tick(new=1)
    bell = Bell(*[Failure.TLS] * TRIES)
    for hour in range(TRIES):
        beat(bell, NOW + hour * 30000)
    assert (beat(bell, NOW + DAY * 9), bell.rung) == ([], [])

    assert retry() == 1
    assert beat(bell, NOW + DAY * 9) == [Outcome(kind=Kind.NEW, failure=None)]
    assert retry() == 0


def test_a_new_case_gives_a_dead_notice_of_its_day_new_tries() -> None:
    at_tick(new=1)
    bell = Bell(*[Failure.TLS] * TRIES)
    for moment in (0, 60, 360, 2160, 9360, 30960):
        beat(bell, NOW + moment)
    assert states() == {"new 2026-11-23": Notice.DEAD}

    at_tick(new=1, at=NOW + 40000)
    beat(bell, NOW + 40000)

    assert bell.rung == [Kind.NEW]


def test_a_case_that_comes_while_the_bell_rings_is_not_taken_for_announced() -> None:
    at_tick(new=1)
    bell = Bell()

    def slowly(kind: Kind) -> None:
        if not bell.rung:
            at_tick(new=1)
        bell(kind)

    deliver_due(now=NOW, deliver=slowly, write=Alone().write)
    assert states() == {"new 2026-11-23": Notice.WAITING}
    beat(bell, NOW + 60)

    assert bell.rung == [Kind.NEW] * 2


def test_a_process_that_is_killed_while_it_rings_loses_no_notice() -> None:
    at_tick(new=1)

    def killed(kind: Kind) -> None:
        raise KeyboardInterrupt

    bell = Bell()
    with pytest.raises(KeyboardInterrupt):
        deliver_due(now=NOW, deliver=killed, write=Alone().write)
    assert beat(bell, NOW + 59) == []
    beat(bell, NOW + 60)

    assert bell.rung == [Kind.NEW]


def test_a_notice_that_kills_its_process_each_time_dies_too() -> None:
    at_tick(new=1)

    def killed(kind: Kind) -> None:
        raise KeyboardInterrupt

    for hour in range(TRIES):
        with pytest.raises(KeyboardInterrupt):
            deliver_due(now=NOW + hour * 30000, deliver=killed, write=Alone().write)
    beat(Bell(), NOW + DAY)

    assert [row.failure for row in outbox().dead] == ["interrupted"]


def test_two_processes_do_not_carry_the_same_notice() -> None:
    at_tick(new=1)
    first, second = Bell(), Bell()

    def meanwhile(kind: Kind) -> None:
        beat(second)
        first(kind)

    deliver_due(now=NOW, deliver=meanwhile, write=Alone().write)

    assert (first.rung, second.rung) == ([Kind.NEW], [])


def test_a_broken_bell_holds_a_beat_up_once_and_not_for_each_kind() -> None:
    at_tick(new=1, due=1, overdue=1)
    bell = Bell(Failure.SLOW)

    assert len(beat(bell)) == 1
    assert len(beat(bell)) == 2


def test_a_clock_that_was_set_back_does_not_silence_the_bell() -> None:
    at_tick(new=1, at=NOW + 400 * DAY)
    bell = Bell(Failure.LATER)
    beat(bell, NOW + 400 * DAY)

    beat(bell, NOW)

    assert bell.rung == [Kind.NEW]


def test_what_was_sent_is_forgotten_the_day_after() -> None:
    at_tick(new=1, due=1)
    beat(Bell())
    beat(Bell(), NOW + DAY)

    assert Notice.objects.count() == 0


@pytest.mark.adversary
def test_two_days_that_differ_in_everything_but_the_kind_leave_the_same_rows() -> None:
    def rows(moments: Iterable[int], count: int) -> list[tuple[object, ...]]:
        Notice.objects.all().delete()
        for moment in moments:
            at_tick(new=count, overdue=count, at=moment)
            beat(Bell(), moment)
        beat(Bell(), NOW - NOW % DAY + DAY - 1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM notices_notice ORDER BY 1")
            return list(cursor.fetchall())

    quiet = rows([NOW], 1)
    busy = rows(range(NOW - 9000, NOW + 40000, 1800), 517)

    assert quiet == busy
    assert len(quiet) == 2
    assert all(value < NOW - DAY for row in quiet for value in row if isinstance(value, int))


@pytest.mark.adversary
def test_no_column_can_hold_what_a_notice_must_not_say() -> None:
    columns = {field.name for field in Notice._meta.get_fields()}

    assert columns == {"key", "kind", "day", "state", "attempts", "next_at", "failure"}
    assert max(len(word) for word in Failure) <= 16


def test_the_administrator_sees_the_day_and_nothing_finer() -> None:
    at_tick(new=1)

    assert [day_of(row) for row in outbox().waiting] == ["2026-11-23"]


def test_a_database_that_is_locked_breaks_the_beat_and_not_the_notice() -> None:
    at_tick(new=1)

    def locked(act: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    with pytest.raises(sqlite3.OperationalError):
        deliver_due(now=NOW, deliver=Bell(), write=locked)

    assert [row.attempts for row in outbox().waiting] == [0]
