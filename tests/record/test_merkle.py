# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tree of RFC 6962: proofs hold for what was recorded and for nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_samples import leaves, reading

from demur.record.errors import ProofError
from demur.record.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = leaves(300)
SIZES = st.integers(min_value=1, max_value=len(LEAVES))


def defined_root(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word by word."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return node_hash(defined_root(hashes[:split]), defined_root(hashes[split:]))


def flip(data: bytes, bit: int) -> bytes:
    at = bit % (len(data) * 8)
    return (int.from_bytes(data, "big") ^ (1 << at)).to_bytes(len(data), "big")


def test_hashes_are_those_of_the_rfc() -> None:
    # Known from Certificate Transparency: the empty tree, and the leaf without content.
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize("size", [*range(20), 255, 256, 257])
def test_the_root_is_the_one_that_the_rfc_defines(size: int) -> None:
    assert root_of(LEAVES[:size]) == defined_root(LEAVES[:size])
    assert tree_root(size, reading(LEAVES)) == defined_root(LEAVES[:size])


@given(SIZES, st.data())
def test_every_entry_can_be_proven_in_every_tree_that_holds_it(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, reading(LEAVES))
    verify_inclusion(LEAVES[index], index, size, proof, root_of(LEAVES[:size]))


@given(SIZES, st.data())
def test_every_tree_is_consistent_with_every_older_one(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(0, new))
    proof = consistency_proof(old, new, reading(LEAVES))
    verify_consistency(old, root_of(LEAVES[:old]), new, root_of(LEAVES[:new]), proof)


@given(st.integers(2, 300), st.integers(0, 10_000), st.data())
def test_a_flipped_bit_in_an_inclusion_proof_is_refused(size: int, bit: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = root_of(LEAVES[:size])
    parts = [LEAVES[index], root, *inclusion_proof(index, size, reading(LEAVES))]
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flip(parts[at], bit)
    with pytest.raises(ProofError):
        verify_inclusion(parts[0], index, size, parts[2:], parts[1])


@given(st.integers(2, 300), st.integers(0, 10_000), st.data())
def test_a_flipped_bit_in_a_consistency_proof_is_refused(new: int, bit: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    roots = [root_of(LEAVES[:old]), root_of(LEAVES[:new])]
    parts = [*roots, *consistency_proof(old, new, reading(LEAVES))]
    at = data.draw(st.integers(0, len(parts) - 1))
    parts[at] = flip(parts[at], bit)
    with pytest.raises(ProofError):
        verify_consistency(old, parts[0], new, parts[1], parts[2:])


@given(st.integers(2, 300), st.data())
def test_a_proof_for_another_place_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    proof = inclusion_proof(index, size, reading(LEAVES))
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[index], other, size, proof, root_of(LEAVES[:size]))


@pytest.mark.parametrize("change", ["shorter", "longer"])
def test_a_proof_of_another_length_is_refused(change: str) -> None:
    root, old_root = root_of(LEAVES[:11]), root_of(LEAVES[:6])
    cut = slice(None, -1) if change == "shorter" else slice(None)
    extra = [] if change == "shorter" else [LEAVES[0]]
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[4], 4, 11, inclusion_proof(4, 11, reading(LEAVES))[cut] + extra, root)
    with pytest.raises(ProofError):
        verify_consistency(6, old_root, 11, root, consistency_proof(6, 11, reading(LEAVES))[cut] + extra)


def test_a_rewritten_history_has_no_proof() -> None:
    rewritten = [leaf_hash(b"another"), *LEAVES[1:8]]
    proof = consistency_proof(5, 8, reading(rewritten))
    with pytest.raises(ProofError, match="rewritten"):
        verify_consistency(5, root_of(LEAVES[:5]), 8, root_of(rewritten), proof)


def test_two_roots_of_one_size_are_told_apart() -> None:
    with pytest.raises(ProofError, match="two records"):
        verify_consistency(5, root_of(LEAVES[:5]), 5, root_of(LEAVES[1:6]), [])


def test_a_log_that_went_back_is_told() -> None:
    with pytest.raises(ProofError, match="went back"):
        verify_consistency(6, root_of(LEAVES[:6]), 5, root_of(LEAVES[:5]), [])
    with pytest.raises(ProofError):
        consistency_proof(6, 5, reading(LEAVES))


def test_every_tree_extends_the_empty_one_and_no_other_tree_is_empty() -> None:
    verify_consistency(0, EMPTY_ROOT, 8, root_of(LEAVES[:8]), [])
    with pytest.raises(ProofError):
        verify_consistency(0, LEAVES[0], 8, root_of(LEAVES[:8]), [])
    with pytest.raises(ProofError):
        verify_consistency(0, EMPTY_ROOT, 8, root_of(LEAVES[:8]), [LEAVES[0]])


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (0, 0)])
def test_an_entry_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ProofError):
        inclusion_proof(index, size, reading(LEAVES))
    with pytest.raises(ProofError):
        verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])


@pytest.mark.parametrize("size", [0, 1, 2, 7, 256, 300])
def test_the_edge_of_a_tree_can_be_stored_and_goes_on_growing(size: int) -> None:
    edge = CompactRange()
    for leaf in LEAVES[:size]:
        edge.append(leaf)
    again = CompactRange.from_bytes(edge.to_bytes())
    for leaf in LEAVES[:20]:
        again.append(leaf)
    assert again.root() == defined_root([*LEAVES[:size], *LEAVES[:20]])
    assert CompactRange.from_bytes(edge.to_bytes()).to_bytes() == edge.to_bytes()


@pytest.mark.parametrize("damage", [lambda d: d[:-1], lambda d: d[:-32], lambda d: d + bytes(32), lambda d: d[:4]])
def test_a_damaged_edge_is_refused(damage: object) -> None:
    edge = CompactRange()
    for leaf in LEAVES[:7]:
        edge.append(leaf)
    with pytest.raises(ProofError):
        CompactRange.from_bytes(damage(edge.to_bytes()))  # type: ignore[operator]


def test_a_proof_reads_few_hashes_of_a_large_tree() -> None:
    reads: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes:
        reads.append((level, index))
        return LEAVES[0]

    inclusion_proof(123_456, 10_000_000, read)
    consistency_proof(123_456, 10_000_000, read)
    assert len(reads) < 120


def test_a_proof_of_growth_says_nothing_about_a_larger_size() -> None:
    proof = consistency_proof(4, 7, reading(LEAVES))
    verify_consistency(4, root_of(LEAVES[:4]), 7, root_of(LEAVES[:7]), proof)
    with pytest.raises(ProofError):
        verify_consistency(4, root_of(LEAVES[:4]), 13, root_of(LEAVES[:7]), proof)
