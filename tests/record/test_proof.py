# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs that travel: offline, to the byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_samples import KEYS, NOW, OTHER, flipped, leaves, proof, signed

from demur.record.errors import ProofError, RecordError
from demur.record.policy import Policy
from demur.record.proof import Proof

POLICY = Policy.for_log(KEYS.vkeys)
NOTE = signed(300)
LEAVES = leaves(300)
PROOF = proof(177, 300, note=NOTE)


def test_a_proof_verifies_offline_and_survives_its_written_form() -> None:
    again = Proof.parse(PROOF.text)
    assert (again, again.text) == (PROOF, PROOF.text)
    accepted = again.verify(LEAVES[177], POLICY)
    assert (accepted.checkpoint.size, accepted.time) == (300, NOW)


def test_the_only_entry_of_a_record_has_a_proof_without_hashes() -> None:
    sole = proof(0, 1)
    assert Proof.parse(sole.text).verify(LEAVES[0], POLICY).checkpoint.size == 1
    assert sole.hashes == ()


def test_a_proof_of_another_entry_is_refused() -> None:
    with pytest.raises(ProofError, match="does not lead to the root"):
        PROOF.verify(LEAVES[176], POLICY)


def test_a_proof_under_another_channels_policy_is_refused() -> None:
    with pytest.raises(RecordError):
        PROOF.verify(LEAVES[177], Policy.for_log(OTHER.vkeys))


@settings(max_examples=400)
@given(st.integers(0, len(PROOF.text) - 1))
def test_a_flipped_bit_anywhere_is_refused(at: int) -> None:
    with pytest.raises(RecordError):
        Proof.parse(flipped(PROOF.text, at)).verify(LEAVES[177], POLICY)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("index 177", "index 0177"),
        lambda t: t.replace("index 177", "index  177"),
        lambda t: t.replace("index 177", "index 9007199254740993"),
        lambda t: t.replace("@v1", "@v2"),
        lambda t: t.replace("@v1\n", "@v1\nextra \n"),
        lambda t: t.replace("@v1\n", "@v1\nextra QQ\n"),
        lambda t: t.replace("@v1\n", "@v1\nextra QR==\n"),
        lambda t: t.replace("\n\ndissent", "\ndissent"),
        lambda t: t + "\n",
        lambda t: t[:-1],
        lambda t: t.replace("\n", "\r\n"),
        lambda t: " " + t,
        lambda t: "",
    ],
)
def test_another_spelling_is_refused(change: object) -> None:
    with pytest.raises(ProofError):
        Proof.parse(change(PROOF.text))  # type: ignore[operator]


def test_extra_data_is_kept_and_proves_nothing() -> None:
    extra = Proof(index=177, hashes=PROOF.hashes, checkpoint_text=NOTE, extra=b"context")
    assert "\nextra Y29udGV4dA==\nindex 177\n" in extra.text
    assert Proof.parse(extra.text) == extra
    assert extra.verify(LEAVES[177], POLICY) == PROOF.verify(LEAVES[177], POLICY)


def test_a_proof_higher_than_any_tree_is_refused() -> None:
    with pytest.raises(ProofError):
        Proof(index=0, hashes=(bytes(32),) * 64, checkpoint_text=NOTE)
    with pytest.raises(ProofError):
        Proof(index=0, hashes=(bytes(31),), checkpoint_text=NOTE)
    with pytest.raises(ProofError):
        Proof(index=0, hashes=(), checkpoint_text="not a note")


@given(st.text(max_size=100))
def test_any_text_is_a_proof_or_refused(text: str) -> None:
    with pytest.raises(ProofError):
        Proof.parse(text)
