# SPDX-License-Identifier: AGPL-3.0-or-later
"""The clocks of a case: claimed times never decide, lateness cannot be hidden, a withdrawal does not undo it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.freeze import freeze_text
from demur.clock.deadlines import State
from demur.dissent.errors import NotPossible
from demur.dissent.states import Story
from demur.dissent.timing import as_done, check_extension, clocks_of, extension_end

FROZEN = freeze_text(builtin_text("us-state-2fam070"), name="x", year=2026)


def at(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T17:00:00").replace(tzinfo=UTC).timestamp())


RECEIVED = at("2026-11-23")
STORY = Story(received_at=RECEIVED, seq=1)
LATE = at("2026-12-04")


def shown(story: Story, times: dict[int, int], now: int) -> dict[str, State]:
    return {row.name: row.state for row in clocks_of(FROZEN, story, {1: RECEIVED, **times}, now)}


def test_a_new_case_owes_acknowledgement_and_reply() -> None:
    assert shown(STORY, {}, RECEIVED) == {"ack": State.RUNNING, "reply": State.RUNNING}


def test_lateness_shows_by_itself() -> None:
    assert shown(STORY, {}, LATE) == {"ack": State.OVERDUE, "reply": State.RUNNING}


def test_an_act_that_the_record_does_not_show_yet_meets_nothing() -> None:
    acknowledged = replace(STORY, acknowledged_seq=2)

    assert shown(acknowledged, {}, LATE)["ack"] is State.OVERDUE
    assert shown(acknowledged, {2: RECEIVED + 60}, LATE)["ack"] is State.MET
    assert shown(acknowledged, {2: LATE}, LATE)["ack"] is State.MET_LATE


def test_a_withdrawal_ends_what_is_owed_but_undoes_no_lateness() -> None:
    withdrawn = replace(STORY, withdrawn_seq=2)

    assert shown(withdrawn, {2: LATE}, LATE) == {"ack": State.ENDED_LATE, "reply": State.ENDED}


def test_a_lateness_that_a_withdrawal_ended_counts_to_the_withdrawal_and_not_to_now() -> None:
    withdrawn, later = replace(STORY, withdrawn_seq=2), LATE + 100 * 86_400
    row = clocks_of(FROZEN, withdrawn, {1: RECEIVED, 2: LATE}, later)[0]

    assert (row.ended_at, row.late_days(later)) == (LATE, row.late_days(LATE))
    assert 0 < row.late_days(later) < 15


def test_what_was_just_done_is_shown_as_done_before_the_record_shows_it() -> None:
    def done(story: Story, now: int) -> dict[str, tuple[State, bool]]:
        rows = as_done(clocks_of(FROZEN, story, {1: RECEIVED}, now), story, {1: RECEIVED}, now)
        return {row.name: (row.state, row.pending) for row in rows}

    running = (State.RUNNING, False)
    assert done(STORY, RECEIVED) == {"ack": running, "reply": running}
    assert done(replace(STORY, acknowledged_seq=2), RECEIVED) == {"ack": (State.MET, True), "reply": running}
    assert done(replace(STORY, acknowledged_seq=2), LATE) == {"ack": (State.MET_LATE, True), "reply": running}
    assert done(replace(STORY, withdrawn_seq=2), RECEIVED)["reply"] == (State.ENDED, True)
    assert done(replace(STORY, withdrawn_seq=2), LATE)["ack"] == (State.ENDED_LATE, True)
    assert done(replace(STORY, answered_seq=3), RECEIVED)["reply"] == (State.MET, True)
    assert done(replace(STORY, unreadable_seq=3), RECEIVED)["reply"] == (State.UNREADABLE, True)


def test_for_the_author_nothing_that_an_office_did_is_done_before_the_record_shows_it() -> None:
    """A server that never publishes a reply would have met its clock."""
    done = replace(STORY, acknowledged_seq=2, answered_seq=3)
    rows = clocks_of(FROZEN, done, {1: RECEIVED}, RECEIVED)

    assert [row.state for row in as_done(rows, done, {1: RECEIVED}, RECEIVED)] == [State.MET, State.MET]
    assert as_done(rows, done, {1: RECEIVED}, RECEIVED, to_author=True) == rows
    withdrawn = replace(done, withdrawn_seq=4)
    assert {row.state for row in as_done(rows, withdrawn, {1: RECEIVED}, RECEIVED, to_author=True)} == {State.ENDED}


def test_a_reply_that_waits_for_its_second_signature_meets_nothing() -> None:
    assert (
        shown(replace(STORY, acknowledged_seq=2, reply_seq=3), {2: RECEIVED, 3: RECEIVED}, RECEIVED)["reply"]
        is State.RUNNING
    )


def test_an_extended_clock_keeps_what_was_promised_beside_what_counts() -> None:
    until = at("2027-03-10")
    row = clocks_of(FROZEN, replace(STORY, extended={"reply": until}), {1: RECEIVED}, at("2027-03-01"))[1]

    assert (row.state, row.limit, row.promised < row.limit) == (State.EXTENDED, until, True)


DATES = [
    ("2027-02-01", False),  # before the date that stands
    ("2027-03-10", True),
    ("2027-05-20", False),  # beyond the thirty working days that the charter allows
    ("2060-01-01", False),  # beyond the calendar
]


@pytest.mark.parametrize(("day", "allowed"), DATES)
def test_an_extension_lengthens_and_only_so_far(day: str, *, allowed: bool) -> None:
    if allowed:
        check_extension(FROZEN, STORY, clock="reply", until=at(day))
    else:
        with pytest.raises(NotPossible, match="must lie after"):
            check_extension(FROZEN, STORY, clock="reply", until=at(day))


def test_only_the_clock_that_the_charter_names_can_be_extended() -> None:
    with pytest.raises(NotPossible, match="does not let the clock 'ack'"):
        check_extension(FROZEN, STORY, clock="ack", until=at("2026-12-01"))


@pytest.mark.parametrize(
    ("day", "allowed"),
    [("2027-02-25", False), ("2027-02-26", True), ("2027-03-25", True), ("2027-03-26", False), ("2027-04-06", False)],
)
def test_a_clock_that_starts_at_the_acknowledgement_is_extended_within_the_charters_limit(
    day: str, *, allowed: bool
) -> None:
    extension = '[extension]\nclock = "reply"\nby = "designated"\nmax = 1\nlongest = 1\n\n[limits]'
    text = builtin_text("eu-2019-1937").replace("[limits]", extension)
    frozen = freeze_text(text, name="from the acknowledgement", year=2026)
    story = replace(STORY, received_at=at("2026-11-23"), acknowledged_seq=2, acknowledged_at=at("2026-11-25"))
    calendar = frozen.calendars[frozen.charter.clocks["reply"].calendar]
    until = calendar.last_moment(date.fromisoformat(day))  # due on 25 February, and at most a month later
    if allowed:
        check_extension(frozen, story, clock="reply", until=until)
    else:
        with pytest.raises(NotPossible):
            check_extension(frozen, story, clock="reply", until=until)


def test_whoever_chooses_a_day_off_is_told_the_next_working_day() -> None:
    story = replace(STORY, acknowledged_seq=2, acknowledged_at=RECEIVED)
    with pytest.raises(NotPossible) as refused:
        extension_end(FROZEN, story, clock="reply", day=date(2027, 2, 27))
    assert str(refused.value) == (
        "Saturday, 27 February 2027 is not a working day in the charter's calendar. Choose a working day; the next is "
        "Monday, 1 March 2027."
    )
    end = extension_end(FROZEN, story, clock="reply", day=date(2027, 3, 1))
    check_extension(FROZEN, story, clock="reply", until=end)
    with pytest.raises(NotPossible, match="not after"):
        extension_end(FROZEN, story, clock="reply", day=date(2030, 1, 1))
    with pytest.raises(NotPossible, match="has no clock 'decision'"):
        extension_end(FROZEN, story, clock="decision", day=date(2027, 3, 1))
