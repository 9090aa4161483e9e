# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record: appending beside the hashing it cannot do without, and what a proof costs as the tree grows."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.frame import Plan, Row, bounded, compared, seconds, taking_turns
from demur.record.entry import case_entry
from demur.record.merkle import CompactRange, consistency_proof, inclusion_proof, leaf_hash
from demur.record.tiles import PosixTiles, TileHashes, publish

APPENDED = 50_000
PROOF = 1.0  # milliseconds, warm, at the largest tree


def measure(plan: Plan) -> list[Row]:
    """Append, then a table of sizes."""
    count = 2_000 if plan.quick else APPENDED
    entries = [case_entry(hashlib.sha256(str(n).encode()).digest()) for n in range(count)]
    turns = taking_turns(
        plan.rounds,
        floor=lambda: count / seconds(lambda: _floor(entries)),
        ours=lambda: count / seconds(lambda: _append(entries)),
    )
    rows = [
        compared(
            "append: leaf hash, right edge, root at the end",
            "/s",
            turns["ours"],
            turns["floor"],
            floor_name="two SHA-256 an entry",
            least=0.6,
        )
    ]
    sizes = (1_000,) if plan.quick else (1_000, 10_000, 100_000, 1_000_000)
    for size in sizes:
        rows += _at(size, plan)
    return rows


def _floor(entries: list[bytes]) -> None:
    """What no log can do without: one hash for each entry, and one for each node above them."""
    sha256, node = hashlib.sha256, b"\1" + bytes(64)
    for entry in entries:
        sha256(b"\0" + entry).digest()
        sha256(node).digest()


def _append(entries: list[bytes]) -> None:
    edge = CompactRange()
    for entry in entries:
        edge.append(leaf_hash(entry))
    edge.root()


def _at(size: int, plan: Plan) -> list[Row]:
    """The cost of tiles and proofs in a tree of `size`."""

    def entries(start: int, end: int) -> Iterator[bytes]:
        return (case_entry(n.to_bytes(32, "big")) for n in range(start, end))

    with tempfile.TemporaryDirectory() as folder:
        store = PosixTiles(Path(folder))
        whole = seconds(lambda: publish(store, old_size=0, new_size=size, entries=entries))
        grown = [
            seconds(
                lambda at=at: publish(store, old_size=size + at * 64, new_size=size + at * 64 + 64, entries=entries)
            )
            for at in range(plan.rounds)
        ]
        hashes = TileHashes(store, size)
        places = [(n * 7919) % size for n in range(64)]
        for place in places:
            inclusion_proof(place, size, hashes.read)
        proofs = [
            1000 * seconds(lambda: [inclusion_proof(n, size, hashes.read) for n in places]) / 64
            for _ in range(plan.rounds)
        ]
        halves = [
            1000 * seconds(lambda: consistency_proof(size // 2 + 1, size, hashes.read)) for _ in range(plan.rounds)
        ]
    label = f"{size:>9,} entries"
    largest = size == 1_000_000
    return [
        bounded(f"{label}: publish all, per entry", "us", [1e6 * whole / size]),
        bounded(f"{label}: publish 64 more", "ms", [1000 * value for value in grown]),
        bounded(f"{label}: inclusion proof, warm", "ms", proofs, most=PROOF if largest else None),
        bounded(f"{label}: consistency proof, warm", "ms", halves),
    ]
