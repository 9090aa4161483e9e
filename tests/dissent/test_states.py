# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure: total, without a way to bury, and the same told step by step or at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from demur.dissent.errors import NotPossible
from demur.dissent.states import TABLE, Refused, State, Story, Verb, declines_all, fold, next_state, tell

RUNNING = (State.FILED, State.ACKNOWLEDGED, State.UNCONFIRMED)


def event(kind: str, seq: int, **more: object) -> dict[str, object]:
    extra: dict[str, dict[str, object]] = {
        "reply": {"answered": 1, "referred": 0, "declined": 0, "outcome": "in_part"},
        "countersign": {"reply": 0},
        "extend": {"clock": "reply", "until": 9},
        "grant": {"to": "secretary"},
        "fetch": {"item": 1},
    }
    return {"type": kind, "seq": seq, "seat": "custodian", "time": 1, **extra.get(kind, {}), **more}


def test_every_state_answers_every_verb() -> None:
    for state in State:
        assert set(TABLE[state]) == set(Verb)


def test_every_refusal_is_a_fact_and_a_remedy_in_one_sentence() -> None:
    for row in TABLE.values():
        for answer in row.values():
            if isinstance(answer, Refused):
                assert answer.sentence.endswith(".")
                assert answer.sentence.count(".") == 1
                assert any(mark in answer.sentence for mark in (";", ":", ","))


@pytest.mark.parametrize("state", RUNNING)
def test_a_case_cannot_be_closed_while_a_clock_runs(state: State) -> None:
    with pytest.raises(NotPossible, match="clock still runs"):
        next_state(state, Verb.CLOSE)


def test_only_a_reply_a_countersignature_or_a_withdrawal_ends_the_reply_clock() -> None:
    ways = {
        verb
        for state in RUNNING
        for verb, after in TABLE[state].items()
        if after not in RUNNING and isinstance(after, State)
    }

    assert ways == {Verb.REPLY, Verb.COUNTERSIGN, Verb.WITHDRAW}


def test_no_step_leads_back() -> None:
    order = [State.FILED, State.ACKNOWLEDGED, State.UNCONFIRMED, State.ANSWERED, State.WITHDRAWN, State.CLOSED]
    for state, row in TABLE.items():
        for after in row.values():
            if isinstance(after, State):
                assert order.index(after) >= order.index(state)


def test_a_reply_that_declines_every_claim_waits_for_a_second_seat() -> None:
    story = fold([event("received", 1), event("acknowledge", 2), event("reply", 3, answered=0, declined=3)])

    assert story.state is State.UNCONFIRMED
    assert story.answered_seq is None
    assert tell(story, event("countersign", 4, reply=3)).state is State.ANSWERED


def test_a_reply_that_refers_one_claim_does_not_decline_every_claim() -> None:
    assert not declines_all({"answered": 0, "referred": 1, "declined": 2})
    assert not declines_all({"answered": 0, "referred": 0, "declined": 0})
    assert declines_all({"answered": 0, "referred": 0, "declined": 1})


def test_a_countersignature_of_another_reply_is_refused() -> None:
    story = fold([event("received", 1), event("acknowledge", 2), event("reply", 3, answered=0, declined=1)])

    with pytest.raises(NotPossible, match="another reply"):
        tell(story, event("countersign", 4, reply=2))


def test_a_new_reply_replaces_the_one_that_nobody_countersigned() -> None:
    story = fold(
        [event("received", 1), event("acknowledge", 2), event("reply", 3, answered=0, declined=1), event("reply", 4)]
    )

    assert (story.state, story.reply_seq, story.answered_seq) == (State.ANSWERED, 4, 4)


def test_the_author_cannot_withdraw_what_is_answered() -> None:
    with pytest.raises(NotPossible, match="nothing left to withdraw"):
        next_state(State.ANSWERED, Verb.WITHDRAW)


@given(st.lists(st.sampled_from(list(Verb)), max_size=12))
def test_folding_at_once_and_step_by_step_agree(verbs: list[Verb]) -> None:
    story, kept = tell(Story(), event("received", 1)), [event("received", 1)]
    for verb in verbs:
        step = event(str(verb), story.seq + 1, **({"reply": story.reply_seq or 0} if verb is Verb.COUNTERSIGN else {}))
        try:
            story = tell(story, step)
        except NotPossible:
            continue
        kept.append(step)

    assert fold(kept) == story


class Histories(RuleBasedStateMachine):
    """Random histories of one case: whatever people try, a dissent cannot be buried."""

    def __init__(self) -> None:
        super().__init__()
        self.story = tell(Story(), event("received", 1))
        self.ended_by: str | None = None

    @rule(verb=st.sampled_from(list(Verb)), answered=st.integers(0, 2), declined=st.integers(0, 2))
    def somebody_tries(self, verb: Verb, answered: int, declined: int) -> None:
        more: dict[str, object] = {}
        if verb is Verb.REPLY:
            more = {"answered": answered, "declined": declined}
        if verb is Verb.COUNTERSIGN:
            more = {"reply": self.story.reply_seq or 0}
        before = self.story
        try:
            self.story = tell(before, event(str(verb), before.seq + 1, **more))
        except NotPossible:
            assert self.story == before
            return
        if before.state in RUNNING and self.story.state not in RUNNING:
            self.ended_by = str(verb)

    @precondition(lambda self: self.story.state not in RUNNING)
    @rule()
    def it_ended_rightly(self) -> None:
        assert self.ended_by in {"reply", "countersign", "withdraw"}

    @invariant()
    def an_unconfirmed_reply_does_not_count(self) -> None:
        if self.story.state is State.UNCONFIRMED:
            assert self.story.answered_seq is None
        if self.story.state is State.ANSWERED:
            assert self.story.answered_seq is not None

    @invariant()
    def closed_means_answered_or_withdrawn(self) -> None:
        if self.story.state is State.CLOSED:
            assert self.story.answered_seq is not None or self.story.withdrawn_seq is not None


TestHistories = pytest.mark.stateful(Histories.TestCase)
