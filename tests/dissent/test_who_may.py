# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may take which step, and who sees what: truth tables, one row group for each actor."""

import pytest

from demur.charter.builtin import builtin_text
from demur.charter.load import load
from demur.dissent.errors import NotAllowed, NotVisible
from demur.dissent.policy import can_may, check_may
from demur.dissent.states import Story, Verb
from demur.dissent.visibility import VISIBLE, Thing, can_see, check_sees
from demur.people.roles import Role

CHARTER = load(builtin_text("us-state-2fam070"), name="x")
NRC = load(builtin_text("us-nrc-dpo"), name="x")
REPLIED = Story(reply_seq=3, reply_seat="custodian")

READING = {Verb.FETCH, Verb.UNREADABLE, Verb.MISMATCH, Verb.READABLE}
RUNNING = {Verb.ACKNOWLEDGE, Verb.MESSAGE, Verb.GRANT, Verb.CLOSE, Verb.REPLY, Verb.EXTEND}

MAY: list[tuple[str, set[Verb]]] = [
    # The author (Amina, Bima) writes, withdraws, reports what does not hold or open, and contradicts; the rest is the institution's to do.
    ("", {Verb.MESSAGE, Verb.WITHDRAW, Verb.MISMATCH, Verb.UNREADABLE, Verb.READABLE}),
    # The custodian (Citra) runs the channel, but never countersigns her own reply.
    ("custodian", RUNNING | READING),
    # Another reader (Dewi) reads, reports what does not open, and can stand by a reply that declines everything.
    ("secretary", READING | {Verb.COUNTERSIGN}),
    ("agency-head", READING | {Verb.COUNTERSIGN}),
    # Oversight (Farid) and strangers (Indra) do nothing to a case.
    ("oversight", set()),
    ("nobody", set()),
]


@pytest.mark.parametrize(("seat", "allowed"), MAY)
@pytest.mark.parametrize("verb", list(Verb))
def test_who_may(seat: str, allowed: set[Verb], verb: Verb) -> None:
    assert can_may(CHARTER, verb, seat, REPLIED) is (verb in allowed)


def test_a_refusal_names_who_may() -> None:
    with pytest.raises(NotAllowed, match="only the seat 'custodian' may acknowledge"):
        check_may(CHARTER, Verb.ACKNOWLEDGE, "secretary", Story())


def test_a_charter_can_give_the_reply_to_another_seat_and_the_extension_to_a_third() -> None:
    assert can_may(NRC, Verb.REPLY, "office-director", Story())
    assert can_may(NRC, Verb.EXTEND, "edo", Story())
    assert not can_may(NRC, Verb.EXTEND, "program-manager", Story())


def test_nobody_countersigns_their_own_reply_whoever_replied() -> None:
    by_the_director = Story(reply_seq=3, reply_seat="office-director")

    assert can_may(NRC, Verb.COUNTERSIGN, "program-manager", by_the_director)
    assert not can_may(NRC, Verb.COUNTERSIGN, "office-director", by_the_director)


def test_a_clock_is_extended_no_more_often_than_the_charter_says() -> None:
    assert can_may(CHARTER, Verb.EXTEND, "custodian", Story(extensions=0))
    assert not can_may(CHARTER, Verb.EXTEND, "custodian", Story(extensions=1))
    assert can_may(NRC, Verb.EXTEND, "edo", Story(extensions=1))


SEES: list[tuple[Role, set[Thing]]] = [
    # The author sees their own mailbox whole, and the record; no case as its readers see it, nobody's inbox.
    (Role.AUTHOR, {Thing.MAILBOX, Thing.OWN_FILES, Thing.RECORD}),
    # A seat with the case's token sees the case; without it, only its own opaque inbox.
    (Role.READER, {Thing.CASE, Thing.CASE_FILES, Thing.INBOX, Thing.RECORD}),
    (Role.SEAT, {Thing.INBOX, Thing.RECORD}),
    # Oversight sees events, never a body, and has no inbox.
    (Role.OVERSIGHT, {Thing.OPENINGS, Thing.RECORD}),
    # Anybody, the administrator at the network's end included, sees the record.
    (Role.PUBLIC, {Thing.RECORD}),
]


@pytest.mark.parametrize(("role", "seen"), SEES)
@pytest.mark.parametrize("thing", list(Thing))
def test_who_sees(role: Role, seen: set[Thing], thing: Thing) -> None:
    assert can_see(role, thing) is (thing in seen)


def test_every_thing_has_its_line_and_what_is_not_seen_is_not_told_apart() -> None:
    assert set(VISIBLE) == set(Thing)
    with pytest.raises(NotVisible) as mailbox:
        check_sees(Role.PUBLIC, Thing.MAILBOX)
    with pytest.raises(NotVisible) as case:
        check_sees(Role.SEAT, Thing.CASE)
    assert str(mailbox.value) == str(case.value)
