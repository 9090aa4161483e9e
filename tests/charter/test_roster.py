# SPDX-License-Identifier: AGPL-3.0-or-later
"""When filing opens: two persons must be able to read every case, and a real channel is overseen."""

import os

import pytest

from demur.charter.builtin import builtin_text, practice
from demur.charter.load import load
from demur.charter.roster import Holder, Roster, is_open
from demur.seal.keyfile import SeatKey

REAL = load(builtin_text("us-state-2fam070"), name="x")
PRACTICE = load(practice(builtin_text("us-state-2fam070")), name="x")


def filled(*seats: str) -> Roster:
    holders = {}
    for seat in seats:
        key = SeatKey.generate(os.urandom, seat=seat, now=1)
        holders[seat] = Holder(seat=seat, holder=seat, age=key.identity.recipient.text, sign=key.signing.public)
    return Roster(charter="a" * 64, serial=1, holders=holders)


TABLE = [
    # charter, seats filled, open
    (REAL, ("custodian", "secretary", "oversight"), True),
    # One person alone could make a case disappear from everybody's eyes.
    (REAL, ("custodian", "oversight"), False),
    # Oversight reads nothing, so it does not count as the second.
    (REAL, ("oversight",), False),
    # A seat that reads on stated facts only does not count either.
    (REAL, ("custodian", "agency-head", "oversight"), False),
    # A real channel without oversight is not open; practice may be.
    (REAL, ("custodian", "secretary"), False),
    (PRACTICE, ("custodian", "secretary"), True),
]


@pytest.mark.parametrize(("charter", "seats", "opened"), TABLE)
def test_when_filing_is_open(charter: object, seats: tuple[str, ...], *, opened: bool) -> None:
    is_it, why = is_open(charter, filled(*seats))  # type: ignore[arg-type]

    assert (is_it, why == "") == (opened, opened)


def test_without_charter_or_seats_nothing_is_open() -> None:
    assert not is_open(None, None)[0]
    assert not is_open(REAL, None)[0]
