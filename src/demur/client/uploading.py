# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending large sealed files in parts before the filing that names them. Format: `spec/filing.md`, "Uploads".

What is sent is ciphertext that lies on the author's disk until the filing is answered: a cut on either side, a machine that was shut,
a server that was restarted, and the same command goes on where it stopped.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from demur.client.errors import BadAnswer, BadKeyFile, ServerRefused
from demur.client.http import Server
from demur.client.working import working

MAX_PART: Final = 64 * 1024 * 1024  # bytes of a part that are held in memory
_NOT_NEXT: Final = 409  # the server has more than we thought, or less
_SETBACKS: Final = 3  # a server may lose what it had; one that loses it again and again is left


@dataclass(frozen=True, kw_only=True)
class SealedUpload:
    """A sealed file on the author's disk: where, how large, and its SHA-256 (hex)."""

    path: Path
    size: int
    sha256: str

    @property
    def row(self) -> dict[str, Any]:
        """How it stands in R.filing: the file's name, never where the author keeps it."""
        return {"file": self.path.name, "sha256": self.sha256, "size": self.size}

    @classmethod
    def from_row(cls, row: Mapping[str, Any], folder: Path) -> "SealedUpload":
        """Read it back. Raises BadKeyFile if the file is not there whole."""
        name = row["file"]
        if not isinstance(name, str) or "/" in name or "\\" in name:
            raise BadKeyFile("The .filing file is damaged; remove it and file again.")
        path = folder / name
        if not path.is_file() or path.stat().st_size != row["size"]:
            raise BadKeyFile(f"The sealed attachment {path} is missing or cut; remove the .filing file and file again.")
        return cls(path=path, size=row["size"], sha256=row["sha256"])


def part_size(server: Server) -> int:
    """How many bytes each part has that this server takes. Raises BadAnswer."""
    part = server.get_json("/api/v1/limits").get("part_bytes")
    if type(part) is not int or not 0 < part <= MAX_PART:
        raise BadAnswer("The server takes no attachments in parts that this version can send; use a newer Demur.")
    return part


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def upload(
    server: Server,
    file: SealedUpload,
    *,
    origin: str,
    part: int,
    progress: Callable[[int], None] = lambda _: None,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Send what the server does not have yet, in parts of `part` bytes; `progress` is told how many bytes are there.

    Raises ServerRefused, Unreachable, BadAnswer; calling it again goes on.
    """
    with file.path.open("rb") as source, server.together():
        have, setbacks = _have(server.get_json(f"/api/v1/uploads/{file.sha256}"), file), 0
        while have < file.size:
            progress(have)
            n = have // part
            source.seek(n * part)
            before, have = have, _send(server, file, n, source.read(part), origin=origin, tell=tell)
            setbacks += have <= before
            if setbacks > _SETBACKS:
                raise BadAnswer("The server did not keep a part of an attachment; try again later.")
    progress(have)


def _send(server: Server, file: SealedUpload, n: int, data: bytes, *, origin: str, tell: Callable[[int], None]) -> int:
    def put(headers: Mapping[str, str]) -> dict[str, Any]:
        return server.put_json(f"/api/v1/uploads/{file.sha256}/{n}?size={file.size}", data, headers=headers)

    try:
        answer = working(server, f"{file.sha256}/{n}", put, origin=origin, kind="part", tell=tell)
    except ServerRefused as error:
        if error.status != _NOT_NEXT:
            raise
        answer = server.get_json(f"/api/v1/uploads/{file.sha256}")
    return _have(answer, file)


def _have(answer: Mapping[str, Any], file: SealedUpload) -> int:
    have = answer.get("have")
    if type(have) is not int or not 0 <= have <= file.size:
        raise BadAnswer("The server says it has more of an attachment than there is; try again later.")
    return have
