# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits is owed by what was promised of it, whichever promise was given last, and under whichever charter."""

import os
from collections.abc import Iterator
from itertools import count

import pytest
from django.db import transaction

from demur.dissent.models import Case, Event
from demur.dissent.promised import is_owed
from demur.entries.models import Entry
from demur.entries.writing import append
from demur.record.cosignature import LogKeys
from demur.record.entry import case_entry, readable_entry
from demur.record.promise import Promise

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
NOW = 1_795_430_000
HOUR, DAY = 3600, 86_400
PLACES: Iterator[int] = count()


def file(*, not_after: int, promise: str = "") -> Event:
    """An event whose entry waits, promised by `not_after`."""
    case_id = os.urandom(16).hex()
    with transaction.atomic():
        (leaf,) = append(case_entry(os.urandom(32)))
        names = ("charter", "author", "bearer", "token", "salt", "filing", "commitment", "last")
        case = Case.objects.create(
            id=case_id, mailbox=case_id, seq=1, chain=b"\0" * 32, state="filed", **dict.fromkeys(names, "00" * 32)
        )
        said = Promise(
            origin=KEYS.origin, channel=b"\0" * 32, policy=b"\0" * 32, entries=(leaf,), time=NOW, not_after=not_after
        )
        return Event.objects.create(
            case=case, seq=1, text="{}", r="", leaf_hash=leaf, body="", promise=promise or said.sign(KEYS.note_signer)
        )


def adopt() -> None:
    """Something that anybody may read at once waits."""
    with transaction.atomic():
        append(readable_entry({"v": 1, "type": "note", "origin": KEYS.origin, "text": os.urandom(8).hex()}))


def publish() -> None:
    for row in Entry.objects.filter(index=None):
        Entry.objects.filter(pk=row.pk).update(index=next(PLACES))


def test_nothing_is_owed_where_nothing_was_promised() -> None:
    assert not is_owed(by=NOW)
    adopt()
    assert not is_owed(by=NOW)


def test_it_is_owed_from_its_own_time_on_and_no_more_once_published() -> None:
    file(not_after=NOW + HOUR)
    assert not is_owed(by=NOW + HOUR - 1)
    assert is_owed(by=NOW + HOUR)
    publish()
    file(not_after=NOW + DAY)
    assert not is_owed(by=NOW + HOUR)


def test_a_later_promise_that_is_due_earlier_lets_nothing_be_signed_without_it() -> None:
    """A daily tick, an hourly one, a daily one: three charters within the hour."""
    file(not_after=NOW + DAY)
    file(not_after=NOW + HOUR)
    file(not_after=NOW + DAY)
    adopt()
    assert is_owed(by=NOW + HOUR)


def test_a_promise_that_was_changed_by_hand_stops_nothing() -> None:
    file(not_after=NOW + DAY, promise="not a promise")
    assert is_owed(by=NOW)


def test_a_beat_reads_the_first_and_the_last_promise_however_many_wait() -> None:
    file(not_after=NOW + DAY)
    file(not_after=NOW + DAY, promise="whoever reads this one finds it damaged, and lets nothing wait")
    file(not_after=NOW + DAY)
    assert not is_owed(by=NOW)
    adopt()
    assert is_owed(by=NOW)


def test_what_was_brought_back_after_its_promise_was_over_is_owed_though_others_wait_before_it() -> None:
    file(not_after=NOW + DAY)
    file(not_after=NOW)
    assert is_owed(by=NOW)
