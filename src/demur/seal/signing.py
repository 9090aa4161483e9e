# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ed25519 signatures (RFC 8032) under a domain: what is signed as one thing can never be read as another."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from demur.seal.errors import Forged, KeyFormatError

SIGNATURE_SIZE: Final = 64
_P: Final = 2**255 - 19
# The y coordinates of the eight points of small order: with such a key one signature fits many texts.
# The last two are the roots of d*y^4 + 2*y^2 - 1, which the tests work out from the curve's equation.
_ORDER_8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


def check_public(public: bytes) -> None:
    """Raises KeyFormatError for a key that is no Ed25519 public key in its one form, or one of small order."""
    y = int.from_bytes(public, "little") & ~(1 << 255)
    if len(public) != 32 or y >= _P or y in _SMALL_ORDER:
        raise KeyFormatError("This is not a usable Ed25519 public key; ask for it again.")


def verify(public: bytes, domain: str, message: bytes, signature: bytes) -> None:
    """Raises Forged unless the holder of `public` signed `message` under `domain`."""
    check_public(public)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed(domain, message))
    except (InvalidSignature, ValueError):
        raise Forged("The signature does not fit; the text was changed, or somebody else signed it.") from None


@dataclass(frozen=True, repr=False)
class SigningKey:
    """A private key: a seed of 32 bytes."""

    seed: bytes

    def __post_init__(self) -> None:
        """Raises KeyFormatError unless the seed has 32 bytes."""
        if len(self.seed) != 32:
            raise KeyFormatError("A signing key must have 32 bytes; the key file is damaged.")

    @classmethod
    def generate(cls, random: Callable[[int], bytes]) -> "SigningKey":
        """A fresh key."""
        return cls(random(32))

    @classmethod
    def from_seed(cls, seed: bytes) -> "SigningKey":
        """The key of this seed."""
        return cls(seed)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public(self) -> bytes:
        """The public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign(self, domain: str, message: bytes) -> bytes:
        """The signature over `domain || 0x00 || message`, 64 bytes."""
        return self._key.sign(_signed(domain, message))


def _signed(domain: str, message: bytes) -> bytes:
    return domain.encode("ascii") + b"\0" + message
