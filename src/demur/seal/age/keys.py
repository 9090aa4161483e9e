# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every recipient and identity can do, and the cipher that most of them wrap with."""

from collections.abc import Sequence
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from demur.seal.age.header import Stanza

FILE_KEY_SIZE: Final = 16
_ZERO_NONCE: Final = bytes(12)  # each wrapping key is used once, as the specification guarantees


class Recipient(Protocol):
    """Somebody a file can be sealed to. `label` keeps kinds apart that must not be mixed in one file."""

    @property
    def label(self) -> str:
        """ "classic", "postquantum" or "passphrase"."""

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza that gives this recipient the file key."""


class Identity(Protocol):
    """Somebody who can open a file."""

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key from the first stanza that is for this identity, or None. Raises FormatError for a misshapen one."""


def seal_key(key: bytes, file_key: bytes) -> bytes:
    """ChaCha20-Poly1305 under a key used once."""
    return ChaCha20Poly1305(key).encrypt(_ZERO_NONCE, file_key, None)


def open_key(key: bytes, body: bytes) -> bytes | None:
    """The file key, or None if `key` does not open `body`."""
    try:
        return ChaCha20Poly1305(key).decrypt(_ZERO_NONCE, body, None)
    except InvalidTag:
        return None
