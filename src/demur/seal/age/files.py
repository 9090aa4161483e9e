# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whole age files: seal to recipients, open with identities.

>>> from os import urandom
>>> from demur.seal.age.hybrid import HybridIdentity
>>> reader = HybridIdentity.generate(urandom)
>>> decrypt(encrypt(b"text", [reader.recipient]), [reader])
b'text'
"""

import io
from collections.abc import Callable, Sequence
from os import urandom
from typing import BinaryIO

from demur.seal.age.header import Header, read_header, write_header
from demur.seal.age.keys import FILE_KEY_SIZE, Identity, Recipient
from demur.seal.age.stream import NONCE_SIZE, open_payload, seal_payload
from demur.seal.errors import CannotOpen, FormatError


def encrypt(plaintext: bytes, recipients: Sequence[Recipient], *, random: Callable[[int], bytes] = urandom) -> bytes:
    """An age file over `plaintext`. Raises FormatError for no recipients or a forbidden mixture."""
    target = io.BytesIO()
    encrypt_stream(io.BytesIO(plaintext), target, recipients, random=random)
    return target.getvalue()


def decrypt(data: bytes, identities: Sequence[Identity]) -> bytes:
    """The plaintext of an age file. Raises CannotOpen if it is for others, FormatError if it is damaged."""
    target = io.BytesIO()
    decrypt_stream(io.BytesIO(data), target, identities)
    return target.getvalue()


def encrypt_stream(
    source: BinaryIO, target: BinaryIO, recipients: Sequence[Recipient], *, random: Callable[[int], bytes] = urandom
) -> None:
    """As `encrypt`, in constant memory."""
    labels = {recipient.label for recipient in recipients}
    if len(labels) != 1 or (labels == {"passphrase"} and len(recipients) != 1):
        raise FormatError("A file is sealed to recipients of one kind, and to a passphrase alone; choose one kind.")
    file_key = random(FILE_KEY_SIZE)
    target.write(write_header(file_key, [recipient.wrap(file_key) for recipient in recipients]))
    seal_payload(source, target, file_key, random(NONCE_SIZE))


def decrypt_stream(source: BinaryIO, target: BinaryIO, identities: Sequence[Identity]) -> None:
    """As `decrypt`, in constant memory; `target` holds authentic text only once this returns."""
    open_payload(source, target, _file_key(read_header(source), identities))


def file_key_of(data: bytes, identities: Sequence[Identity]) -> bytes:
    """The file key of an age file, 16 bytes: it opens this file and no other. Raises CannotOpen, FormatError."""
    return _file_key(read_header(io.BytesIO(data)), identities)


def decrypt_with_file_key(data: bytes, file_key: bytes) -> bytes:
    """The plaintext of an age file, by its file key alone. Raises FormatError unless it is this very file's key.

    The cipher does not bind its key: a forger can make one payload open under two. The MAC of the header does, so it is
    checked first.
    """
    if len(file_key) != FILE_KEY_SIZE:
        raise FormatError("The key of a sealed file must have 16 bytes; it was damaged, so ask for it again.")
    source, target = io.BytesIO(data), io.BytesIO()
    read_header(source).check_mac(file_key)
    open_payload(source, target, file_key)
    return target.getvalue()


def _file_key(header: Header, identities: Sequence[Identity]) -> bytes:
    if any(stanza.kind == "scrypt" for stanza in header.stanzas) and len(header.stanzas) != 1:
        raise FormatError(
            "The sealed file has a passphrase beside other recipients, which age forbids; do not trust it."
        )
    for identity in identities:
        file_key = identity.unwrap(header.stanzas)
        if file_key is not None:
            if len(file_key) != FILE_KEY_SIZE:
                raise FormatError("The key inside the sealed file has the wrong length; do not trust the file.")
            header.check_mac(file_key)
            return file_key
    raise CannotOpen("The sealed file is not for any key at hand; use the key it was sealed to.")
