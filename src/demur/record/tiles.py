# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles (c2sp.org/tlog-tiles): the record as plain files that anybody can mirror. A projection of the rows; can be rebuilt.

Order of writing: every tile and bundle is written aside, synced, renamed, its directory synced; the checkpoint last. So a
checkpoint on disk never names a tree whose tiles are missing, whatever instant the power goes.
"""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from demur.record.checkpoint import Checkpoint
from demur.record.errors import RecordError, TileError
from demur.record.merkle import HASH_SIZE, leaf_hash, node_hash
from demur.record.note import Note

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT  # hashes in a full tile, entries in a full bundle
CHECKPOINT: Final = "checkpoint"
_CACHED: Final = 4096  # full tiles kept in memory by one reader, 32 MiB at most


class TileStore(Protocol):
    """Where tiles lie, by path."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None."""

    def write(self, path: str, data: bytes) -> None:
        """Put bytes at `path`, durably, all or nothing."""


def tile_path(level: int | str, n: int, width: int = WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`; level may be "entries"."""
    groups = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        groups.append(f"x{n % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


class PosixTiles:
    """Tiles as files below one directory."""

    def __init__(self, directory: Path) -> None:
        """The directory is made when first written to."""
        self.directory = directory

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None."""
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def write(self, path: str, data: bytes) -> None:
        """Put bytes at `path`, durably, all or nothing."""
        target = self.directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f"{target.name}.{os.getpid()}.new")
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(target)
        _sync_directory(target.parent)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the one writer's lock, against other threads and processes."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_checkpoint_size(store: TileStore) -> int:
    """The size of the published checkpoint, 0 before the first. Raises TileError if it cannot be read."""
    data = store.read(CHECKPOINT)
    if data is None:
        return 0
    try:
        return Checkpoint.parse(Note.parse(data.decode()).text).size
    except (RecordError, UnicodeDecodeError):
        raise TileError("The published checkpoint is damaged; remove the record directory and start the server, which rebuilds it.") from None


def write_checkpoint(store: TileStore, note_text: str) -> None:
    """Publish a checkpoint; one that is not larger than the published one is left out: the log never goes back."""
    if Checkpoint.parse(Note.parse(note_text).text).size > read_checkpoint_size(store):
        store.write(CHECKPOINT, note_text.encode())


def publish(store: TileStore, *, old_size: int, new_size: int, entries: Callable[[int, int], Iterable[bytes]]) -> None:
    """Write the bundles and tiles of a tree that grew from `old_size` to `new_size`. Idempotent; removes nothing.

    `entries(start, end)` gives entry data by place. Raises TileError if a tile below is missing.
    """
    first, width = old_size // WIDTH * WIDTH, WIDTH
    while first < new_size:
        end = min(first + width, new_size)
        data = list(entries(first, end))
        if len(data) != end - first:
            raise TileError(f"Entries {first} to {end} are not all there; restore the database from a backup.")
        bundle = b"".join(len(entry).to_bytes(2, "big") + entry for entry in data)
        store.write(tile_path("entries", first // WIDTH, end - first), bundle)
        store.write(tile_path(0, first // WIDTH, end - first), b"".join(leaf_hash(entry) for entry in data))
        first = end
    _publish_above(store, old_size=old_size, new_size=new_size)


def _publish_above(store: TileStore, *, old_size: int, new_size: int) -> None:
    level, old, new = 1, old_size >> HEIGHT, new_size >> HEIGHT
    while new:
        for n in range(old // WIDTH, (new + WIDTH - 1) // WIDTH):
            end = min((n + 1) * WIDTH, new)
            below = (_tile(store, level - 1, child) for child in range(n * WIDTH, end))
            store.write(tile_path(level, n, end - n * WIDTH), b"".join(_root(tile, WIDTH) for tile in below))
        level, old, new = level + 1, old >> HEIGHT, new >> HEIGHT


def _tile(store: TileStore, level: int, n: int, width: int = WIDTH) -> bytes:
    data = store.read(tile_path(level, n, width))
    if data is None or len(data) != width * HASH_SIZE:
        raise TileError(f"The tile {tile_path(level, n, width)} is missing or was cut; start the server, which rebuilds it.")
    return data


def _root(tile: bytes, width: int) -> bytes:
    """The hash of the complete subtree over the first `width` (a power of two) hashes of a tile."""
    hashes = [tile[at : at + HASH_SIZE] for at in range(0, width * HASH_SIZE, HASH_SIZE)]
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


class TileHashes:
    """Reads subtree hashes from tiles of a tree of `size`, for proofs. A proof reads O(log n) tiles."""

    def __init__(self, store: TileStore, size: int) -> None:
        """`size` is that of a published tree, so that its tiles are all there."""
        self._store = store
        self._size = size
        self._cached = lru_cache(maxsize=_CACHED)(self._load)

    def read(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves at `index`. Raises TileError."""
        tile_level, inner = divmod(level, HEIGHT)
        start = index << inner  # in hashes of the tile's level
        n, offset = divmod(start, WIDTH)
        tile = self._cached(tile_level, n)
        return _root(tile[offset * HASH_SIZE :], 1 << inner)

    def _load(self, level: int, n: int) -> bytes:
        count = min((self._size >> (HEIGHT * level)) - n * WIDTH, WIDTH)
        full = self._store.read(tile_path(level, n))
        if full is not None and len(full) == WIDTH * HASH_SIZE:
            return full
        return _tile(self._store, level, n, count)


def read_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle, each `u16 length || data`; raises TileError."""
    entries, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    if at != len(data):
        raise TileError("A bundle of entries was cut; fetch it again.")
    return entries
