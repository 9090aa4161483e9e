# SPDX-License-Identifier: AGPL-3.0-or-later
"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1), as C2SP logs use it. Pure.

A hash is 32 bytes. `read(level, index)` gives the hash of the complete subtree of 2**level leaves that starts at leaf
index * 2**level; proofs need nothing else, so they cost O(log n) reads whatever holds the hashes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from struct import Struct
from typing import Final

from demur.record.errors import ProofError

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
_PAIRS: Final = Struct("64s")

Read = Callable[[int, int], bytes]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return sha256(b"\0" + data).digest()


def leaf_hashes(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of `entries`, joined as in a tile; without a call each, as above them."""
    return b"".join([sha256(b"\0" + entry).digest() for entry in entries])


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): the prefix keeps a node from posing as a leaf."""
    return sha256(b"\1" + left + right).digest()


def level_above(hashes: bytes) -> bytes:
    """The nodes above an even number of hashes, both joined as in a tile; without a call each, for it is most of the work."""
    return b"".join([sha256(b"\1" + pair).digest() for (pair,) in _PAIRS.iter_unpack(hashes)])


class CompactRange:
    """The right edge of a tree: enough to append and to know the root, in O(log n) memory.

    >>> edge = CompactRange(); edge.append(leaf_hash(b"a")); edge.size
    1
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """`hashes` are those of the complete subtrees that make up the tree, largest first. Raises ProofError."""
        if size < 0 or len(hashes) != size.bit_count() or any(len(part) != HASH_SIZE for part in hashes):
            raise ProofError("The stored edge of the tree is damaged; rebuild it from the entries.")
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size, node = self.size, leaf
        while size & 1:
            node = node_hash(self._hashes.pop(), node)
            size >>= 1
        self._hashes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return _fold(self._hashes) if self._hashes else EMPTY_ROOT

    def to_bytes(self) -> bytes:
        """`u64 size || hashes`, to be stored."""
        return self.size.to_bytes(8, "big") + b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CompactRange":
        """Read what `to_bytes` wrote; raises ProofError."""
        if len(data) < 8:
            raise ProofError("The stored edge of the tree was cut; rebuild it from the entries.")
        body = data[8:]
        hashes = [body[at : at + HASH_SIZE] for at in range(0, len(body), HASH_SIZE)]
        return cls(int.from_bytes(data[:8], "big"), hashes)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, largest first."""
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes: linear, for monitors and tests."""
    edge = CompactRange()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def _cover(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees (level, index) that make up leaves start <= i < end, left to right.

    `start` is a multiple of the largest power of two not above end - start, as in every RFC 6962 subtree.
    """
    while start < end:
        level = min((start & -start).bit_length() - 1 if start else 63, (end - start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def _subtree(start: int, end: int, read: Read) -> bytes:
    return _fold([read(level, index) for level, index in _cover(start, end)])


def tree_root(size: int, read: Read) -> bytes:
    """The root of the tree of `size` leaves, in O(log n) reads."""
    return _subtree(0, size, read) if size else EMPTY_ROOT


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962's k)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, read: Read) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up. Raises ProofError."""
    if not 0 <= index < size:
        raise ProofError(f"There is no entry {index} in a tree of {size}; ask for one that it holds.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [_subtree(*part, read) for part in reversed(path)]


def consistency_proof(old: int, new: int, read: Read) -> list[bytes]:
    """The proof that the tree of `new` leaves extends that of `old` (RFC 6962 section 2.1.2). Raises ProofError."""
    if not 0 <= old <= new:
        raise ProofError(f"A tree of {new} entries cannot extend one of {old}; ask for a larger one.")
    if old in (0, new):
        return []
    start, end, path, whole = 0, new, [], True
    while old - start < end - start:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, whole = middle, False
    proof = [] if whole else [_subtree(start, end, read)]
    return proof + [_subtree(*part, read) for part in reversed(path)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raises ProofError unless `leaf` stands at `index` in the tree of `size` (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofError(f"The proof places entry {index} in a tree of {size}, which cannot be; use an undamaged copy.")
    climb = _Climb(index, size - 1)
    result = leaf
    for part in proof:
        result = node_hash(part, result) if climb.from_left() else node_hash(result, part)
        climb.up()
    if not climb.at_root or result != root:
        raise ProofError(
            "The proof does not lead to the root that the log signed; it belongs to another entry or tree."
        )


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofError unless the tree of `new` under `new_root` extends that of `old` (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        raise ProofError("The newer tree is smaller than the older one: the log went back; keep both checkpoints.")
    if old in (0, new):
        _verify_without_path(old, old_root, new, new_root, proof)
        return
    parts = list(proof) if old & (old - 1) else [old_root, *proof]
    if not parts:
        raise ProofError("The proof that the log only grew is empty; ask for it again.")
    climb = _Climb(old - 1, new - 1)
    climb.skip_right_edge()
    old_result = new_result = parts[0]
    for part in parts[1:]:
        if climb.from_left():
            old_result, new_result = node_hash(part, old_result), node_hash(part, new_result)
        else:
            new_result = node_hash(new_result, part)
        climb.up()
    if not climb.at_root or (old_result, new_result) != (old_root, new_root):
        raise ProofError("The newer tree does not extend the older one: the log was rewritten; keep both checkpoints.")


def _verify_without_path(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    if proof:
        raise ProofError("The proof that the log only grew holds hashes where none belong; use an undamaged copy.")
    if old == 0 and old_root != EMPTY_ROOT:
        raise ProofError("The empty tree has one root only, and this is another; use an undamaged checkpoint.")
    if old == new and old_root != new_root:
        raise ProofError(
            "Two trees of one size have different roots: the log shows two records; keep both checkpoints."
        )


class _Climb:
    """A way from a leaf to the root: where it stands, and where the last node of that height stands."""

    def __init__(self, at: int, last: int) -> None:
        self.at = at
        self.last = last

    @property
    def at_root(self) -> bool:
        return self.last == 0

    def from_left(self) -> bool:
        """Whether the next sibling stands to the left; raises ProofError if the root is reached already."""
        if self.last == 0:
            raise ProofError("The proof is longer than its tree is high; use an undamaged copy.")
        left = bool(self.at & 1) or self.at == self.last
        while left and not self.at & 1 and self.at:
            self.at, self.last = self.at >> 1, self.last >> 1  # a last node without sibling moves up as it is
        return left

    def up(self) -> None:
        self.at, self.last = self.at >> 1, self.last >> 1

    def skip_right_edge(self) -> None:
        """Up to the largest complete subtree that ends the old tree: the proof starts with its hash."""
        while self.at & 1:
            self.up()
