# SPDX-License-Identifier: AGPL-3.0-or-later
"""A seat's list is never full because many have filed: what it may keep grows with its inbox (the review of 30 November, p17)."""

import os

import pytest

from demur.people import kept
from demur.people.actions.drop_blob import drop_blob
from demur.people.actions.keep_blob import keep_blob
from demur.people.errors import NoRoom
from demur.people.kept import MOST_BLOBS, PIECE_ITEMS, most_kept, room_of
from demur.people.models import KeptBlob, KeptSum

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.adversary]

HOLDER, NEXT = "aa" * 32, "bb" * 32
ITEMS = 131_072 + PIECE_ITEMS  # the inbox at which no further piece of the index was kept


def keep(
    items: int, *, holder: str = HOLDER, name: str = "", data: bytes = b"a piece of the index", was: str = ""
) -> kept.Room:
    return keep_blob(by="custodian", holder=holder, name=name or os.urandom(32).hex(), data=data, was=was, items=items)


def fill(blobs: int, holder: str = HOLDER) -> None:
    """As many blobs as a list of so many pieces has."""
    rows = [
        KeptBlob(seat="custodian", holder=holder, name=os.urandom(32).hex(), sha256="00" * 32, size=20, data=b"") for _ in range(blobs)
    ]  # fmt: skip
    KeptBlob.objects.bulk_create(rows, batch_size=500)


def test_the_piece_after_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    fill(MOST_BLOBS)
    before = most_kept(ITEMS)
    with monkeypatch.context() as planted:  # the room of November, the same for every inbox
        planted.setattr("demur.people.actions.keep_blob.most_kept", lambda _: most_kept(0))
        with pytest.raises(NoRoom):
            keep(ITEMS)
    assert keep(ITEMS).blobs == MOST_BLOBS + 1
    print(f"an inbox of {ITEMS}: planted room refuses piece {MOST_BLOBS + 1}; the product has room for {before.blobs}")
    assert before.blobs - MOST_BLOBS >= ITEMS // PIECE_ITEMS


def test_beside_the_list_the_room_for_drafts_is_bounded() -> None:
    fill(MOST_BLOBS)
    with pytest.raises(NoRoom):
        keep(0)
    assert room_of("custodian", HOLDER).blobs == MOST_BLOBS


def test_the_sums_are_those_of_the_blobs_whatever_is_kept_and_dropped() -> None:
    keep(0, name="01" * 32, data=b"one")
    keep(0, name="02" * 32, data=b"another")
    sha256 = KeptBlob.objects.get(name="01" * 32).sha256
    keep(0, name="01" * 32, data=b"a longer one", was=sha256)
    keep(0, name="01" * 32, data=b"a longer one", was=sha256)  # the same again
    drop_blob(by="custodian", holder=HOLDER, name="02" * 32)
    told = drop_blob(by="custodian", holder=HOLDER, name="02" * 32)
    assert (told.blobs, told.size) == (1, len(b"a longer one"))
    assert told == kept._added_up("custodian", HOLDER)


def test_the_next_holder_starts_empty() -> None:
    keep(0)
    keep(0, holder=NEXT)
    assert list(KeptBlob.objects.values_list("holder", flat=True)) == [NEXT]
    assert list(KeptSum.objects.values_list("holder", "blobs")) == [(NEXT, 1)]
