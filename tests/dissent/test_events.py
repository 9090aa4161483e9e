# SPDX-License-Identifier: AGPL-3.0-or-later
"""Events: exactly the members of their type, signed as a whole, committed to so that nothing can be guessed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.dissent import events
from demur.dissent.errors import EventError
from demur.seal.signing import SigningKey

KEY, OTHER = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
PLACE: dict[str, Any] = {
    "origin": "dissent.example.org",
    "case": "0" * 32,
    "seq": 3,
    "prev": "a" * 64,
    "charter": "b" * 64,
    "roster": "c" * 64,
    "seat": "custodian",
}


def a_reply() -> dict[str, Any]:
    act = events.make_act("reply", **PLACE, body="d" * 64, outcome="in_part", answered=1, referred=1, declined=0)
    return events.event_from_act(act, events.sign_act(act, KEY), 1_795_430_000)


def test_an_act_is_verified_by_the_key_that_signed_it_and_by_no_other() -> None:
    events.verify_act(a_reply(), KEY.public)
    with pytest.raises(EventError, match="not by the one it names"):
        events.verify_act(a_reply(), OTHER.public)


@pytest.mark.adversary
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("origin", "other.example.org"),
        ("case", "1" * 32),
        ("seq", 4),
        ("prev", "e" * 64),
        ("charter", "e" * 64),
        ("roster", "e" * 64),
        ("seat", "secretary"),
        ("body", "e" * 64),
        ("outcome", "rejected"),
        ("declined", 9),
    ],
)
def test_a_signed_act_cannot_be_moved_or_changed(member: str, value: object) -> None:
    with pytest.raises(EventError, match="tampered"):
        events.verify_act({**a_reply(), member: value}, KEY.public)


BAD: dict[str, tuple[str, object]] = {
    "unknown type": ("type", "applaud"),
    "a type that is no text": ("type", ["reply"]),
    "later version": ("v", 2),
    "negative": ("seq", -1),
    "true for a number": ("answered", True),
    "beyond 2**53": ("declined", 2**53),
    "upper case": ("prev", "A" * 64),
    "too short": ("body", "d" * 63),
    "unknown outcome": ("outcome", "noted"),
    "a seat with a space": ("seat", "the custodian"),
    "the year 10000": ("time", 253_402_300_800),
    "an extra member": ("extra", ""),
    "a signature that is none": ("signature", "f" * 127),
}


@pytest.mark.parametrize("name", BAD)
def test_an_event_that_is_not_one_is_refused(name: str) -> None:
    member, value = BAD[name]

    with pytest.raises(EventError):
        events.check_event({**a_reply(), member: value})


@pytest.mark.parametrize("member", sorted(a_reply()))
def test_an_event_without_one_of_its_members_is_refused(member: str) -> None:
    event = a_reply()
    del event[member]

    with pytest.raises(EventError):
        events.check_event(event)


@given(
    st.dictionaries(
        st.text(max_size=8), st.one_of(st.integers(), st.text(max_size=8), st.booleans(), st.lists(st.integers()))
    )
)
def test_no_dictionary_makes_it_crash(value: dict[str, Any]) -> None:
    with pytest.raises(EventError):
        events.check_event(value)


def test_nobody_can_act_what_only_the_log_records() -> None:
    for kind in events.UNSIGNED:
        with pytest.raises(EventError, match="Nobody can act"):
            events.check_act({"type": kind})


def test_the_same_event_under_another_key_is_another_commitment() -> None:
    assert events.commitment(a_reply(), b"r" * 32) != events.commitment(a_reply(), b"s" * 32)


def test_oversight_cannot_match_a_salted_hash_with_a_stored_file() -> None:
    assert events.salted(b"1" * 32, b"sealed") != events.salted(b"2" * 32, b"sealed")
