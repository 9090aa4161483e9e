# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cosignatures: bound to checkpoint, time and, for ML-DSA-44, the cosigner's name."""

import pytest
from record_samples import AUDIT, KEYS, NOW, ORIGIN, PEER, UNION, checkpoint, seed

from demur.record.cosignature import COSIGNATURE_MLDSA44, CosignatureVerifier, Cosigner, LogKeys
from demur.record.errors import NoteError

TEXT = checkpoint(5).text
COSIGNERS = [UNION, PEER]
each = pytest.mark.parametrize("cosigner", COSIGNERS, ids=["ed25519", "ml-dsa-44"])


@each
def test_a_cosignature_holds_and_states_its_time(cosigner: Cosigner) -> None:
    signature = cosigner.sign_at(TEXT, NOW)
    cosigner.verifier.verify(TEXT, signature.data)
    assert (signature.key_id, cosigner.verifier.time(signature.data)) == (cosigner.verifier.id, NOW)


@each
def test_a_cosignature_of_another_checkpoint_is_refused(cosigner: Cosigner) -> None:
    with pytest.raises(NoteError, match="does not fit"):
        cosigner.verifier.verify(checkpoint(6).text, cosigner.sign_at(TEXT, NOW).data)


@each
def test_a_cosignature_whose_time_was_changed_is_refused(cosigner: Cosigner) -> None:
    data = cosigner.sign_at(TEXT, NOW).data
    with pytest.raises(NoteError, match="does not fit"):
        cosigner.verifier.verify(TEXT, (NOW - 1).to_bytes(8, "big") + data[8:])


@each
@pytest.mark.parametrize("bit", [64, 70, 200, 511])
def test_a_flipped_bit_is_refused(cosigner: Cosigner, bit: int) -> None:
    data = bytearray(cosigner.sign_at(TEXT, NOW).data)
    data[bit // 8] ^= 1 << (bit % 8)
    with pytest.raises(NoteError):
        cosigner.verifier.verify(TEXT, bytes(data))


@each
@pytest.mark.parametrize("time", [0, 2**53, 2**63, 2**64 - 1])
def test_a_time_that_cannot_be_is_refused(cosigner: Cosigner, time: int) -> None:
    data = cosigner.sign_at(TEXT, NOW).data
    with pytest.raises(NoteError, match="no time that can be"):
        cosigner.verifier.verify(TEXT, time.to_bytes(8, "big") + data[8:])
    with pytest.raises(NoteError):
        cosigner.sign_at(TEXT, time)


@each
@pytest.mark.parametrize("length", [0, 7, 8, 71, 73, 2427])
def test_a_cut_cosignature_is_refused(cosigner: Cosigner, length: int) -> None:
    with pytest.raises(NoteError, match="wrong length"):
        cosigner.verifier.verify(TEXT, (cosigner.sign_at(TEXT, NOW).data + bytes(2))[:length])


@each
def test_only_checkpoints_are_cosigned(cosigner: Cosigner) -> None:
    with pytest.raises(NoteError, match="not a checkpoint"):
        cosigner.sign_at("demur/promise/v1\n", NOW)
    with pytest.raises(NoteError, match="not a checkpoint"):
        cosigner.verifier.verify("demur/promise/v1\n", cosigner.sign_at(TEXT, NOW).data)


def test_a_post_quantum_cosignature_commits_to_its_cosigners_name() -> None:
    renamed = CosignatureVerifier("log.example.org/pq", COSIGNATURE_MLDSA44, PEER.verifier.public)
    with pytest.raises(NoteError, match="does not fit"):
        renamed.verify(TEXT, PEER.sign_at(TEXT, NOW).data)


def test_a_key_survives_its_written_form() -> None:
    for cosigner in (UNION, PEER, AUDIT):
        assert CosignatureVerifier.from_vkey(cosigner.verifier.vkey) == cosigner.verifier


def test_a_logs_own_key_is_not_a_witness_key() -> None:
    with pytest.raises(NoteError, match="neither of type"):
        CosignatureVerifier.from_vkey(KEYS.vkeys[0])


def test_log_keys_come_from_randomness_and_seeds_alone() -> None:
    pool = iter([seed("log"), seed("log-pq")])
    assert LogKeys.generate(ORIGIN, lambda n: next(pool)[:n]).vkeys == KEYS.vkeys
    assert LogKeys.from_seeds(ORIGIN, ed25519=KEYS.seeds[0], mldsa=KEYS.seeds[1]) == KEYS


def test_the_logs_two_keys_have_two_names() -> None:
    assert (KEYS.note_signer.name, KEYS.cosigner.name) == (ORIGIN, f"{ORIGIN}/pq")


@pytest.mark.parametrize(("origin", "length"), [("Upper.example", 32), ("a b", 32), (ORIGIN, 31)])
def test_keys_that_could_not_sign_a_checkpoint_are_refused(origin: str, length: int) -> None:
    with pytest.raises(NoteError):
        LogKeys.from_seeds(origin, ed25519=bytes(32), mldsa=bytes(length))
