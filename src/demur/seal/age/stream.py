# SPDX-License-Identifier: AGPL-3.0-or-later
"""The payload of an age file: STREAM over ChaCha20-Poly1305, 64 KiB a chunk, in constant memory.

The last chunk is marked in its nonce, so a file that was cut does not open; an empty last chunk is allowed only for an empty file, so
one plaintext has one shape.
"""

from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demur.seal.errors import FormatError

CHUNK: Final = 64 * 1024
TAG: Final = 16
NONCE_SIZE: Final = 16


def _cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(algorithm=hashes.SHA256(), length=32, salt=nonce, info=b"payload").derive(file_key))


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + bytes([last])


def seal_payload(source: BinaryIO, target: BinaryIO, file_key: bytes, nonce: bytes) -> None:
    """Write nonce and chunks for everything in `source`."""
    target.write(nonce)
    cipher, counter = _cipher(file_key, nonce), 0
    chunk = _full(source, CHUNK)
    while True:
        following = _full(source, CHUNK) if len(chunk) == CHUNK else b""
        target.write(cipher.encrypt(_nonce(counter, last=not following), chunk, None))
        if not following:
            return
        chunk, counter = following, counter + 1


def open_payload(source: BinaryIO, target: BinaryIO, file_key: bytes) -> None:
    """Write the plaintext of a payload; raises FormatError at the first chunk that does not hold.

    What was written before the error is authentic but not whole; callers write to a place they can throw away.
    """
    nonce = _full(source, NONCE_SIZE)
    if len(nonce) != NONCE_SIZE:
        _cut()
    cipher, counter = _cipher(file_key, nonce), 0
    chunk = _full(source, CHUNK + TAG)
    while True:
        following = _full(source, CHUNK + TAG) if len(chunk) == CHUNK + TAG else b""
        plain = _open_chunk(cipher, chunk, counter, last=not following)
        if not following and not plain and counter:
            _cut()
        target.write(plain)
        if not following:
            return
        chunk, counter = following, counter + 1


def _open_chunk(cipher: ChaCha20Poly1305, chunk: bytes, counter: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(counter, last=last), chunk, None)
    except (InvalidTag, ValueError):
        _cut()
        raise


def _cut() -> None:
    raise FormatError("The sealed file was cut or changed after sealing; ask for it again.") from None


def _full(source: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes unless `source` ends: pipes and sockets may give less at a time."""
    data = source.read(size)
    if len(data) == size or not data:
        return data
    parts, missing = [data], size - len(data)
    while missing and (more := source.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
