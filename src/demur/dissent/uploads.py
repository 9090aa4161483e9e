# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large sealed files: taken in equal parts before the filing that names them, kept as files of their own.

An upload is named by the SHA-256 of the whole sealed file, which nobody can guess before it is filed, and which makes it
resumable: after a cut on either side the client asks how much is there and goes on. Nothing of an upload is believed before the
filing: then the whole is hashed, flushed, and moved beside the rows. What is never filed is swept away.

    FILES/uploads/<sha256>      growing
    FILES/sealed/<aa>/<sha256>  whole, named by a row of `SealedFile`
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demur.dissent.errors import BundleError, Busy, MissingPart

PART: Final = 1024 * 1024  # bytes of every part but the last
KEPT: Final = 24 * 3600  # seconds an unfinished upload is kept at most
IDLE: Final = 600  # seconds after which an unfinished upload makes way for another when room is short
RESERVE: Final = 512 * 1024 * 1024  # bytes of the disk that uploads never touch: rows and record come first
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class Uploads:
    """The uploads below one directory; `room` is how many bytes unfinished ones may take together."""

    directory: Path
    room: int

    def have(self, sha256: str) -> int:
        """How many bytes of the upload are here: all of them once it is kept."""
        for path in (self.kept(sha256), self._growing(sha256)):
            try:
                return path.stat().st_size
            except FileNotFoundError:
                continue
        return 0

    def take(self, sha256: str, n: int, data: bytes, *, size: int, now: float) -> int:
        """Add part `n` (from 0) of a file of `size` bytes; returns how many bytes are here then. A part that is here already
        changes nothing. Raises BundleError for a part of a wrong length, MissingPart for one out of order, Busy without room.
        """
        if len(data) != min(PART, size - n * PART) or not data:
            raise BundleError(f"Part {n} has {len(data)} bytes; every part but the last has {PART}.")
        if self.kept(sha256).exists():
            return size
        with self._locked(sha256) as file:
            here = _whole_parts(file, size)
            if here < n * PART:
                raise MissingPart(f"Part {here // PART} is missing before part {n}; go on from there.")
            if here > n * PART:
                return here
            self._make_room(len(data), sha256, now=now)
            _write_all(file, data)
            return here + len(data)

    def check_whole(self, sha256: str, size: int) -> None:
        """Raises BundleError unless the whole file is here and is what its name says; what is not is thrown away."""
        path = self.kept(sha256)
        if path.exists():
            return
        growing = self._growing(sha256)
        if self.have(sha256) != size:
            raise MissingPart("An attachment has not arrived whole; send the parts that are missing, then file again.")
        if file_hash(growing) != sha256:
            growing.unlink(missing_ok=True)
            raise BundleError("An attachment was damaged on the way; send it again.")
        with growing.open("rb") as file:
            os.fsync(file.fileno())

    def keep(self, sha256: str) -> None:
        """Give a checked upload its place; idempotent. Called in the transaction of the row that names it: a crash between leaves a
        file without a row, which is swept away, and never a row without a file.
        """
        growing, kept = self._growing(sha256), self.kept(sha256)
        if kept.exists():
            return
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        growing.rename(kept)
        for folder in (kept.parent, kept.parent.parent):
            _sync(folder)

    def kept(self, sha256: str) -> Path:
        """Where the file lies, or will."""
        return self.directory / "sealed" / sha256[:2] / sha256

    def used(self) -> int:
        """Bytes that unfinished uploads take."""
        return sum(path.stat().st_size for path in self._unfinished())

    def free(self, *, now: float) -> int:
        """Bytes that a new upload may take: what stands still makes way for it."""
        moving = [path.stat() for path in self._unfinished()]
        return max(self.room - sum(row.st_size for row in moving if now - row.st_mtime <= IDLE), 0)

    def sweep(self, *, now: float, named: Callable[[str], bool]) -> int:
        """Remove uploads that nobody has filed for a day, and kept files that no row names (`named` asks); returns how many."""
        kept = [path for path in (self.directory / "sealed").glob("*/*") if not named(path.name)]
        old = [path for path in [*self._unfinished(), *kept] if now - path.stat().st_mtime > KEPT]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _growing(self, sha256: str) -> Path:
        return self.directory / "uploads" / sha256

    def _unfinished(self) -> list[Path]:
        folder = self.directory / "uploads"
        return sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []

    @contextmanager
    def _locked(self, sha256: str) -> Iterator[int]:
        path = self._growing(sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _make_room(self, wanted: int, sha256: str, *, now: float) -> None:
        missing = self.used() + wanted - self.room
        for path in self._unfinished():
            if missing <= 0:
                break
            # Whoever still sends keeps what they have; what stands still makes way, so that a flood that stops is soon forgotten.
            if path.name != sha256 and now - path.stat().st_mtime > IDLE:
                missing -= path.stat().st_size
                path.unlink(missing_ok=True)
        if missing > 0 or shutil.disk_usage(self.directory).free < RESERVE + wanted:
            raise Busy("There is no room for attachments at this moment; a dissent without them can be filed at once.")


def _whole_parts(file: int, size: int) -> int:
    """Bytes that are here. Half a part, left by a machine that died while it wrote, is cut off: no later part would fit behind it."""
    here = os.fstat(file).st_size
    if here < size and here % PART:
        here -= here % PART
        os.ftruncate(file, here)
    return here


def _write_all(file: int, data: bytes) -> None:
    # All or nothing: a part that was cut by a full disk would put every later part in the wrong place.
    start = os.fstat(file).st_size
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(file, view) :]
    except OSError:
        os.ftruncate(file, start)
        raise Busy("The disk has no room for this part; try again later, or file without the attachment.") from None


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
