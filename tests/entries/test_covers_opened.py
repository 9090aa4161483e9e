# SPDX-License-Identifier: AGPL-3.0-or-later
"""What fills a tick is opened to oversight and to nobody else, and opens what stands in the record."""

import os
from types import SimpleNamespace
from typing import Any, cast

import pytest

from demur import canonical
from demur.charter.roster import Holder
from demur.dissent.events import commitment
from demur.dissent.openings import STEP, seal_openings
from demur.entries.covers import add_covers, cover_openings
from demur.entries.models import Entry
from demur.record.entry import case_entry
from demur.record.merkle import leaf_hash
from demur.seal.age import files as age
from demur.seal.keyfile import SeatKey

pytestmark = pytest.mark.django_db

ORIGIN = "dissent.example.org"


def test_every_cover_is_opened_once_in_order_by_pages_and_opens_its_entry() -> None:
    ground = cast(Any, SimpleNamespace(channel=SimpleNamespace(origin=ORIGIN), random=os.urandom))
    assert len(add_covers(ground, already=0, fill=32)) == 32
    assert len(add_covers(ground, already=30, fill=32)) == 2
    found: list[tuple[int, Any]] = []
    while page := cover_openings(ORIGIN, after=found[-1][0] if found else 0, most=10):
        found += page

    assert [number for number, _ in found] == list(range(1, 35))
    leaves = {bytes(leaf) for (leaf,) in Entry.objects.values_list("leaf_hash")}
    opened = [leaf_hash(case_entry(commitment(row["event"], bytes.fromhex(row["r"])))) for _, row in found]
    assert set(opened) == leaves
    assert len(set(opened)) == 34


def test_openings_of_covers_travel_like_those_of_events() -> None:
    key = SeatKey.generate(os.urandom, seat="oversight", now=0)
    holder = Holder(seat="oversight", holder="x", age=key.identity.recipient.text, sign=key.signing.public)
    ground = cast(Any, SimpleNamespace(channel=SimpleNamespace(origin=ORIGIN), random=os.urandom))
    add_covers(ground, already=0, fill=3)
    rows = [row for _, row in cover_openings(ORIGIN, after=0, most=50)]
    pack = age.decrypt(seal_openings(rows, holder), [key.identity])

    assert len(pack) == STEP
    size = int.from_bytes(pack[:4], "big")
    assert canonical.load_object(pack[4 : 4 + size]) == rows[0]
