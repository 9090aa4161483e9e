# SPDX-License-Identifier: AGPL-3.0-or-later
"""Promises: the log's word that convicts it if it is broken."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import KEYS, NOW, ORIGIN, OTHER, flipped, leaves

from demur.record.errors import PromiseError
from demur.record.note import sign_note
from demur.record.promise import Promise, open_promise

PROMISE = Promise(
    origin=ORIGIN,
    channel=bytes(range(32)),
    policy=bytes(range(32, 64)),
    entries=tuple(leaves(2)),
    time=NOW,
    not_after=NOW + 90_000,
)
SIGNED = PROMISE.sign(KEYS.note_signer)
VERIFIER = KEYS.note_signer.verifier


def test_a_promise_opens_to_what_was_promised() -> None:
    assert open_promise(SIGNED, VERIFIER) == PROMISE
    assert Promise.parse(PROMISE.text) == PROMISE


def test_its_lines_are_those_of_the_specification() -> None:
    assert [line.split(" ")[0] for line in PROMISE.text.splitlines()] == [
        "demur/promise/v1",
        "origin",
        "channel",
        "policy",
        "entry",
        "entry",
        "time",
        "not-after",
    ]


def test_the_order_of_entries_is_kept() -> None:
    turned = dataclasses.replace(PROMISE, entries=PROMISE.entries[::-1])
    assert open_promise(turned.sign(KEYS.note_signer), VERIFIER).entries == PROMISE.entries[::-1]


@settings(max_examples=300)
@given(st.integers(0, len(SIGNED) - 1))
def test_a_flipped_bit_anywhere_is_refused(at: int) -> None:
    with pytest.raises(PromiseError):
        open_promise(flipped(SIGNED, at), VERIFIER)


def test_a_promise_by_another_log_is_refused() -> None:
    with pytest.raises(PromiseError):
        open_promise(SIGNED, OTHER.note_signer.verifier)
    with pytest.raises(PromiseError, match="another log"):
        PROMISE.sign(OTHER.note_signer)
    with pytest.raises(PromiseError, match="another log"):
        open_promise(sign_note(PROMISE.text, [OTHER.note_signer]), OTHER.note_signer.verifier)


def test_a_strangers_signature_on_a_promise_is_refused() -> None:
    with pytest.raises(PromiseError, match="beside"):
        open_promise(sign_note(PROMISE.text, [KEYS.note_signer, OTHER.note_signer]), VERIFIER)


@pytest.mark.parametrize(
    "changes",
    [
        {"entries": ()},
        {"entries": tuple(leaves(3))},
        {"entries": (leaves(1)[0],) * 2},
        {"entries": (bytes(31),)},
        {"channel": bytes(31)},
        {"policy": b""},
        {"not_after": NOW - 1},
        {"time": -1},
        {"not_after": 2**53},
        {"origin": "a b"},
    ],
)
def test_a_promise_that_contradicts_itself_cannot_be_made(changes: dict[str, object]) -> None:
    with pytest.raises(PromiseError):
        dataclasses.replace(PROMISE, **changes)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("time 1", "time 01"),
        lambda t: t.replace("promise/v1", "promise/v2"),
        lambda t: t.replace("channel 00", "channel 0A"),
        lambda t: t + "more 1\n",
        lambda t: t.replace("\nentry", "\n\nentry", 1),
        lambda t: t.replace("policy ", "policy  "),
        lambda t: t.replace(f"not-after {NOW + 90_000}", f"not-after {NOW - 1}"),
        lambda t: t.replace(f"time {NOW}", f"time {'9' * 400}"),
    ],
)
def test_even_the_log_cannot_sign_another_spelling(change: object) -> None:
    with pytest.raises(PromiseError):
        open_promise(sign_note(change(PROMISE.text), [KEYS.note_signer]), VERIFIER)  # type: ignore[operator]
