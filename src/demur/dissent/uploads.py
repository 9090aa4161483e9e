# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large sealed files: taken in equal parts before the filing that names them, kept as files of their own.

An upload is named by the SHA-256 of the whole sealed file, which nobody can guess before it is filed, and which makes it
resumable: after a cut on either side the client asks how much is there and goes on. Nothing of an upload is believed before the
filing: then it is taken out of everybody's reach, hashed, flushed, and moved beside the rows. What is never filed is swept away.

    FILES/uploads/<sha256>      growing
    FILES/checked/<sha256>      whole, and no part can reach it any more; the filing that names it is under way
    FILES/sealed/<aa>/<sha256>  whole, named by a row of `SealedFile`

An attacker can fill the room with uploads that are never filed. Each costs at least a whole part, and work beyond half of the room; those
that began longest ago make way, so that a flood must be paid for again and again, and somebody else's upload finds room meanwhile.
"""

import fcntl
import hashlib
import math
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from demur.dissent.errors import BundleError, Busy, MissingPart

PART: Final = 1024 * 1024  # bytes of every part but the last
KEPT: Final = 24 * 3600  # seconds an unfinished upload is kept at most
IDLE: Final = 600  # seconds without a part after which an unfinished upload makes way for another when room is short
LONG: Final = (
    3600  # seconds after its first part from which one makes way although parts still come: a trickle holds no room
)
RESERVE: Final = 512 * 1024 * 1024  # bytes of the disk that uploads never touch: rows and record come first
_RECENT: Final = 1.0  # seconds for which a sum is believed: under a flood there are thousands of files to look at


@dataclass
class _Tally:
    """What unfinished uploads took when it was last looked at, and what came since."""

    used: int = 0
    at: float = -math.inf


@dataclass(frozen=True)
class _Unfinished:
    """An unfinished upload: its bytes, when its first part came and when its last (POSIX seconds)."""

    path: Path
    size: int
    began: float
    moved: float

    def stands(self, now: float) -> bool:
        """Whether it makes way when room is short."""
        return now - self.moved > IDLE or now - self.began > LONG


@dataclass(frozen=True)
class Uploads:
    """The uploads below one directory; `room` is how many bytes unfinished ones may take together."""

    directory: Path
    room: int
    _tally: _Tally = field(default_factory=_Tally, compare=False, repr=False)

    def have(self, sha256: str) -> int:
        """How many bytes of the upload are here: all of them once it is kept."""
        size = 0
        # In the order in which it moves, so that one that moves meanwhile is not missed.
        for path in (self._growing(sha256), self._checked(sha256), self.kept(sha256)):
            with suppress(FileNotFoundError):
                size = path.stat().st_size
        return size

    def take(self, sha256: str, n: int, data: bytes | memoryview, *, size: int, now: float) -> int:
        """Add part `n` (from 0) of a file of `size` bytes; returns how many bytes are here then. A part that is here already
        changes nothing. Raises BundleError for a part of a wrong length, MissingPart for one out of order, Busy without room.
        """
        if size <= PART:
            raise BundleError(
                f"An attachment of at most {PART} bytes when sealed travels with the filing, not in parts."
            )
        if len(data) != min(PART, size - n * PART) or not data:
            raise BundleError(f"Part {n} has {len(data)} bytes; every part but the last has {PART}.")
        if self.kept(sha256).exists() or self._checked(sha256).exists():
            return size
        with self._locked(sha256, new=n == 0, now=now) as file:
            here = _whole_parts(file, size)
            if here < n * PART:
                raise MissingPart(f"Part {here // PART} is missing before part {n}; go on from there.")
            if here > n * PART:
                return here
            self._make_room(len(data), sha256, now=now)
            _write_all(file, data)
            return here + len(data)

    def check_whole(self, sha256: str, size: int) -> None:
        """Raises MissingPart unless the whole file is here, BundleError unless it is what its name says; what is not is thrown away.

        From here on no part reaches it: what was hashed is what is kept.
        """
        if self.have(sha256) != size:
            raise MissingPart("An attachment has not arrived whole; send the parts that are missing, then file again.")
        checked, kept = self._checked(sha256), self.kept(sha256)
        while not kept.exists():
            try:
                if not checked.exists():
                    self._take_away(sha256, size)
                right = file_hash(checked) == sha256
                _sync(checked)
            except (MissingPart, FileNotFoundError):
                # Another request with the same filing may be a step ahead; each hashes for itself before it believes.
                if not checked.exists() and not kept.exists():
                    raise MissingPart("An attachment is no longer here; send it again, then file again.") from None
                continue
            if right:
                return
            checked.unlink(missing_ok=True)
            raise BundleError("An attachment was damaged on the way; send it again.")

    def keep(self, sha256: str) -> None:
        """Give a checked upload its place; idempotent. Called in the transaction of the row that names it: a crash between leaves a
        file without a row, which is swept away, and never a row without a file. Raises MissingPart for one that was swept meanwhile.
        """
        kept = self.kept(sha256)
        if kept.exists():
            return
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._checked(sha256).rename(kept)
        except FileNotFoundError:
            if kept.exists():
                return
            raise MissingPart("An attachment is no longer here; send it again, then file again.") from None
        self._tally.at = -math.inf
        for folder in (kept.parent, kept.parent.parent):
            _sync(folder)

    def kept(self, sha256: str) -> Path:
        """Where the file lies, or will."""
        return self.directory / "sealed" / sha256[:2] / sha256

    def used(self) -> int:
        """Bytes that unfinished uploads take, as of a second ago."""
        now = time.monotonic()
        if now - self._tally.at > _RECENT:
            self._tally.used, self._tally.at = sum(row.size for row in self._unfinished()), now
        return self._tally.used

    def free(self, *, now: float) -> int:
        """Bytes that a new upload may take: what stands still makes way for it."""
        return max(self.room - sum(row.size for row in self._unfinished() if not row.stands(now)), 0)

    def sweep(self, *, now: float, named: Callable[[str], bool]) -> int:
        """Remove uploads that nobody has filed for a day, and kept files that no row names (`named` asks); returns how many."""
        kept = [row for row in _rows((self.directory / "sealed").glob("*/*")) if not named(row.path.name)]
        growing = [row for row in self._unfinished() if now - row.began > KEPT]
        old = [*growing, *(row for row in kept if now - row.moved > KEPT)]
        for row in old:
            row.path.unlink(missing_ok=True)
        return len(old)

    def _growing(self, sha256: str) -> Path:
        return self.directory / "uploads" / sha256

    def _checked(self, sha256: str) -> Path:
        return self.directory / "checked" / sha256

    def _unfinished(self) -> list[_Unfinished]:
        """What is growing or under way, what began longest ago first."""
        folders = [folder for name in ("uploads", "checked") if (folder := self.directory / name).is_dir()]
        return sorted(_rows(path for folder in folders for path in folder.iterdir()), key=lambda row: row.began)

    def _take_away(self, sha256: str, size: int) -> None:
        with self._locked(sha256, new=False) as file:
            if os.fstat(file).st_size != size:
                raise MissingPart(
                    "An attachment has not arrived whole; send the parts that are missing, then file again."
                )
            checked = self._checked(sha256)
            checked.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._growing(sha256).rename(checked)

    @contextmanager
    def _locked(self, sha256: str, *, new: bool, now: float = 0) -> Iterator[int]:
        """The growing file, for one request at a time; made only if `new`. Raises MissingPart where there is none, or no longer."""
        path = self._growing(sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND | (os.O_CREAT if new else 0), 0o600)
        except FileNotFoundError:
            raise MissingPart("Part 0 is missing before this part; go on from there.") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not _is(path, file):
                raise MissingPart("The upload was taken away meanwhile; ask how much of it is here.")
            if os.fstat(file).st_size == 0:
                os.utime(file, (now, now))  # the time of access, which writing leaves alone, tells when it began
            yield file
        finally:
            if os.fstat(file).st_size == 0 and _is(path, file):
                path.unlink()  # what was refused leaves nothing to look at
            os.close(file)

    def _make_room(self, wanted: int, sha256: str, *, now: float) -> None:
        if self.used() + wanted > self.room:
            self._tally.at = -math.inf  # it matters now: look again
            missing = self.used() + wanted - self.room
            for row in self._unfinished():
                if missing > 0 and row.path.name != sha256 and row.stands(now):
                    missing -= row.size
                    row.path.unlink(missing_ok=True)
            self._tally.at = -math.inf
            if missing > 0:
                raise Busy(_NO_ROOM)
        if shutil.disk_usage(self.directory).free < RESERVE + wanted:
            raise Busy(_NO_ROOM)
        self._tally.used += wanted


_NO_ROOM: Final = "There is no room for attachments at this moment; a dissent without them can be filed at once."


def _rows(paths: Iterable[Path]) -> list[_Unfinished]:
    rows = []
    for path in paths:
        with suppress(FileNotFoundError):  # filed, or swept, while we looked
            found = path.stat()
            rows.append(_Unfinished(path, found.st_size, min(found.st_atime, found.st_mtime), found.st_mtime))
    return rows


def _is(path: Path, file: int) -> bool:
    """Whether the name still leads to the open file: it may have been moved or removed while we waited for the lock."""
    try:
        named, held = path.stat(), os.fstat(file)
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (held.st_dev, held.st_ino)


def _whole_parts(file: int, size: int) -> int:
    """Bytes that are here. Half a part, left by a machine that died while it wrote, is cut off: no later part would fit behind it."""
    here = os.fstat(file).st_size
    if here < size and here % PART:
        here -= here % PART
        os.ftruncate(file, here)
    return here


def _write_all(file: int, data: bytes | memoryview) -> None:
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
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
