# SPDX-License-Identifier: AGPL-3.0-or-later
"""The floor of uploading, the client's side, in a process of its own: `python -m bench.upload_passes FILE SEALED PORT`.

What nobody can do without: hash the file; read it again, encrypt it with ChaCha20-Poly1305 in chunks of 64 KiB, hash that and write it,
flushed; send it in parts of 1 MiB over one connection; have the whole hashed there.
"""

import hashlib
import os
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

CHUNK: Final = 64 * 1024
PART: Final = 1024 * 1024


def passes(path: Path, sealed: Path, port: int) -> None:
    """Do it. Raises AssertionError if the server has other bytes at the end."""
    _hash(path)
    sha256 = _seal(path, sealed)
    connection = HTTPConnection("127.0.0.1", port)
    with sealed.open("rb") as source:
        while part := source.read(PART):
            connection.request("PUT", "/", body=part)
            connection.getresponse().read()
    connection.request("POST", "/", body=b"")
    assert connection.getresponse().read().decode() == sha256
    connection.close()


def _seal(path: Path, sealed: Path) -> str:
    cipher, digest, n = ChaCha20Poly1305(os.urandom(32)), hashlib.sha256(), 0
    with path.open("rb") as source, sealed.open("wb") as target:
        while chunk := source.read(CHUNK):
            data = cipher.encrypt(n.to_bytes(12, "big"), chunk, None)
            digest.update(data)
            target.write(data)
            n += 1
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _hash(path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PART):
            digest.update(piece)


if __name__ == "__main__":
    passes(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
