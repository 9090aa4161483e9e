# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tiles (c2sp.org/tlog-tiles): the record as plain files that anybody can mirror. A projection of the rows.

Order of writing: every tile and bundle is written aside, synced, renamed, its directory synced; the checkpoint last. So
a checkpoint on disk never names a tree whose tiles are missing, whatever instant the power goes. A tile never changes:
a different one under the same path means that rows or disk were altered, and publishing stops.
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from demur.record.checkpoint import Checkpoint
from demur.record.errors import CheckpointError, NoteError, TileError
from demur.record.merkle import HASH_SIZE, leaf_hashes, level_above, tree_root
from demur.record.note import Note

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT  # hashes in a full tile, entries in a full bundle
CHECKPOINT: Final = "checkpoint"
FLOOR = "floor"  # is served to nobody
_FLOOR = re.compile(rb"(0|[1-9][0-9]{0,17})\n")
ACCEPTED: Final = "checkpoint.accepted"  # the newest that met the policy, while the newest does not: a witness is away
POLICIES: Final = (
    "policies"  # the changes of the trust policy in force, each with its proof: the tiles prove only the newest tree
)
ENTRIES: Final = "entries"
_CACHED: Final = 1024  # full tiles kept in memory by one store, 8 MiB at most


class TileStore(Protocol):
    """Where tiles lie, by path."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None."""

    def write(self, path: str, data: bytes) -> None:
        """Put bytes at `path`, durably, all or nothing. Raises TileError rather than change a tile."""

    def locked(self) -> AbstractContextManager[None]:
        """Hold the one writer's lock, against other threads and processes."""


def tile_path(level: int | str, n: int, width: int = WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`; `level` is 0 to 63 or "entries", `n` the tile's index, `width` 1 to 256."""
    groups = [f"{n % 1000:03d}"]
    while n >= 1000:
        n //= 1000
        groups.append(f"x{n % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{partial}"


def width_of(level: int, n: int, size: int) -> int:
    """How many hashes tile `n` of `level` holds in a tree of `size`: 256 if full, 0 or less if it is not there."""
    return min((size >> (HEIGHT * level)) - n * WIDTH, WIDTH)


class PosixTiles:
    """Tiles as files below one directory, which is made when first written to. Full tiles that were read are kept."""

    def __init__(self, directory: Path) -> None:
        """`directory` may be served as it is."""
        self.directory = directory
        self._checkpoint = str(directory / CHECKPOINT)
        self._last: tuple[tuple[int, int, int], bytes] | None = None  # the checkpoint's mark and bytes
        self._full = lru_cache(maxsize=_CACHED)(self._read_full)

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, or None. Raises TileError for a path that leads out of the directory."""
        if path == CHECKPOINT:
            return self._read_checkpoint()
        if path.startswith("/") or ".." in path.split("/"):
            raise TileError("A path of the record leads out of it; ask for a tile by its level and index.")
        if not path.startswith("tile/") or path.startswith(f"tile/{ENTRIES}/") or ".p/" in path:
            return self._read(path)
        try:
            return self._full(path)
        except FileNotFoundError:
            return None

    def _read_checkpoint(self) -> bytes | None:
        # Every answer names it. It is replaced by renaming, never written to: a file with the same mark has the same bytes.
        try:
            now = os.stat(self._checkpoint)  # noqa: PTH116 -- a path object made anew would cost more than the question
        except FileNotFoundError:
            return None
        mark = (now.st_ino, now.st_mtime_ns, now.st_size)
        kept = self._last
        if kept is None or kept[0] != mark:
            data = self._read(CHECKPOINT)
            if data is None:
                return None
            kept = self._last = (mark, data)
        return kept[1]

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def _read_full(self, path: str) -> bytes:
        data = self._read(path)
        if data is None:
            raise FileNotFoundError(path)  # errors are not cached
        return data

    def write(self, path: str, data: bytes) -> None:
        """Put bytes at `path`, durably, all or nothing. Raises TileError rather than change a tile."""
        kept = self._read(path)
        if kept == data:
            return
        if kept is not None and path not in {CHECKPOINT, ACCEPTED, POLICIES, FLOOR}:
            raise TileError(f"The tile {path} would change, which a log never does; compare the rows with a mirror.")
        target = self.directory / path
        _make_directory(target.parent)
        handle, aside = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".new")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o600)
            os.fsync(file.fileno())
        Path(aside).rename(target)
        _sync_directory(target.parent)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the one writer's lock, against other threads and processes."""
        _make_directory(self.directory)
        with (self.directory / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _make_directory(directory: Path) -> None:
    """Make a directory and its parents so that they survive a power cut."""
    if not directory.is_dir():
        _make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        _sync_directory(directory.parent)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_tile(store: TileStore, level: int, n: int, width: int) -> bytes | None:
    """The first `width` hashes of a tile, from the tile of that width or the full one; None if neither is whole.

    Logs may drop a partial tile once the full one is there, so a reader must be content with either.
    """
    for candidate in dict.fromkeys((width, WIDTH)):
        data = store.read(tile_path(level, n, candidate))
        if data is not None and len(data) == candidate * HASH_SIZE:
            return data[: width * HASH_SIZE]
    return None


_PATH: Final = re.compile(r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


def read_published(store: TileStore, path: str) -> bytes | None:
    """What a mirror or client may ask for by `path`: a tile or bundle of any tree up to the published one; None for anything else.

    Of a tree that was overtaken the partial tiles may be gone, after a restore or because full ones are there: they are cut from the
    larger, which starts with the same bytes.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    data = store.read(path)
    if data is not None or match[3] is None:
        return data
    level, n, width = match[1], int(match[2].replace("x", "").replace("/", "")), int(match[3])
    whole = width_of(0 if level == ENTRIES else int(level), n, read_checkpoint_size(store))
    larger = store.read(tile_path(level, n, whole)) if width < whole <= WIDTH else None
    if larger is None:
        return None
    return write_bundle(read_bundle(larger)[:width]) if level == ENTRIES else larger[: width * HASH_SIZE]


def subtree_hash(tile: bytes, start: int, count: int) -> bytes:
    """The hash over `count` (a power of two) hashes of a tile, from number `start`. Raises TileError if it holds fewer."""
    hashes = tile[start * HASH_SIZE : (start + count) * HASH_SIZE]
    if len(hashes) != count * HASH_SIZE:
        raise TileError("A subtree was asked for that the tree does not hold whole; ask within the tree's size.")
    while len(hashes) > HASH_SIZE:
        hashes = level_above(hashes)
    return hashes


class TileHashes:
    """Subtree hashes of a tree of `size`, read from tiles, for proofs: O(log n) tiles each, and each tile once."""

    def __init__(self, store: TileStore, size: int) -> None:
        """`size` is that of any tree up to the published one."""
        self._store = store
        self._size = size
        self._tile = lru_cache(maxsize=_CACHED)(self._load)

    def read(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves from leaf index * 2**level on. Raises TileError."""
        tile_level, inner = divmod(level, HEIGHT)
        n, offset = divmod(index << inner, WIDTH)
        return subtree_hash(self._tile(tile_level, n), offset, 1 << inner)

    def _load(self, level: int, n: int) -> bytes:
        width = width_of(level, n, self._size)
        data = read_tile(self._store, level, n, width) if width > 0 else None
        if data is None and width > 0:
            # A tree that was signed and overtaken before it was published has no partial tiles of its own.
            data = self._from_published(level, n, width)
        if data is None:
            raise TileError(
                f"The tile {tile_path(level, n, max(width, 1))} is missing or cut; a server makes them anew once `record/` is moved away."
            )
        return data

    def _from_published(self, level: int, n: int, width: int) -> bytes | None:
        later = width_of(level, n, read_checkpoint_size(self._store))
        data = read_tile(self._store, level, n, later) if later > width else None
        return data[: width * HASH_SIZE] if data is not None else None


Entries = Callable[[int, int], Iterable[bytes]]


def publish(store: TileStore, *, old_size: int, new_size: int, entries: Entries) -> None:
    """Write the bundles and tiles of a tree that grew from `old_size` to `new_size`. Idempotent; removes nothing.

    `entries(start, end)` gives the data of entries start <= index < end, in order; it is asked once, from the start of
    the bundle that holds `old_size`. Cost: O(new entries + 256 a level). Raises TileError if entries or tiles are
    missing or were altered; `old_size=0` rebuilds everything that is missing.
    """
    if not 0 <= old_size <= new_size:
        raise TileError(f"The record holds {old_size} entries on disk and {new_size} in rows; restore the rows.")
    roots = _publish_entries(store, old_size, new_size, entries)
    level, old = 1, old_size >> HEIGHT
    while roots:
        roots = _publish_level(store, level, old, roots)
        level, old = level + 1, old >> HEIGHT


def _publish_entries(
    store: TileStore, old: int, new: int, entries: Callable[[int, int], Iterable[bytes]]
) -> list[bytes]:
    """Write bundles and level 0; returns the hashes of the tiles that are full now."""
    first = old // WIDTH
    rows, roots = iter(entries(first * WIDTH, new) if new > old else ()), []
    for n in range(first, (new + WIDTH - 1) // WIDTH if new > old else first):
        width = width_of(0, n, new)
        data = list(islice(rows, width))
        leaves = _leaves(data, n, width)
        kept = store.read(tile_path(0, n, old % WIDTH)) if n == first and old % WIDTH else b""
        if kept and not leaves.startswith(kept):
            raise TileError(
                f"Entries from {n * WIDTH} on are not those that were published; compare them with a mirror."
            )
        store.write(tile_path(ENTRIES, n, width), write_bundle(data))
        store.write(tile_path(0, n, width), leaves)
        if width == WIDTH:
            roots.append(subtree_hash(leaves, 0, WIDTH))
    return roots


def _leaves(data: Sequence[bytes], n: int, width: int) -> bytes:
    if len(data) != width:
        raise TileError(f"Entries from {n * WIDTH} on are not all there; restore the rows from a backup.")
    return leaf_hashes(data)


def _publish_level(store: TileStore, level: int, old: int, added: list[bytes]) -> list[bytes]:
    """Write the tiles of `level`, which held `old` hashes; returns the hashes of the tiles that are full now."""
    n, width = divmod(old, WIDTH)
    kept = read_tile(store, level, n, width) if width else b""
    if kept is None:
        raise TileError(
            f"The tile {tile_path(level, n, width)} is missing or cut; a server makes them anew once `record/` is moved away."
        )
    hashes, roots = kept + b"".join(added), []
    for at in range(0, len(hashes), WIDTH * HASH_SIZE):
        tile = hashes[at : at + WIDTH * HASH_SIZE]
        store.write(tile_path(level, n, len(tile) // HASH_SIZE), tile)
        if len(tile) == WIDTH * HASH_SIZE:
            roots.append(subtree_hash(tile, 0, WIDTH))
        n += 1
    return roots


def read_checkpoint_size(store: TileStore) -> int:
    """The size of the published checkpoint, 0 before the first. Raises TileError if it cannot be read."""
    published = _read_checkpoint(store)
    return published.size if published else 0


def read_floor(store: TileStore) -> int:
    """Up to how many entries a restore knew the record to have been signed, where it could not take back all; else 0. Raises TileError if
    it cannot be read.
    """
    kept = store.read(FLOOR)
    if kept is not None and not _FLOOR.fullmatch(kept):
        raise TileError(
            "The file record/floor is damaged: it holds one number; run `demur restore` with a backup and a mirror."
        )
    return int(kept or 0)


def write_floor(store: TileStore, size: int) -> None:
    """Keep, beside the tiles, that `size` entries were signed once: rows that somebody sets back by hand forget it."""
    store.write(FLOOR, b"%d\n" % size)


def _read_checkpoint(store: TileStore) -> Checkpoint | None:
    data = store.read(CHECKPOINT)
    return None if data is None else _parsed(data)


# Every answer states the size of the record, and the same file is read a thousand times before it changes.
@lru_cache(maxsize=4)
def _parsed(data: bytes) -> Checkpoint:
    try:
        return Checkpoint.parse(Note.parse(data.decode()).text)
    except (NoteError, CheckpointError, UnicodeDecodeError):
        raise TileError("The published checkpoint cannot be read; move it away and publish again.") from None


def write_checkpoint(store: TileStore, note_text: str) -> None:
    """Publish a signed checkpoint, after its tiles. A smaller one than the published changes nothing.

    One of the same size replaces it, for it may carry more cosignatures. Raises TileError if its root is not that of
    the tiles, or is another than was published for that size: both would show two records to two people.
    """
    checkpoint = Checkpoint.parse(Note.parse(note_text).text)
    with store.locked():
        published = _read_checkpoint(store)
        if published is not None and published.size > checkpoint.size:
            return
        if published is not None and published.size == checkpoint.size and published != checkpoint:
            raise TileError(
                f"Another root was published for {checkpoint.size} entries; do not sign again, call for help."
            )
        if tree_root(checkpoint.size, TileHashes(store, checkpoint.size).read) != checkpoint.root:
            raise TileError(
                "The tiles on disk are not those of the checkpoint; start the server again, which makes them from the rows."
            )
        store.write(CHECKPOINT, note_text.encode())


def write_bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as a bundle, each `u16 length || data`. Raises TileError for one beyond 65,535 bytes."""
    rows = list(entries)
    try:
        lengths = {size: size.to_bytes(2, "big") for size in set(map(len, rows))}
        if len(lengths) == 1:  # as nearly always: an entry of a case has 46 bytes
            (length,) = lengths.values()
            return length + length.join(rows)
        return b"".join([lengths[len(entry)] + entry for entry in rows])
    except OverflowError:
        raise TileError(
            "An entry is longer than the 65,535 bytes that a bundle holds each; name large parts by hash."
        ) from None


def read_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; raises TileError unless it is whole."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or at + 2 > len(data):
            raise TileError("A bundle of entries was cut; fetch it again.")
        entries.append(data[at + 2 : end])
        at = end
    return entries
