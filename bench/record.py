# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record: appending beside the hashing it cannot do without, and what a proof costs as the tree grows.

The log hashes every entry twice over: as a tick places it (leaf hash, right edge), and again from the rows as its tiles are written, so
that a row altered in between stops the publication. Each of the two is an append on its own, stands beside the floor on its own, and has
the goal; both one after the other are shown too. Disk and rows are left out of them: the table has the tiles as files, durably.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Final

from bench.frame import Plan, Row, bounded, compared, seconds, taking_turns
from demur.record.entry import case_entry
from demur.record.merkle import CompactRange, consistency_proof, inclusion_proof, leaf_hash, tree_root
from demur.record.tiles import PosixTiles, TileHashes, publish

APPENDED: Final = 50_000  # entries a round
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
ADDED: Final = 64  # entries of a busy tick
ASKED: Final = 64  # proofs a round
LEAST: Final = 0.6
PROOF: Final = 1.0  # milliseconds, warm, at the largest tree


class _Memory:
    """Tiles in memory."""

    def __init__(self) -> None:
        self._tiles: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self._tiles.get(path)

    def write(self, path: str, data: bytes) -> None:
        self._tiles[path] = data

    def locked(self) -> AbstractContextManager[None]:
        return nullcontext()


def measure(plan: Plan) -> list[Row]:
    """Appending, then a table of sizes."""
    rows = _appending(2_000 if plan.quick else APPENDED, plan.rounds)
    for size in SIZES[:1] if plan.quick else SIZES:
        rows += _at(size, plan.rounds)
    return rows


def _appending(count: int, rounds: int) -> list[Row]:
    entries = [case_entry(hashlib.sha256(str(n).encode()).digest()) for n in range(count)]

    def rate(work: Callable[[Sequence[bytes]], None]) -> Callable[[], float]:
        return lambda: count / seconds(lambda: work(entries))

    turns = taking_turns(
        rounds, floor=rate(_floor), placed=rate(_place), published=rate(_publish), both=rate(_place_and_publish)
    )
    beside = partial(compared, unit="/s", floor=turns["floor"], floor_name="two SHA-256 an entry")
    return [
        beside("append: leaf hash, right edge, root", ours=turns["placed"], least=LEAST),
        beside("append: bundles, tiles of every level", ours=turns["published"], least=LEAST),
        beside("both, as the log does: hashed twice", ours=turns["both"]),
    ]


def _floor(entries: Sequence[bytes]) -> None:
    """What no log can do without: one hash for each entry, and one for each node above them."""
    sha256, node = hashlib.sha256, b"\1" + bytes(64)
    for entry in entries:
        sha256(b"\0" + entry).digest()
        sha256(node).digest()


def _place(entries: Sequence[bytes]) -> None:
    edge = CompactRange()
    for entry in entries:
        edge.append(leaf_hash(entry))
    edge.root()


def _publish(entries: Sequence[bytes]) -> None:
    publish(_Memory(), old_size=0, new_size=len(entries), entries=lambda start, end: entries[start:end])


def _place_and_publish(entries: Sequence[bytes]) -> None:
    _place(entries)
    _publish(entries)


def _numbered(start: int, end: int) -> Iterator[bytes]:
    return (case_entry(n.to_bytes(32, "big")) for n in range(start, end))


def _at(size: int, rounds: int) -> list[Row]:
    """What one more entry, a root and the proofs cost in a tree of `size`, with its tiles on disk."""
    with tempfile.TemporaryDirectory() as folder:
        store = PosixTiles(Path(folder))
        whole = seconds(lambda: publish(store, old_size=0, new_size=size, entries=_numbered))
        included, extended = _proofs(store, size, rounds), _extensions(store, size, rounds)
        roots = [1000 * seconds(lambda: tree_root(size, TileHashes(store, size).read)) for _ in range(rounds)]
        grown = [_grown(store, size + n * ADDED) for n in range(rounds)]
    label = f"{size:>9,} entries: "
    return [
        bounded(f"{label}place one more", "us", [_placed(size) for _ in range(rounds)]),
        bounded(f"{label}publish all, per entry", "us", [1e6 * whole / size]),
        bounded(f"{label}publish {ADDED} more, per entry", "us", grown),
        bounded(f"{label}root from tiles", "ms", roots),
        bounded(f"{label}inclusion proof", "ms", included, most=PROOF if size == SIZES[-1] else None),
        bounded(f"{label}consistency proof", "ms", extended),
    ]


def _placed(size: int) -> float:
    """Microseconds to put one more leaf on the right edge of a tree of `size`, the mean over the next thousand."""
    leaf = leaf_hash(b"")
    edge = CompactRange(size, [leaf] * size.bit_count())

    def more() -> None:
        for _ in range(1000):
            edge.append(leaf)

    return 1000 * seconds(more)


def _grown(store: PosixTiles, size: int) -> float:
    """Microseconds an entry to publish a tick's worth."""
    return 1e6 * seconds(lambda: publish(store, old_size=size, new_size=size + ADDED, entries=_numbered)) / ADDED


def _proofs(store: PosixTiles, size: int, rounds: int) -> list[float]:
    """Milliseconds an inclusion proof, warm: each asked once before, as by an answer of its own."""
    places = [(n * 7919) % size for n in range(ASKED)]

    def ask() -> None:
        for place in places:
            inclusion_proof(place, size, TileHashes(store, size).read)

    ask()
    return [1000 * seconds(ask) / ASKED for _ in range(rounds)]


def _extensions(store: PosixTiles, size: int, rounds: int) -> list[float]:
    """Milliseconds a consistency proof, warm: from sizes all over the tree."""
    olds = [1 + (n * 7919) % (size - 1) for n in range(ASKED)]

    def ask() -> None:
        for old in olds:
            consistency_proof(old, size, TileHashes(store, size).read)

    ask()
    return [1000 * seconds(ask) / ASKED for _ in range(rounds)]
