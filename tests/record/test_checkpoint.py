# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints: three lines, one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import KEYS, NOW, ORIGIN, OTHER, checkpoint, signed

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.errors import CheckpointError
from demur.record.merkle import EMPTY_ROOT
from demur.record.note import Note, open_note


@given(st.integers(1, 2**53 - 1), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_survives_its_written_form(size: int, root: bytes) -> None:
    tree = Checkpoint(origin=ORIGIN, size=size, root=root)
    assert Checkpoint.parse(tree.text) == tree


@given(st.text())
def test_any_text_is_a_checkpoint_in_its_one_form_or_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(text)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t + "extension\n",
        lambda t: t[:-1],
        lambda t: t.replace("\n5\n", "\n05\n"),
        lambda t: t.replace("\n5\n", "\n+5\n"),
        lambda t: t.replace("\n5\n", "\n5 \n"),
        lambda t: t.replace("\n5\n", "\n٥\n"),
        lambda t: t.replace("\n5\n", "\n9007199254740992\n"),
        lambda t: t.replace("\n5\n", f"\n{'9' * 5000}\n"),
        lambda t: t.replace("=", ""),
        lambda t: t.replace("=\n", "==\n"),
        lambda t: t.replace("dissent", "Dissent"),
        lambda t: t.replace("dissent", "https://dissent"),
        lambda t: t.replace("dissent", "d" * 120),
        lambda t: t.replace("\n5\n", "\n0\n"),
    ],
)
def test_another_spelling_is_refused(change: object) -> None:
    with pytest.raises(CheckpointError):
        Checkpoint.parse(change(checkpoint(5).text))  # type: ignore[operator]


def test_an_empty_record_has_the_empty_root() -> None:
    assert Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT).size == 0


def test_a_checkpoint_is_signed_by_both_keys_in_order() -> None:
    note = Note.parse(signed(5))
    assert open_note(note, [KEYS.cosigner.verifier, KEYS.note_signer.verifier]) == [
        KEYS.note_signer.verifier,
        KEYS.cosigner.verifier,
    ]
    assert KEYS.cosigner.verifier.time(note.signatures[1].data) == NOW


def test_a_log_signs_no_checkpoint_of_another() -> None:
    with pytest.raises(CheckpointError, match="another origin"):
        sign_checkpoint(checkpoint(5), OTHER, now=NOW)
