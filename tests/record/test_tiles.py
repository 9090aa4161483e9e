# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles: written once, in an order that survives a power cut, and enough for every proof."""

import contextlib
import hashlib
from pathlib import Path

import pytest
from record_samples import KEYS, NOW, ORIGIN, entries, leaves, reading, signed

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.errors import TileError
from demur.record.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of
from demur.record.tiles import (
    PosixTiles,
    TileHashes,
    publish,
    read_bundle,
    read_checkpoint_size,
    tile_path,
    write_bundle,
    write_checkpoint,
)

MANY = 256 * 256 + 300
FEW = 700


def rows(data: list[bytes]):  # type: ignore[no-untyped-def]
    return lambda start, end: iter(data[start:end])


def published(directory: Path, *sizes: int) -> PosixTiles:
    """A store that grew through these sizes."""
    store, data, old = PosixTiles(directory), entries(max(sizes)), 0
    for size in sizes:
        publish(store, old_size=old, new_size=size, entries=rows(data))
        write_checkpoint(store, signed(size))
        old = size
    return store


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (3, 999, 1, "tile/3/999.p/1"),
        ("entries", 1000, 255, "tile/entries/x001/000.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(level: int | str, n: int, width: int, path: str) -> None:
    assert tile_path(level, n, width) == path


def test_a_tree_of_70000_has_the_tiles_of_the_specification(tmp_path: Path) -> None:
    store, data = PosixTiles(tmp_path), [hashlib.sha256(str(n).encode()).digest() for n in range(70_000)]
    publish(store, old_size=0, new_size=70_000, entries=rows(data))
    names = set(files(tmp_path))
    assert sum(name.startswith("tile/0/") for name in names) == 274
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= names
    assert "tile/entries/273.p/112" in names


def test_growing_by_steps_gives_the_proofs_of_the_tree_at_every_size(tmp_path: Path) -> None:
    sizes, hashes = [1, 5, 200, 255, 256, 257, 511, 513, FEW], leaves(FEW)
    store = published(tmp_path, *sizes)
    slow = reading(hashes)
    for size in sizes:
        read = TileHashes(store, size).read
        for index in {0, size // 3, size - 1}:
            assert inclusion_proof(index, size, read) == inclusion_proof(index, size, slow)
        for old in {1, size // 2, size}:
            assert consistency_proof(old, size, read) == consistency_proof(old, size, slow)


def test_levels_above_grow_by_steps_too(tmp_path: Path) -> None:
    data = [str(n).encode() for n in range(MANY)]
    store = PosixTiles(tmp_path / "steps")
    old = 0
    for size in (300, 65_535, 65_536, 65_800, MANY):
        publish(store, old_size=old, new_size=size, entries=rows(data))
        old = size
    whole = PosixTiles(tmp_path / "whole")
    publish(whole, old_size=0, new_size=MANY, entries=rows(data))
    assert files(tmp_path / "whole").items() <= files(tmp_path / "steps").items()


def test_publishing_again_changes_and_removes_nothing(tmp_path: Path) -> None:
    store = published(tmp_path, 300, FEW)
    before = files(tmp_path)
    for old in (0, 300, FEW):
        publish(store, old_size=old, new_size=FEW, entries=rows(entries(FEW)))
    write_checkpoint(store, (tmp_path / "checkpoint").read_text())
    assert files(tmp_path) == before


def test_lost_tiles_are_rebuilt_from_the_entries(tmp_path: Path) -> None:
    store = published(tmp_path, 300, FEW)
    before = files(tmp_path)
    for name in ("tile/0/001", "tile/1/000.p/2", "tile/entries/000"):
        (tmp_path / name).unlink()
    publish(PosixTiles(tmp_path), old_size=0, new_size=FEW, entries=rows(entries(FEW)))
    assert files(tmp_path).items() >= {k: v for k, v in before.items() if ".p/" not in k}.items()
    assert TileHashes(store, FEW).read(8, 1) == root_of(leaves(FEW)[256:512])


def test_altered_entries_stop_publishing(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    forged = [*entries(290), b"forged", *entries(FEW)[291:]]
    with pytest.raises(TileError, match="not those that were published"):
        publish(store, old_size=300, new_size=FEW, entries=rows(forged))
    with pytest.raises(TileError, match="would change"):
        publish(store, old_size=0, new_size=300, entries=rows([b"forged", *entries(300)[1:]]))


def test_missing_entries_stop_publishing(tmp_path: Path) -> None:
    with pytest.raises(TileError, match="not all there"):
        publish(PosixTiles(tmp_path), old_size=0, new_size=300, entries=rows(entries(299)))


def test_rows_that_went_back_stop_publishing(tmp_path: Path) -> None:
    with pytest.raises(TileError, match="restore the rows"):
        publish(published(tmp_path, 300), old_size=300, new_size=299, entries=rows(entries(299)))


def test_a_missing_tile_above_is_told_and_rebuilding_heals_it(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    (tmp_path / "tile/1/000.p/1").unlink()
    with pytest.raises(TileError, match="missing or cut"):
        publish(store, old_size=300, new_size=FEW, entries=rows(entries(FEW)))
    publish(store, old_size=0, new_size=FEW, entries=rows(entries(FEW)))
    write_checkpoint(store, signed(FEW))


def test_the_checkpoint_never_goes_back(tmp_path: Path) -> None:
    store = published(tmp_path, 300, FEW)
    write_checkpoint(store, signed(300))
    assert read_checkpoint_size(store) == FEW


def test_a_checkpoint_of_the_same_tree_may_gain_cosignatures(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    richer = signed(300, witnesses={"union": NOW + 9})
    write_checkpoint(store, richer)
    assert (tmp_path / "checkpoint").read_text() == richer


def test_a_second_root_for_a_size_is_never_published(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    fork = sign_checkpoint(Checkpoint(origin=ORIGIN, size=300, root=bytes(32)), KEYS, now=NOW)
    with pytest.raises(TileError, match="Another root"):
        write_checkpoint(store, fork)


def test_a_checkpoint_whose_tiles_are_not_there_is_not_published(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    with pytest.raises(TileError, match="missing or cut"):
        write_checkpoint(store, signed(301))
    publish(store, old_size=300, new_size=301, entries=rows(entries(301)))
    wrong = sign_checkpoint(Checkpoint(origin=ORIGIN, size=301, root=bytes(32)), KEYS, now=NOW)
    with pytest.raises(TileError, match="not those of the checkpoint"):
        write_checkpoint(store, wrong)
    assert read_checkpoint_size(store) == 300


def test_a_tree_that_was_overtaken_before_it_was_published_has_proofs(tmp_path: Path) -> None:
    store, hashes = published(tmp_path, 100, 290), leaves(290)
    for size in (150, 256, 270):
        proof = inclusion_proof(120, size, TileHashes(store, size).read)
        assert proof == inclusion_proof(120, size, reading(hashes))


def test_partial_tiles_may_be_dropped_once_full(tmp_path: Path) -> None:
    store = published(tmp_path, 100, FEW)
    (tmp_path / "tile/0/000.p/100").unlink()
    assert inclusion_proof(7, 100, TileHashes(store, 100).read) == inclusion_proof(7, 100, reading(leaves(100)))


def test_a_cut_tile_is_told(tmp_path: Path) -> None:
    published(tmp_path, 300)
    (tmp_path / "tile/0/000").write_bytes(b"short")
    with pytest.raises(TileError, match="tile/0/000 is missing or cut"):
        inclusion_proof(7, 300, TileHashes(PosixTiles(tmp_path), 300).read)


def test_a_subtree_that_the_tree_does_not_hold_whole_is_not_made_up(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    with pytest.raises(TileError, match="does not hold whole"):
        TileHashes(store, 300).read(1, 150)
    with pytest.raises(TileError, match="does not hold whole"):
        TileHashes(store, 299).read(1, 149)


def test_a_crash_before_the_checkpoint_leaves_the_old_record_whole(tmp_path: Path) -> None:
    store = published(tmp_path, 300)
    publish(store, old_size=300, new_size=FEW, entries=rows(entries(FEW)))
    again = PosixTiles(tmp_path)
    assert read_checkpoint_size(again) == 300
    assert inclusion_proof(9, 300, TileHashes(again, 300).read) == inclusion_proof(9, 300, reading(leaves(300)))
    publish(again, old_size=read_checkpoint_size(again), new_size=FEW, entries=rows(entries(FEW)))
    write_checkpoint(again, signed(FEW))
    assert read_checkpoint_size(again) == FEW


class PowerCutError(Exception):
    """The machine stops here."""


class Dying(PosixTiles):
    """A store that stops after some writes."""

    def __init__(self, directory: Path, writes: int) -> None:
        super().__init__(directory)
        self.left = writes

    def write(self, path: str, data: bytes) -> None:
        if self.left == 0:
            raise PowerCutError
        self.left -= 1
        super().write(path, data)


@pytest.mark.parametrize("writes", range(7))
def test_a_power_cut_at_any_write_loses_nothing(tmp_path: Path, writes: int) -> None:
    published(tmp_path, 300)
    dying = Dying(tmp_path, writes)
    with contextlib.suppress(PowerCutError):
        publish(dying, old_size=300, new_size=FEW, entries=rows(entries(FEW)))
        write_checkpoint(dying, signed(FEW))
    store = PosixTiles(tmp_path)
    size = read_checkpoint_size(store)
    assert size == (FEW if writes == 6 else 300)
    assert inclusion_proof(9, size, TileHashes(store, size).read) == inclusion_proof(9, size, reading(leaves(size)))
    publish(store, old_size=size, new_size=FEW, entries=rows(entries(FEW)))
    write_checkpoint(store, signed(FEW))
    assert read_checkpoint_size(store) == FEW


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    store = published(tmp_path, 5)
    (tmp_path / "checkpoint").write_bytes(b"\xff")
    with pytest.raises(TileError, match="cannot be read"):
        read_checkpoint_size(store)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "tile/../../x"])
def test_no_path_leads_out_of_the_record(tmp_path: Path, path: str) -> None:
    with pytest.raises(TileError, match="leads out"):
        PosixTiles(tmp_path).read(path)


def test_what_is_not_there_reads_as_nothing_until_it_is(tmp_path: Path) -> None:
    store = PosixTiles(tmp_path)
    assert (store.read("tile/0/000"), store.read("checkpoint"), store.read("tile")) == (None, None, None)
    store.write("tile/0/000", bytes(8192))
    assert store.read("tile/0/000") == bytes(8192)
    assert store.read("tile/0/000/x") is None


def test_files_are_the_servers_alone_and_nothing_is_left_aside(tmp_path: Path) -> None:
    published(tmp_path, 300)
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in files(tmp_path) if name != ".lock")
    assert not [name for name in files(tmp_path) if name.endswith(".new")]


def test_a_proof_reads_few_tiles(tmp_path: Path) -> None:
    paths: list[str] = []

    class Watched(PosixTiles):
        def read(self, path: str) -> bytes | None:
            paths.append(path)
            return super().read(path)

    data = [str(n).encode() for n in range(MANY)]
    store = Watched(tmp_path)
    publish(store, old_size=0, new_size=MANY, entries=rows(data))
    paths.clear()
    inclusion_proof(40_000, MANY, TileHashes(store, MANY).read)
    assert len(paths) <= 8


def test_bundles_hold_entries_of_any_length(tmp_path: Path) -> None:
    data = [b"", b"x", bytes(65_535)]
    assert read_bundle(write_bundle(data)) == data
    assert leaf_hash(b"") != leaf_hash(b"x")
    with pytest.raises(TileError):
        write_bundle([bytes(65_536)])


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\1xx", b"\0\2x"])
def test_a_cut_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(TileError, match="cut"):
        read_bundle(data)
