# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mailbox heads: what was once signed for cannot be taken away, swapped or shortened unnoticed."""

import dataclasses
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import KEYS, NOW, ORIGIN, OTHER, flipped

from demur.record.errors import HeadError
from demur.record.head import MARGIN, START, Head, compare, item_chain, open_head
from demur.record.note import sign_note

ITEMS = [hashlib.sha256(f"item {n}".encode()).digest() for n in range(6)]
VERIFIER = KEYS.note_signer.verifier


def head(items: list[bytes], *, time: int = NOW, size: int = 7, mailbox: str = "0f" * 16) -> Head:
    last = START
    for item in items:
        last = item_chain(last, item)
    return Head(origin=ORIGIN, mailbox=mailbox, count=len(items), last=last, time=time, size=size)


SIGNED = head(ITEMS).sign(KEYS.note_signer)


def test_a_head_opens_to_what_was_signed() -> None:
    assert open_head(SIGNED, VERIFIER) == head(ITEMS)
    assert Head.parse(head([]).text) == head([])


def test_the_running_hash_is_the_specified_one() -> None:
    assert item_chain(START, ITEMS[0]) == hashlib.sha256(b"demur/item/v1\0" + bytes(32) + ITEMS[0]).digest()


@settings(max_examples=300)
@given(st.integers(0, len(SIGNED) - 1))
def test_a_flipped_bit_anywhere_is_refused(at: int) -> None:
    with pytest.raises(HeadError):
        open_head(flipped(SIGNED, at), VERIFIER)


@given(st.integers(0, 6), st.integers(0, 6))
def test_a_thread_may_grow_and_nothing_else(older: int, newer: int) -> None:
    old, new = head(ITEMS[:older]), head(ITEMS[:newer], time=NOW + MARGIN + 1)
    if newer >= older:
        compare(old, new, ITEMS[:newer])
        return
    with pytest.raises(HeadError, match="taken away"):
        compare(old, new, ITEMS[:newer])


@given(st.integers(0, 3))
def test_a_replaced_item_is_noticed(at: int) -> None:
    swapped = [*ITEMS[:at], hashlib.sha256(b"other").digest(), *ITEMS[at + 1 :]]
    with pytest.raises(HeadError, match="replaced"):
        compare(head(ITEMS[:4]), head(swapped, time=NOW + 1), swapped)


def test_items_that_the_new_head_does_not_sign_for_are_noticed() -> None:
    added = [*ITEMS[:5], hashlib.sha256(b"other").digest()]
    with pytest.raises(HeadError, match="not those that the newest head signs for"):
        compare(head(ITEMS[:4]), head(ITEMS), added)
    with pytest.raises(HeadError, match="ask for the mailbox again"):
        compare(head(ITEMS[:4]), head(ITEMS), ITEMS[:5])


def test_items_left_out_of_the_answer_are_noticed() -> None:
    with pytest.raises(HeadError, match="taken away"):
        compare(head(ITEMS[:4]), head(ITEMS, time=NOW + MARGIN + 1), ITEMS[:3])


@pytest.mark.parametrize("later", [-1, 0, 1, MARGIN])
def test_what_is_smaller_within_a_minute_is_no_deed_of_the_log(later: int) -> None:
    with pytest.raises(HeadError, match="ask for the mailbox again"):
        compare(head(ITEMS[:4]), head(ITEMS[:3], time=NOW + later), ITEMS[:3])
    compare(head(ITEMS, size=9), head(ITEMS, time=NOW + later, size=8), ITEMS)


def test_a_record_that_went_back_is_noticed() -> None:
    with pytest.raises(HeadError, match="went back"):
        compare(head(ITEMS, size=9), head(ITEMS, time=NOW + MARGIN + 1, size=8), ITEMS)


def test_heads_of_two_mailboxes_are_not_compared() -> None:
    with pytest.raises(HeadError, match="different mailboxes"):
        compare(head(ITEMS), head(ITEMS, mailbox="1f" * 16), ITEMS)


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox": "0F" * 16},
        {"mailbox": "0f" * 15},
        {"count": -1},
        {"count": 0},
        {"last": START},
        {"last": bytes(31)},
        {"time": 2**53},
        {"size": -1},
        {"origin": ""},
    ],
)
def test_a_head_that_contradicts_itself_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(HeadError):
        dataclasses.replace(head(ITEMS), **changes)


def test_a_head_by_another_log_is_refused() -> None:
    with pytest.raises(HeadError):
        open_head(SIGNED, OTHER.note_signer.verifier)
    with pytest.raises(HeadError, match="another log"):
        head(ITEMS).sign(OTHER.note_signer)
    with pytest.raises(HeadError, match="another log"):
        open_head(sign_note(head(ITEMS).text, [OTHER.note_signer]), OTHER.note_signer.verifier)


def test_something_else_that_the_log_signed_is_no_head() -> None:
    with pytest.raises(HeadError, match="not a mailbox head"):
        open_head(sign_note(head(ITEMS).text.replace("head/v1", "head/v2"), [KEYS.note_signer]), VERIFIER)


@pytest.mark.parametrize(("previous", "item"), [(bytes(31), bytes(32)), (bytes(32), bytes(33))])
def test_only_whole_hashes_are_chained(previous: bytes, item: bytes) -> None:
    with pytest.raises(HeadError):
        item_chain(previous, item)
