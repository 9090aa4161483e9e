# SPDX-License-Identifier: AGPL-3.0-or-later
"""Containers of one large file, sealed and opened as streams, in constant memory. Format: `spec/container.md`, the same bytes.

A manifest stands before the file and holds its hash, so sealing reads the file twice: once to hash, once to encrypt. Opening believes
nothing before it is proven: the manifest's signature before the first byte is written, hash and padding before the end.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from demur.seal import container
from demur.seal.age import files as age
from demur.seal.age.keys import Identity, Recipient
from demur.seal.container import DOMAIN, MAX_MANIFEST, Opened
from demur.seal.errors import Forged, FormatError
from demur.seal.padme import FLOOR, padded_length
from demur.seal.signing import SIGNATURE_SIZE, SigningKey, verify

Progress = Callable[[int], None]
_PIECE: Final = 1024 * 1024  # bytes that are hashed in one go
_AHEAD: Final = 4  # pieces that may wait for it


def _silent(_: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """A file on disk as it was when it was measured."""

    path: Path
    size: int
    modified: int

    @classmethod
    def measure(cls, path: Path) -> "LargeFile":
        """The file at `path` as it is now."""
        now = path.stat()
        return cls(path=path, size=now.st_size, modified=now.st_mtime_ns)

    @cached_property
    def sha256(self) -> str:
        """Hex. Read when it is first asked for, so that a file beyond the limits is refused before it is read."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, kw_only=True)
class SealedLarge:
    """A sealed file: its size and SHA-256 (hex)."""

    size: int
    sha256: str


def seal_large(
    file: LargeFile,
    target: BinaryIO,
    manifest: Mapping[str, Any],
    *,
    key: SigningKey,
    recipient: Recipient,
    random: Callable[[int], bytes],
    progress: Progress = _silent,
) -> SealedLarge:
    """Write the age file over the container of `file` to `target`; `manifest["files"]` has one row, with its name.

    `progress` is told how many bytes were read. Raises FormatError for a bad manifest, or if the file changed since it was measured.
    """
    [row] = manifest["files"]
    rows = [{"name": row["name"], "sha256": file.sha256, "size": file.size}]
    head = container.signed_head({**manifest, "files": rows}, key)
    padded = padded_length(len(head) + file.size)
    with file.path.open("rb") as plain:
        # Changed before or while it is read: what was hashed is not what would be sealed, and readers would call it forged.
        source = _Source(head, plain, file.size, padded, progress)
        with _Hashing(target) as out:
            age.encrypt_stream(source, out, [recipient], random=random)  # type: ignore[arg-type]
            sealed = SealedLarge(size=out.size, sha256=out.hexdigest())
        after = os.fstat(plain.fileno())
    if (after.st_size, after.st_mtime_ns) != (file.size, file.modified):
        raise FormatError(f"The file {file.path.name!r} changed while it was sealed; file it again once it is at rest.")
    return sealed


def open_large(
    source: BinaryIO, target: BinaryIO, identity: Identity, *, by: bytes, progress: Progress = _silent
) -> Opened:
    """Write the one file inside a sealed container to `target`; the answer's `files` hold its name only, with no bytes.

    Raises SealError; what stands in `target` is then not to be used.
    """
    opening = _Target(target, by, progress)
    age.decrypt_stream(source, opening, [identity])  # type: ignore[arg-type]
    return opening.finish()


class _Hashing:
    """A file that is hashed while it is written, by a thread beside: neither waits for the other where there are two cores."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="hash")
        self._gathered = bytearray()
        self._ahead: deque[Future[None]] = deque()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown(cancel_futures=True)

    def write(self, data: bytes) -> int:
        self.size += len(data)
        self._gathered += data
        if len(self._gathered) >= _PIECE:
            self._hand_over()
        return self._target.write(data)

    def hexdigest(self) -> str:
        """SHA-256 of all that was written."""
        self._hand_over()
        while self._ahead:
            self._ahead.popleft().result()
        return self._digest.hexdigest()

    def _hand_over(self) -> None:
        if len(self._ahead) == _AHEAD:
            self._ahead.popleft().result()
        self._ahead.append(self._beside.submit(self._digest.update, self._gathered))
        self._gathered = bytearray()


class _Source:
    """Head, file and zeros as one stream."""

    def __init__(self, head: bytes, file: BinaryIO, size: int, padded: int, progress: Progress) -> None:
        self._head = head
        self._file = file
        self._left = size
        self._zeros = padded - len(head) - size
        self._read = 0
        self._progress = progress

    def read(self, size: int) -> bytes:
        if self._head:
            data, self._head = self._head[:size], self._head[size:]
            return data
        if self._left:
            data = self._file.read(min(size, self._left))
            if not data:
                raise FormatError("The file became shorter while it was sealed; file it again once it is at rest.")
            self._left -= len(data)
            self._read += len(data)
            self._progress(self._read)
            return data
        data = bytes(min(size, self._zeros))
        self._zeros -= len(data)
        return data


@dataclass
class _Target:
    """Takes a container as it is decrypted, and lets only its file through."""

    target: BinaryIO
    by: bytes
    progress: Progress
    _head: bytes = b""
    _manifest: dict[str, Any] | None = None
    _manifest_bytes: bytes = b""
    _signature: bytes = b""
    _left: int = 0
    _size: int = 0
    _padding: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def write(self, data: bytes) -> int:
        taken = len(data)
        self._size += taken
        if self._manifest is None:
            self._head += data
            data = self._begin()
        piece, rest = data[: self._left], data[self._left :]
        if piece:
            self._digest.update(piece)
            self.target.write(piece)
            self._left -= len(piece)
            self.progress(len(piece))
        if rest.strip(b"\0"):
            raise FormatError("The padding of the sealed file is not plain; do not rely on it.")
        self._padding += len(rest)
        return taken

    def _begin(self) -> bytes:
        """Read the manifest once all of it is here; returns what follows it."""
        size = int.from_bytes(self._head[:8], "big")
        end = 8 + size + SIGNATURE_SIZE
        if len(self._head) >= 8 and not 0 < size <= MAX_MANIFEST:
            raise FormatError("What was sealed is not a container, or it was cut; ask for it again.")
        if len(self._head) < 8 or len(self._head) < end:
            return b""
        head, signature = self._head[8 : 8 + size], self._head[8 + size : end]
        manifest = container.read_manifest(head)
        if bytes.fromhex(manifest["by"]) != self.by:
            raise Forged("What was sealed was signed by another key than the one it should be; do not rely on it.")
        verify(self.by, DOMAIN, head, signature)
        if len(manifest["files"]) != 1:
            raise FormatError("A large sealed file must hold one file; the client that sealed it was not Demur.")
        self._manifest, self._manifest_bytes, self._signature = manifest, head, signature
        self._left = manifest["files"][0]["size"]
        rest, self._head = self._head[end:], b""
        return rest

    def finish(self) -> Opened:
        """What was opened; raises unless all of it was there and fits."""
        if self._manifest is None or self._left:
            raise FormatError("What was sealed is shorter than its manifest says; ask for it again.")
        [row] = self._manifest["files"]
        if self._digest.hexdigest() != row["sha256"]:
            raise Forged("A file inside does not fit its manifest; do not rely on it.")
        if self._size != padded_length(self._size - self._padding, FLOOR):
            raise FormatError("The padding of the sealed file is not plain; do not rely on it.")
        return Opened(
            manifest=self._manifest,
            manifest_bytes=self._manifest_bytes,
            signature=self._signature,
            files={row["name"]: b""},
        )
