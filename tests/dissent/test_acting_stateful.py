# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any history of acts, by anybody, of both versions, over whatever they had read, sent again, under clocks that jump: what the server keeps
is what the events say, a client that judges the thread finds no fault in it, and no act stands twice.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from acting_ground import AUTHOR, DAY, SEALED, Thread, World
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from demur import canonical
from demur.dissent import events, snapshots
from demur.dissent.errors import DissentError, EventError, MovedOn
from demur.dissent.kept_state import folded, snapshot_of
from demur.dissent.models import Case, Event, SealedFile
from demur.dissent.procedure import CONFLICTS, judge
from demur.dissent.states import State, Story, Verb
from demur.dissent.timing import clocks_of
from demur.entries.models import Checkpoint, Entry, Head
from demur.people.models import Statement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stateful]
VERBS = sorted(set(Verb) - {Verb.GRANT})
WHO = st.integers(0, 3)


class Acts(RuleBasedStateMachine):
    """One case, and everybody who may or may not act on it."""

    @initialize()
    def found(self) -> None:
        for model in (Event, SealedFile, Case, Entry, Checkpoint, Head, Statement):
            model.objects.all().delete()
        self.world = World.found(Path(tempfile.mkdtemp(prefix="demur-acts-")))
        self.thread: Thread = self.world.file()
        self.sent: list[tuple[dict[str, Any], bytes, int]] = []
        self.old: list[dict[str, Any]] = []

    def by(self, who: int) -> str:
        return [AUTHOR, self.world.custodian, *self.world.others][who % (2 + len(self.world.others))]

    @rule(
        verb=st.sampled_from(VERBS),
        who=WHO,
        version=st.sampled_from([1, 2, 2, 2]),
        back=st.integers(0, 3),
        item=st.integers(0, 9),
    )
    def act(self, verb: Verb, who: int, version: int, back: int, item: int) -> None:
        by, body = self.by(who), SEALED + os.urandom(8) if verb in {"message", "reply", "extend"} else b""
        before = self.thread.case
        read = max(before.seq - back, 0)
        members = self.members(verb, item) | ({"seen": self.thread.seen(read)} if version == 2 else {})
        try:
            act = self.thread.act(verb, by, version=version, body=body, **members)
        except EventError:
            return  # a type that version 1 does not have
        story = snapshot_of(before).story
        try:
            row = self.thread.send(act, body=body)
        except MovedOn:
            assert version == 2
            assert any((story.changed or {}).get(other, 0) > read for other in CONFLICTS[verb]), (
                "nothing that conflicts came"
            )
        except DissentError:
            assert self.thread.case.seq == before.seq
        else:
            same = [
                seq for sent, _, seq in self.sent if sent == act
            ]  # who signs the same over the same has done it once
            assert row.seq == (same[0] if same else before.seq + 1)
            self.sent.append((act, body, row.seq))

    def members(self, verb: Verb, item: int) -> dict[str, Any]:
        last = snapshot_of(self.thread.case).story.reply_seq or 1
        return {
            Verb.FETCH: {"item": item},
            Verb.UNREADABLE: {"item": 0 if item % 2 else last},
            Verb.READABLE: {"item": 0},
            Verb.MISMATCH: {"item": last, "fact": "answers"},
            Verb.REPLY: {"outcome": "in_part", "answered": item % 3, "referred": 0, "declined": item % 2},
            Verb.COUNTERSIGN: {"reply": last},
            Verb.EXTEND: {"clock": "reply", "until": self.world.now + (20 + 10 * item) * DAY},
        }.get(verb, {})

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 50))
    def again(self, which: int) -> None:
        """The answer was lost."""
        act, body, seq = self.sent[which % len(self.sent)]
        before = self.thread.case.seq
        assert self.thread.send(act, body=body).seq == seq
        assert self.thread.case.seq == before

    @rule(days=st.sampled_from([-1, 0, 1, 15]))
    def pass_time(self, days: int) -> None:
        self.world.now += days * DAY

    @rule()
    def change_seats(self) -> None:
        self.world.new_roster()

    @invariant()
    def what_is_kept_is_what_the_events_say(self) -> None:
        case = self.thread.case
        assert snapshots.dump(snapshot_of(case)) == snapshots.dump(folded(case)) == case.story
        assert case.state == snapshot_of(case).story.state

    @invariant()
    def a_reader_finds_no_fault(self) -> None:
        story, prev, time, hashes = Story(), self.thread.case.commitment, 0, set()
        for row in self.thread.case.events.order_by("seq"):
            event = canonical.load_object(row.text.encode())
            assert (event["seq"], event["prev"], event["time"] >= time) == (row.seq, prev, True)
            if event["type"] != "received":
                events.verify_act(event, self.thread.key(event["seat"]).public)
                assert events.act_hash(event) not in hashes
                hashes.add(events.act_hash(event))
            story, fault = judge(self.world.frozen, story, event)
            assert fault == "" or event["v"] == 1, (event, fault)
            prev, time = events.commitment(event, bytes.fromhex(row.r)).hex(), event["time"]
        assert prev == self.thread.case.last

    @invariant()
    def what_is_disputed_is_not_met(self) -> None:
        story = snapshot_of(self.thread.case).story
        times = dict.fromkeys(range(1, story.seq + 1), self.world.now)
        met = {row.name: row.met_at for row in clocks_of(self.world.frozen, story, times, self.world.now)}
        if story.state in {State.DISPUTED, State.UNCONFIRMED, State.UNREADABLE}:
            assert met["reply"] is None
        if story.state is State.CLOSED:
            assert {story.answered_seq, story.withdrawn_seq, story.unreadable_seq} != {None}


def test_any_history_of_acts_is_kept_as_its_events_say() -> None:
    machine: Callable[..., Any] = Acts
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
