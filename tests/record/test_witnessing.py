# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a witness may sign: a larger tree that holds all of the one before, and never anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.cosignature import LogKeys
from demur.record.errors import NotConsistent, NotLatest, NotTheLog, RecordError, WitnessError
from demur.record.merkle import CompactRange, consistency_proof, leaf_hash, root_of
from demur.record.note import Note
from demur.record.witnessing import WitnessRequest, consider

KEYS = LogKeys.from_seeds("log.example", ed25519=b"\1" * 32, mldsa=b"\2" * 32)
OTHER = LogKeys.from_seeds("log.example", ed25519=b"\3" * 32, mldsa=b"\4" * 32)
LOG = KEYS.note_signer.verifier


def leaves(count: int, twist: int = -1) -> list[bytes]:
    """`count` leaves; the one at `twist` is another's."""
    return [leaf_hash(f"{n}{'x' if n == twist else ''}".encode()) for n in range(count)]


def checkpoint(rows: list[bytes]) -> Checkpoint:
    return Checkpoint(origin="log.example", size=len(rows), root=root_of(rows))


def request(old: int, rows: list[bytes], keys: LogKeys = KEYS) -> WitnessRequest:
    def read(level: int, index: int) -> bytes:
        edge = CompactRange()
        for leaf in rows[index << level : (index + 1) << level]:
            edge.append(leaf)
        return edge.root()

    proof = consistency_proof(old, len(rows), read) if 0 < old < len(rows) else []
    return WitnessRequest(old, tuple(proof), Note.parse(sign_checkpoint(checkpoint(rows), keys, now=1000)))


@given(st.integers(1, 40), st.integers(0, 40))
def test_every_growth_is_cosigned_and_its_text_read_back(size: int, more: int) -> None:
    stored = checkpoint(leaves(size))
    asked = request(size, leaves(size + more))
    assert WitnessRequest.parse(asked.text) == asked
    assert consider(asked, log=LOG, stored=stored).size == size + more


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_fork_is_never_cosigned(size: int, more: int, data: st.DataObject) -> None:
    twist = data.draw(st.integers(0, size - 1))
    with pytest.raises(NotConsistent):
        consider(request(size, leaves(size + more, twist)), log=LOG, stored=checkpoint(leaves(size)))


def test_another_root_of_the_same_size_is_a_conflict() -> None:
    with pytest.raises(NotLatest, match="two records") as error:
        consider(request(5, leaves(5, 2)), log=LOG, stored=checkpoint(leaves(5)))
    assert error.value.size == 5


def test_the_first_tree_needs_no_proof_and_takes_none() -> None:
    assert consider(request(0, leaves(7)), log=LOG, stored=None).size == 7
    whole = request(0, leaves(7))
    with pytest.raises(NotConsistent):
        consider(WitnessRequest(0, (b"\0" * 32,), whole.note), log=LOG, stored=None)


@pytest.mark.parametrize(("old", "size"), [(0, 8), (3, 8), (6, 8)])
def test_another_start_than_the_last_is_answered_with_the_size(old: int, size: int) -> None:
    with pytest.raises(NotLatest) as error:
        consider(request(old, leaves(size)), log=LOG, stored=checkpoint(leaves(5)))
    assert error.value.size == 5


def test_a_tree_smaller_than_the_old_size_is_refused() -> None:
    small = request(0, leaves(4))
    with pytest.raises(WitnessError, match="old size"):
        consider(WitnessRequest(9, (), small.note), log=LOG, stored=checkpoint(leaves(9)))


def test_a_checkpoint_by_another_key_is_refused() -> None:
    with pytest.raises(NotTheLog):
        consider(request(0, leaves(4), OTHER), log=LOG, stored=None)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("old 3", "old 03"),
        lambda text: text.replace("old 3", "old -3"),
        lambda text: text.replace("old 3\n", "old 3\n\n"),
        lambda text: text.replace("old 3\n", "old 3\nAAAA\n"),
        lambda text: text.replace("old 3\n", "old 3\n" + ("A" * 43 + "=\n") * 64),
        lambda text: text[:-1],
        lambda text: " " + text,
        lambda _: "",
    ],
)
def test_what_is_not_exactly_a_request_is_refused(change: object) -> None:
    text = change(request(3, leaves(3)).text)  # type: ignore[operator]
    with pytest.raises(RecordError):
        consider(WitnessRequest.parse(text), log=LOG, stored=checkpoint(leaves(3)))
