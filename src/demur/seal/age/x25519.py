# SPDX-License-Identifier: AGPL-3.0-or-later
"""X25519 recipients (`age1…`): anonymous, in that a file does not tell whom it is for. Kept for exchange with other tools."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from os import urandom
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demur.seal import bech32
from demur.seal.age.base64 import decode_unpadded, encode_unpadded
from demur.seal.age.header import Stanza
from demur.seal.age.keys import open_key, seal_key
from demur.seal.errors import FormatError, KeyFormatError

KIND: Final = "X25519"
_INFO: Final = b"age-encryption.org/v1/X25519"


def _wrapping_key(shared: bytes, salt: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=_INFO).derive(shared)


@dataclass(frozen=True)
class X25519Recipient:
    """A public key of 32 bytes."""

    public: bytes
    random: Callable[[int], bytes] = field(default=urandom, compare=False, repr=False)
    label = "classic"

    @property
    def text(self) -> str:
        """`age1…`."""
        return bech32.encode("age", self.public)

    @classmethod
    def parse(cls, text: str) -> "X25519Recipient":
        """Read `age1…`; raises KeyFormatError."""
        public = bech32.decode(text, "age")
        if len(public) != 32 or text != text.lower():
            raise KeyFormatError("This is not an X25519 recipient; copy it again.")
        return cls(public)

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza that gives this recipient the file key. Raises KeyFormatError for a public key of low order."""
        ephemeral = X25519PrivateKey.from_private_bytes(self.random(32))
        share = ephemeral.public_key().public_bytes_raw()
        try:
            shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(self.public))
        except ValueError:
            raise KeyFormatError("This X25519 recipient is a degenerate key; ask for another.") from None
        return Stanza(KIND, (encode_unpadded(share),), seal_key(_wrapping_key(shared, share + self.public), file_key))


@dataclass(frozen=True, repr=False)
class X25519Identity:
    """A private key of 32 bytes."""

    secret: bytes

    @property
    def text(self) -> str:
        """`AGE-SECRET-KEY-1…`."""
        return bech32.encode("age-secret-key-", self.secret).upper()

    @classmethod
    def parse(cls, text: str) -> "X25519Identity":
        """Read `AGE-SECRET-KEY-1…`; raises KeyFormatError."""
        secret = bech32.decode(text, "age-secret-key-")
        if len(secret) != 32 or text != text.upper():
            raise KeyFormatError("This is not an X25519 identity; copy it again.")
        return cls(secret)

    @cached_property
    def recipient(self) -> X25519Recipient:
        """The public half."""
        return X25519Recipient(X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if no stanza is for this identity. Raises FormatError."""
        found = None
        for stanza in stanzas:
            if stanza.kind == KIND:
                found = found or self._open(stanza)
        return found

    def _open(self, stanza: Stanza) -> bytes | None:
        share = decode_unpadded(stanza.arguments[0]) if len(stanza.arguments) == 1 else b""
        if len(share) != 32 or len(stanza.body) != 32:
            raise FormatError("An X25519 stanza of the sealed file is misshapen; it was damaged, so ask for it again.")
        try:
            shared = X25519PrivateKey.from_private_bytes(self.secret).exchange(X25519PublicKey.from_public_bytes(share))
        except ValueError:
            raise FormatError(
                "An X25519 stanza of the sealed file has a degenerate key; do not trust the file."
            ) from None
        return open_key(_wrapping_key(shared, share + self.recipient.public), stanza.body)
