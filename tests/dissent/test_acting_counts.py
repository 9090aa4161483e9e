# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the public page and the doorbell count: a disputed reply meets nothing; what two seats could not read rings for nobody."""

from pathlib import Path

import pytest
from acting_ground import DAY, Thread, World

from demur.dissent import queries
from demur.dissent.kept_state import folded
from demur.dissent.queries import Counts, counts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.found(tmp_path)


def counted(world: World) -> Counts:
    world.tick()
    return counts(now=world.now)


def replied(thread: Thread) -> Thread:
    thread.do("acknowledge", thread.world.custodian)
    thread.reply()
    return thread


@pytest.mark.adversary
def test_a_disputed_reply_counts_as_not_met(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = replied(world.file())
    assert counted(world) == Counts(met=2)
    thread.do("mismatch", item=3, fact="answers")
    with monkeypatch.context() as hole:  # as it was: the report moves no clock
        hole.setattr("demur.dissent.states.TURNS", ())
        hole.setattr(queries, "snapshot_of", folded)
        planted = counted(world)
        queries.forget_tally()
    found = counted(world)
    print(
        f"disputed: planted {planted.met} met, {planted.running} running; the product {found.met} and {found.running}"
    )
    assert planted.met == 2
    assert found == Counts(cases=1, met=1, running=1, disputed=1)
    world.now += 200 * DAY
    assert counted(world).overdue == 1
    thread.do("countersign", world.others[0], reply=3)
    assert counted(world) == Counts(met=2)


@pytest.mark.adversary
def test_what_two_seats_could_not_read_is_counted_apart_and_rings_no_longer(world: World) -> None:
    """The review's p3: garbage behind an age line could never be answered, and stood as overdue for ever."""
    thread, other = world.file(), world.file()
    for seat in (world.custodian, world.others[0]):
        thread.do("unreadable", seat, item=0)
    world.now += 200 * DAY
    found = counted(world)
    print(f"overdue: {found.overdue} of a case that waits, could not be read: {found.unreadable}")
    assert (found.overdue, found.unreadable, found.cases) == (2, 1, 1)  # both clocks of the other
    assert other.case.state == "filed"
    thread.do("readable", item=0)
    found = counted(world)
    assert (found.overdue, found.unreadable, found.cases) == (4, 0, 2)


def test_a_lateness_that_was_there_before_stays_said(world: World) -> None:
    """Two seats cannot make an overdue case vanish by saying that they cannot read it."""
    thread = world.file()
    world.now += 200 * DAY
    assert counted(world).overdue == 2
    for seat in (world.custodian, world.others[0]):
        thread.do("unreadable", seat, item=0)
    assert counted(world) == Counts(met_late=2, unreadable=1)


def test_what_is_not_yet_published_counts_for_nothing(world: World) -> None:
    thread = replied(world.file())
    thread.do("mismatch", item=3, fact="answers")
    world.tick()
    thread.do("countersign", world.others[0], reply=3)
    thread.do("message")
    assert counts(now=world.now).disputed == 1
    assert counted(world) == Counts(met=2)
