# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed notes: one form, known keys must hold, unknown keys prove nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import KEYS, OTHER, flipped

from demur.record.errors import NoteError
from demur.record.note import (
    Ed25519NoteSigner,
    Ed25519Verifier,
    Note,
    Signature,
    open_note,
    open_sole,
    parse_vkey,
    sign_note,
)

SIGNER, STRANGER = KEYS.note_signer, OTHER.note_signer
TEXT = "We disagree.\n\nThree times.\n"
SIGNED = sign_note(TEXT, [SIGNER])


def test_a_signed_note_opens_to_its_text() -> None:
    note = Note.parse(SIGNED)
    assert (note.text, open_note(note, [SIGNER.verifier])) == (TEXT, [SIGNER.verifier])
    assert open_sole(SIGNED, SIGNER.verifier) == TEXT


@given(st.integers(0, len(SIGNED) - 1))
def test_a_flipped_bit_anywhere_is_refused(at: int) -> None:
    with pytest.raises(NoteError):
        open_note(Note.parse(flipped(SIGNED, at)), [SIGNER.verifier])


@given(st.text())
def test_any_text_is_a_note_in_its_one_form_or_refused(text: str) -> None:
    try:
        note = Note.parse(text)
    except NoteError:
        return
    assert note.serialized == text


@given(st.text(alphabet="ab \n—+é", max_size=40))
def test_what_can_be_signed_comes_back_as_it_was(text: str) -> None:
    try:
        signed = sign_note(text, [SIGNER])
    except NoteError:
        return
    assert open_sole(signed, SIGNER.verifier) == text


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(NoteError, match="not signed by any known key"):
        open_note(Note.parse(SIGNED), [STRANGER.verifier])


def test_a_strangers_signature_beside_a_good_one_is_passed_over() -> None:
    both = Note.parse(sign_note(TEXT, [STRANGER, SIGNER]))
    assert open_note(both, [SIGNER.verifier]) == [SIGNER.verifier]


def test_a_strangers_signature_has_no_place_in_a_note_of_one_signer() -> None:
    with pytest.raises(NoteError, match="beside the one"):
        open_sole(sign_note(TEXT, [SIGNER, STRANGER]), SIGNER.verifier)


def test_a_known_key_that_fails_refuses_the_note_whatever_else_holds() -> None:
    wrong = Signature(STRANGER.name, STRANGER.verifier.id, bytes(64))
    forged = Note.parse(SIGNED).adding(wrong)
    with pytest.raises(NoteError, match="does not fit"):
        open_note(forged, [SIGNER.verifier, STRANGER.verifier])


def test_a_second_line_of_a_known_key_is_checked_too() -> None:
    wrong = Signature(SIGNER.name, SIGNER.verifier.id, bytes(64))
    with pytest.raises(NoteError, match="does not fit"):
        open_note(Note.parse(SIGNED).adding(wrong), [SIGNER.verifier])


def test_signatures_keep_their_order() -> None:
    note = Note.parse(sign_note(TEXT, [STRANGER, SIGNER]))
    assert [signature.name for signature in note.signatures] == [STRANGER.name, SIGNER.name]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s + "\n",
        lambda s: s[:-1],
        lambda s: s.replace("\n\n", "\n"),
        lambda s: s.replace("— ", "- "),
        lambda s: s.replace("\n", "\r\n"),
        lambda s: s.replace("We", "\tWe"),
        lambda s: s + "— x AAAA\n",
        lambda s: s.rstrip("\n") + "=\n",
        lambda s: s.replace(" dissent", "  dissent"),
        lambda s: "\ud800" + s,
        lambda s: s + Note.parse(s).signatures[0].line.join(["", "\n"]) * 64,
        lambda s: "",
        lambda s: "x" * (1 << 20) + s,
    ],
)
def test_another_spelling_is_refused(change: object) -> None:
    with pytest.raises(NoteError):
        Note.parse(change(SIGNED))  # type: ignore[operator]


def test_a_key_survives_its_written_form() -> None:
    vkey = SIGNER.verifier.vkey
    assert Ed25519Verifier.from_vkey(vkey) == SIGNER.verifier
    assert parse_vkey(vkey)[:2] == (SIGNER.name, 1)


@given(st.integers(0, len(SIGNER.verifier.vkey) - 1))
def test_a_flipped_bit_in_a_key_is_noticed(at: int) -> None:
    with pytest.raises(NoteError):
        Ed25519Verifier.from_vkey(flipped(SIGNER.verifier.vkey, at))


@given(st.text(max_size=60))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Ed25519Verifier.from_vkey(text)


@pytest.mark.parametrize(
    "public",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        (2**255 - 20).to_bytes(32, "little"),
        (2**255 - 19).to_bytes(32, "little"),
        bytes([0xFF] * 32),
        (1 | 1 << 255).to_bytes(32, "little"),
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826.to_bytes(32, "little"),
        bytes(31),
    ],
)
def test_a_key_that_accepts_what_nobody_signed_is_refused(public: bytes) -> None:
    with pytest.raises(NoteError, match="one that can be trusted"):
        Ed25519Verifier("weak.example.org", public)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "\ud800"])
def test_a_name_that_could_be_read_two_ways_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        Ed25519Verifier(name, SIGNER.verifier.public)


def test_a_seed_of_another_length_is_refused_and_never_shown() -> None:
    with pytest.raises(NoteError):
        Ed25519NoteSigner("x", bytes(31))
    assert repr(SIGNER.seed) not in repr(SIGNER)
    assert KEYS.ed25519.hex() not in repr(KEYS)
    assert repr(KEYS.mldsa) not in repr(KEYS)
