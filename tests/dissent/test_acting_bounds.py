# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many acts of one actor one case takes in a day, and that no bound takes the place of an act that somebody needs."""

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from acting_ground import AUTHOR, DAY, SEALED, Thread, World

from demur.dissent.actions import performing
from demur.dissent.errors import DissentError, TooMany
from demur.dissent.kept_state import snapshot_of
from demur.dissent.procedure import DAILY_REPLIES, WITH_TEXT
from demur.dissent.states import State, Verb

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(tmp_path: Path) -> Thread:
    return World.found(tmp_path).file()


def pile_up(thread: Thread, most: int, **counts: int) -> int:
    """Replies of the custodian, each disputed by another seat so that the next is possible, until one is refused; how many were taken."""
    for n in range(most):
        try:
            thread.reply(**counts)
        except TooMany:
            return n
        if thread.case.state == State.ANSWERED:
            thread.do("mismatch", thread.world.others[0], item=thread.case.seq, fact="answers")
    return most


@pytest.mark.adversary
def test_a_seat_does_not_pile_up_replies_and_one_that_answers_keeps_its_place(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = thread.world
    planted = world.file()
    planted.do("acknowledge", world.custodian)
    with monkeypatch.context() as hole:
        hole.setattr(performing, "bound_reached", lambda *_: False)
        through = pile_up(planted, 3 * DAILY_REPLIES, answered=0)
    thread.do("acknowledge", world.custodian)
    taken = pile_up(thread, 3 * DAILY_REPLIES, answered=0, declined=2)
    with pytest.raises(TooMany, match=r"again in .* places of their own"):
        thread.reply(answered=0)
    thread.do("message", world.custodian)
    thread.do("message")
    thread.do("mismatch", item=thread.case.seq - 2, fact="answers")  # the author disputes the last of them
    further = pile_up(thread, 3 * DAILY_REPLIES, answered=1)
    print(
        f"replies of one seat in a day: planted hole {through} of {3 * DAILY_REPLIES}; the product {taken} that answer nothing, then "
        f"{further} that answer, each disputed by another seat"
    )
    assert (through, taken, further) == (3 * DAILY_REPLIES, DAILY_REPLIES, DAILY_REPLIES)
    assert thread.case.state == State.DISPUTED
    world.now += DAY
    thread.reply()
    assert thread.case.state == State.ANSWERED


@pytest.mark.adversary
def test_no_act_can_be_done_without_end_in_a_day(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every actor does whatever they may, whenever they may, for a day: no verb goes on for ever but by its bound."""
    world, done, drawn = thread.world, Counter[tuple[str, str]](), random.Random(11)
    members = {
        "reply": lambda: {"outcome": "in_part", "answered": drawn.randrange(2), "referred": 0, "declined": 1},
        "countersign": lambda: {"reply": snapshot_of(thread.case).story.reply_seq or 1},
        "mismatch": lambda: {"item": snapshot_of(thread.case).story.reply_seq or 0, "fact": "answers"},
        "unreadable": lambda: {"item": snapshot_of(thread.case).story.reply_seq or 0},
        "readable": lambda: {"item": 0},
        "fetch": lambda: {"item": thread.case.seq},
        "extend": lambda: {"clock": "reply", "until": world.now + 118 * DAY},
    }
    monkeypatch.setattr("demur.dissent.procedure.DAILY_ACTS", 10)
    monkeypatch.setattr("demur.dissent.procedure.DAILY_REPLIES", 4)
    idle, verbs = 0, [verb for verb in Verb if verb not in {Verb.WITHDRAW, Verb.COUNTERSIGN, Verb.GRANT}]
    steps = [(by, verb) for by in (AUTHOR, world.custodian, *world.others) for verb in verbs]
    while idle < 10:  # so often around without anything being taken
        before = thread.case.seq
        for by, verb in drawn.sample(steps, len(steps) // 2):
            body = SEALED + os.urandom(8) if verb in WITH_TEXT else b""
            try:
                act = thread.act(verb, by, body=body, **members.get(verb, dict)())
                thread.send(act, body=body)
                done[(by, verb)] += 1
            except DissentError:
                pass
        idle = idle + 1 if thread.case.seq == before else 0
    print(f"everything that everybody may do in one day: {thread.case.seq} events, {sorted(done.items())}")
    assert done[(world.custodian, Verb.REPLY)] > 4  # replies that answer, each disputed, too
    assert max(done.values()) <= 10 + 2 * 4 * 2  # ten, and as many disputes as two seats give replies
    world.now += DAY
    thread.do("message")
