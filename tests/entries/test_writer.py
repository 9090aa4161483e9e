# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one writer: acts that arrive together stand or fall each for itself."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection

from demur.entries.models import Cover
from demur.entries.rows import insert_rows
from demur.entries.writer import GroupCommit

pytestmark = pytest.mark.django_db(transaction=True)


class RefusedError(Exception):
    """What an act of these tests raises."""


def keep(n: int) -> int:
    insert_rows(Cover, [{"n": n, "r": "0" * 64, "leaf_hash": n.to_bytes(32, "big")}])
    return n


def keep_and_refuse(n: int) -> int:
    keep(n)
    raise RefusedError


def together(*acts: Callable[[], int]) -> list[object]:
    """What became of each act: all wait while one holds the writer, so that they are committed as one batch."""
    writer, held, release = GroupCommit(), threading.Event(), threading.Event()
    found: list[object] = [None] * len(acts)

    def hold() -> None:
        held.set()
        release.wait(10)

    def ask(place: int) -> None:
        try:
            found[place] = writer.write(acts[place])
        except Exception as error:  # noqa: BLE001 -- it is what the test looks at
            found[place] = error

    first = threading.Thread(target=writer.write, args=(hold,))
    first.start()
    held.wait(10)
    others = [threading.Thread(target=ask, args=(place,)) for place in range(len(acts))]
    for thread in others:
        thread.start()
    while writer.waiting < len(acts):
        threading.Event().wait(0.01)
    release.set()
    for thread in (first, *others):
        thread.join(10)
    return found


def kept() -> set[int]:
    return set(Cover.objects.values_list("n", flat=True))


def test_acts_that_arrive_together_are_all_kept() -> None:
    assert together(lambda: keep(1), lambda: keep(2), lambda: keep(3)) == [1, 2, 3]
    assert kept() == {1, 2, 3}


def test_an_act_that_is_refused_takes_nothing_of_the_others_with_it_and_leaves_nothing() -> None:
    found = together(lambda: keep(1), lambda: keep_and_refuse(2), lambda: keep(3))

    assert (found[0], type(found[1]), found[2]) == (1, RefusedError, 3)
    assert kept() == {1, 3}


def test_of_two_acts_that_exclude_each_other_one_is_kept_and_one_is_told() -> None:
    found = together(lambda: keep(1), lambda: keep(1), lambda: keep(2))

    assert sorted(type(part).__name__ for part in found) == sorted(["int", "int", IntegrityError.__name__])
    assert kept() == {1, 2}


def test_whoever_does_not_wait_is_told_after_the_commit() -> None:
    writer, release, over, seen = GroupCommit(), threading.Event(), threading.Event(), list[set[int]]()

    def look(_told: object) -> None:
        seen.append(kept_elsewhere())
        over.set()

    writer.later(lambda: release.wait(10))
    writer.later(lambda: keep(1)).add_done_callback(look)
    release.set()

    assert over.wait(10)
    assert seen == [{1}]


def kept_elsewhere() -> set[int]:
    """What another connection sees, which sees nothing before the commit."""
    found: list[set[int]] = []

    def look() -> None:
        try:
            found.append(kept())
        finally:
            connection.close()

    other = threading.Thread(target=look)
    other.start()
    other.join(10)
    return found[0]


def test_whoever_gives_up_waiting_takes_nothing_back_and_stops_nobody() -> None:
    writer, held, release = GroupCommit(), threading.Event(), threading.Event()
    first = writer.later(lambda: held.set() or release.wait(10))
    held.wait(10)
    given_up = writer.later(lambda: keep(1))

    assert not given_up.cancel()
    release.set()
    first.result(10)
    assert given_up.result(10) == 1
    assert writer.write(lambda: keep(2)) == 2


def test_an_act_that_fails_later_tells_who_asked() -> None:
    with pytest.raises(RefusedError):
        GroupCommit().later(lambda: keep_and_refuse(1)).result(10)
    assert kept() == set()
