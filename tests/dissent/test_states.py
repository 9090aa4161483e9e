# SPDX-License-Identifier: AGPL-3.0-or-later
"""The procedure: total, without a way to bury, and the same told step by step or at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from demur.dissent.errors import NotPossible
from demur.dissent.states import TABLE, Refused, State, Story, Verb, answers_nothing, fold, next_state, tell

RUNNING = (State.FILED, State.ACKNOWLEDGED, State.UNCONFIRMED, State.DISPUTED)


def event(kind: str, seq: int, **more: object) -> dict[str, object]:
    extra: dict[str, dict[str, object]] = {
        "reply": {"answered": 1, "referred": 0, "declined": 0, "outcome": "in_part"},
        "countersign": {"reply": 0},
        "extend": {"clock": "reply", "until": 9},
        "grant": {"to": "secretary"},
        "fetch": {"item": 1},
        "mismatch": {"item": 0, "fact": "body"},
        "unreadable": {"item": 0},
        "readable": {"item": 0},
    }
    common = {"v": 2, "type": kind, "seq": seq, "seat": "custodian", "time": seq, "body": ""}
    return {**common, **extra.get(kind, {}), **more}


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
    with pytest.raises(NotPossible, match=r"clock still runs|reply is disputed"):
        next_state(state, Verb.CLOSE)


def test_only_a_reply_a_countersignature_or_a_withdrawal_ends_the_reply_clock_by_the_table() -> None:
    ways = {
        verb
        for state in RUNNING
        for verb, after in TABLE[state].items()
        if after not in RUNNING and isinstance(after, State)
    }

    assert ways == {Verb.REPLY, Verb.COUNTERSIGN, Verb.WITHDRAW}


def test_no_step_of_the_table_leads_back() -> None:
    order = [*RUNNING, State.ANSWERED, State.UNREADABLE, State.WITHDRAWN, State.CLOSED]
    for state, row in TABLE.items():
        for verb, after in row.items():
            if isinstance(after, State) and verb is not Verb.READABLE:
                assert order.index(after) >= order.index(state)


def test_a_reply_that_declines_every_claim_waits_for_a_second_seat() -> None:
    story = fold([event("received", 1), event("acknowledge", 2), event("reply", 3, answered=0, declined=3)])

    assert story.state is State.UNCONFIRMED
    assert story.answered_seq is None
    assert tell(story, event("countersign", 4, reply=3)).state is State.ANSWERED


def test_a_reply_that_refers_one_claim_answers_something() -> None:
    assert not answers_nothing({"v": 2, "answered": 0, "referred": 1, "declined": 2})
    assert answers_nothing({"v": 2, "answered": 0, "referred": 0, "declined": 1})


def test_a_reply_to_no_claim_waits_for_a_second_seat_and_one_of_version_1_is_judged_as_it_was() -> None:
    assert answers_nothing({"v": 2, "answered": 0, "referred": 0, "declined": 0})
    assert not answers_nothing({"v": 1, "answered": 0, "referred": 0, "declined": 0})
    assert answers_nothing({"v": 1, "answered": 0, "referred": 0, "declined": 1})


ANSWERED = [event("received", 1), event("acknowledge", 2), event("reply", 3)]


@pytest.mark.parametrize("kind", ["mismatch", "unreadable"])
@pytest.mark.parametrize("seat", ["", "secretary"])
def test_a_reply_that_is_reported_as_faulty_does_not_count(kind: str, seat: str) -> None:
    story = fold([*ANSWERED, event(kind, 4, seat=seat, item=3)])

    assert (story.state, story.answered_seq, story.disputed_seq) == (State.DISPUTED, None, 4)
    with pytest.raises(NotPossible, match="disputed"):
        tell(story, event("close", 5))


def test_a_report_of_something_else_disputes_no_reply() -> None:
    assert fold([*ANSWERED, event("mismatch", 4, seat="", item=0)]).state is State.ANSWERED


def test_a_new_reply_meets_the_clock_at_its_own_time_and_may_be_disputed_anew() -> None:
    story = fold([*ANSWERED, event("mismatch", 4, item=3), event("reply", 5)])
    assert (story.state, story.answered_seq) == (State.ANSWERED, 5)
    assert tell(story, event("mismatch", 6, item=5)).state is State.DISPUTED
    assert tell(story, event("mismatch", 6, item=3)).state is State.ANSWERED


def test_a_countersignature_gives_a_disputed_reply_its_own_time_back_once_and_further_disputes_are_only_counted() -> (
    None
):
    disputed = [*ANSWERED, event("mismatch", 4, seat="", item=3)]
    story = fold([*disputed, event("countersign", 5, seat="secretary", reply=3)])
    assert (story.state, story.answered_seq) == (State.ANSWERED, 3)

    again = tell(story, event("mismatch", 6, seat="", item=3))
    assert (again.state, again.answered_seq, again.author_disputes) == (State.ANSWERED, 3, 2)


def test_a_disputed_reply_that_declined_everything_counts_from_its_countersignature() -> None:
    declined = [event("received", 1), event("acknowledge", 2), event("reply", 3, answered=0, declined=2)]
    story = fold([*declined, event("mismatch", 4, seat="", item=3), event("countersign", 5, seat="secretary", reply=3)])

    assert (story.state, story.answered_seq) == (State.ANSWERED, 5)


def test_a_fault_that_is_reported_after_closing_opens_the_case_again() -> None:
    story = fold([*ANSWERED, event("close", 4), event("mismatch", 5, seat="", item=3)])

    assert (story.state, story.closed_seq, story.answered_seq) == (State.DISPUTED, None, None)


def test_a_reply_of_version_1_is_judged_as_it_was() -> None:
    first = [event("received", 1), event("acknowledge", 2, v=1), event("reply", 3, v=1)]

    assert fold([*first, event("mismatch", 4, seat="", item=3)]).state is State.ANSWERED
    assert fold([*ANSWERED, event("mismatch", 4, v=1, seat="", item=3)]).state is State.ANSWERED


def test_one_seat_cannot_say_that_a_filing_cannot_be_read_and_two_can() -> None:
    first = event("unreadable", 2, seat="custodian")
    assert fold([event("received", 1), first]).state is State.FILED
    assert fold([event("received", 1), first, event("unreadable", 3, seat="custodian")]).state is State.FILED
    assert fold([event("received", 1), first, event("unreadable", 3, seat="")]).state is State.FILED

    story = fold([event("received", 1), first, event("unreadable", 3, seat="secretary")])
    assert (story.state, story.unreadable_seq) == (State.UNREADABLE, 3)


@pytest.mark.parametrize("acknowledged", [True, False])
@pytest.mark.parametrize("closed", [True, False])
def test_the_authors_contradiction_brings_the_clocks_back_as_from_filing(acknowledged: bool, closed: bool) -> None:
    kinds = [*(["acknowledge"] if acknowledged else []), "unreadable", "unreadable", *(["close"] if closed else [])]
    seats = iter(["custodian", "secretary"])
    told = [event("received", 1)]
    for kind in kinds:
        told.append(event(kind, len(told) + 1, **({"seat": next(seats)} if kind == "unreadable" else {})))
    story = fold([*told, event("readable", len(told) + 1, seat="")])

    assert story.state is (State.ACKNOWLEDGED if acknowledged else State.FILED)
    assert (story.unreadable_seq, story.closed_seq) == (None, None)
    again = [event("unreadable", story.seq + 1), event("unreadable", story.seq + 2, seat="secretary")]
    assert tell(tell(story, again[0]), again[1]).state is story.state


def test_where_nobody_says_that_it_cannot_be_read_there_is_nothing_to_contradict() -> None:
    for story in (fold(ANSWERED), fold([*ANSWERED, event("close", 4)])):
        with pytest.raises(NotPossible, match="nothing to contradict"):
            tell(story, event("readable", story.seq + 1, seat=""))


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
        if verb in {Verb.MISMATCH, Verb.UNREADABLE}:
            more = {"item": (before.reply_seq or 0) * (answered > 0), "seat": ("", "custodian", "secretary")[declined]}
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
        assert self.ended_by in {"reply", "countersign", "withdraw", "unreadable"}

    @invariant()
    def an_unconfirmed_reply_does_not_count(self) -> None:
        if self.story.state in {State.UNCONFIRMED, State.DISPUTED}:
            assert self.story.answered_seq is None
        if self.story.state is State.ANSWERED:
            assert self.story.answered_seq is not None

    @invariant()
    def closed_means_answered_withdrawn_or_not_to_be_read(self) -> None:
        if self.story.state is State.CLOSED:
            ends = (self.story.answered_seq, self.story.withdrawn_seq, self.story.unreadable_seq)
            assert any(seq is not None for seq in ends)

    @invariant()
    def what_could_not_be_read_was_said_by_two_seats(self) -> None:
        if self.story.state is State.UNREADABLE:
            assert len(self.story.unreadable_by) >= 2


TestHistories = pytest.mark.stateful(Histories.TestCase)
