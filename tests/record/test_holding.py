# SPDX-License-Identifier: AGPL-3.0-or-later
"""A note from somebody who may have added to it is worth what it proves: each line stands or falls on its own."""

import os

import pytest

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import Cosigner, LogKeys
from demur.record.errors import NoteError
from demur.record.note import MAX_SIGNATURES, Note, Signature
from demur.record.policy import Changed, Named, Policy

KEYS = LogKeys.generate("log.example", os.urandom)
ONE, OTHER = (Cosigner(name, 0x04, os.urandom(32)) for name in ("one.example", "other.example"))
NOTE = Note.parse(sign_checkpoint(Checkpoint(origin="log.example", size=9, root=os.urandom(32)), KEYS, now=1000))
TRUE = OTHER.sign_at(NOTE.text, 1001)
SIGNED = NOTE.adding(TRUE)


def policy_of(*cosigners: Cosigner) -> Policy:
    named = [Named(name=key.name, vkeys=(key.verifier.vkey,)) for key in cosigners]
    return Policy.for_log(KEYS.vkeys, named, min(1, len(named)))


POLICY = policy_of(ONE, OTHER)
FORGED = Signature("one.example", ONE.verifier.id, os.urandom(72))
FORGED_TRUE = Signature("other.example", OTHER.verifier.id, os.urandom(72))
STRANGER = Signature("stranger.example", os.urandom(4), os.urandom(72))


@pytest.mark.parametrize(
    "note",
    [
        SIGNED,
        SIGNED.adding(FORGED),
        Note(NOTE.text, (FORGED, *SIGNED.signatures)),
        SIGNED.adding(TRUE),
        SIGNED.adding(*NOTE.signatures),
        SIGNED.adding(FORGED_TRUE),
        NOTE.adding(FORGED_TRUE, TRUE),
        SIGNED.adding(Signature("other.example", OTHER.verifier.id, b"short")),
        SIGNED.adding(*[STRANGER] * (MAX_SIGNATURES - 3)),
    ],
)
def test_what_others_added_is_left_out_and_the_true_line_counts(note: Note) -> None:
    kept = POLICY.proven(note.serialized)
    assert kept == SIGNED.serialized
    assert POLICY.accept(kept).time == 1001


def test_a_line_of_a_witness_that_another_policy_names_is_a_stranger_s() -> None:
    assert policy_of(ONE).proven(SIGNED.serialized) == NOTE.serialized
    changed = Changed.after(policy_of(ONE), [(policy_of(OTHER), 9)])
    assert changed.proven(SIGNED.serialized) == SIGNED.serialized
    assert Changed.after(policy_of(ONE), [(policy_of(OTHER), 8)]).proven(SIGNED.serialized) == NOTE.serialized


def test_a_note_of_which_nothing_holds_is_refused() -> None:
    with pytest.raises(NoteError):
        POLICY.proven(Note(NOTE.text, (FORGED, STRANGER)).serialized)
