# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hybrid recipients (`age1pq…`, stanza mlkem768x25519): ML-KEM-768 with X25519 by HPKE. What Demur seals with.

The record must keep its secrets for decades; a file copied today must not open when X25519 falls. Never mixed with classical
recipients in one file, which would give that up silently.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from demur.seal import bech32
from demur.seal.age.base64 import decode_unpadded, encode_unpadded
from demur.seal.age.header import Stanza
from demur.seal.errors import FormatError, KeyFormatError

KIND: Final = "mlkem768x25519"
_INFO: Final = b"age-encryption.org/mlkem768x25519"
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_ENC: Final = 1120
_MLKEM: Final = 1184
_MLKEM_CIPHERTEXT: Final = 1088


@dataclass(frozen=True)
class HybridRecipient:
    """A public key: ML-KEM-768 encapsulation key (1184 bytes) || X25519 public key (32 bytes)."""

    public: bytes

    label = "postquantum"

    @cached_property
    def text(self) -> str:
        """`age1pq1…`, 1,959 letters: show a fingerprint instead."""
        return bech32.encode("age1pq", self.public)

    @classmethod
    def parse(cls, text: str) -> "HybridRecipient":
        """Read `age1pq1…`; raises KeyFormatError."""
        return _parsed(text)

    @cached_property
    def keys(self) -> MLKEM768X25519PublicKey:
        """Both public keys. Raises KeyFormatError."""
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM])
            return MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(self.public[_MLKEM:]))
        except ValueError:
            raise KeyFormatError("This post-quantum recipient is not a valid key; ask for it again.") from None

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza that gives this recipient the file key."""
        sealed = _SUITE.encrypt(file_key, self.keys, info=_INFO)
        return Stanza(KIND, (encode_unpadded(sealed[:_ENC]),), sealed[_ENC:])


# The same few offices are sealed to in every filing; a public key may be remembered.
@lru_cache(maxsize=256)
def _parsed(text: str) -> HybridRecipient:
    public = bech32.decode(text, "age1pq")
    if len(public) != _MLKEM + 32 or text != text.lower():
        raise KeyFormatError("This is not a post-quantum recipient; copy it again.")
    recipient = HybridRecipient(public)
    recipient.keys  # noqa: B018 -- asked for its error
    return recipient


@dataclass(frozen=True, repr=False)
class HybridIdentity:
    """A private key: a seed of 32 bytes, from which both keys grow (SHAKE256, 64 + 32 bytes)."""

    seed: bytes

    @classmethod
    def generate(cls, random: Callable[[int], bytes]) -> "HybridIdentity":
        """A fresh identity."""
        return cls(random(32))

    @property
    def text(self) -> str:
        """`AGE-SECRET-KEY-PQ-1…`, 77 letters."""
        return bech32.encode("age-secret-key-pq-", self.seed).upper()

    @classmethod
    def parse(cls, text: str) -> "HybridIdentity":
        """Read `AGE-SECRET-KEY-PQ-1…`; raises KeyFormatError."""
        seed = bech32.decode(text, "age-secret-key-pq-")
        if len(seed) != 32 or text != text.upper():
            raise KeyFormatError("This is not a post-quantum identity; copy it again.")
        return cls(seed)

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        shake = hashes.Hash(hashes.SHAKE256(96))
        shake.update(self.seed)
        grown = shake.finalize()
        return MLKEM768PrivateKey.from_seed_bytes(grown[:64]), X25519PrivateKey.from_private_bytes(grown[64:])

    @cached_property
    def recipient(self) -> HybridRecipient:
        """The public half."""
        mlkem, x25519 = self._halves
        return HybridRecipient(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if no stanza is for this identity. Raises FormatError."""
        found = None
        for stanza in stanzas:
            if stanza.kind == KIND:
                found = found or self._open(stanza)
        return found

    def _open(self, stanza: Stanza) -> bytes | None:
        enc = decode_unpadded(stanza.arguments[0]) if len(stanza.arguments) == 1 else b""
        if len(enc) != _ENC or len(stanza.body) != 32:
            raise FormatError(
                "A post-quantum stanza of the sealed file is misshapen; it was damaged, so ask for it again."
            )
        try:
            # The HPKE call answers a share of low order like any foreign stanza; the specification wants the file refused.
            self._halves[1].exchange(X25519PublicKey.from_public_bytes(enc[_MLKEM_CIPHERTEXT:]))
        except ValueError:
            raise FormatError(
                "A post-quantum stanza of the sealed file has a degenerate key; do not trust the file."
            ) from None
        try:
            return _SUITE.decrypt(enc + stanza.body, MLKEM768X25519PrivateKey(*self._halves), info=_INFO)
        except InvalidTag:
            return None
