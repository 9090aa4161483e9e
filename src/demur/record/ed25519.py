# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ed25519 (RFC 8032) as the record uses it, and the check that a public key is one.

A public key of small order accepts a signature that nobody made; whoever smuggled one into a policy would own a witness
without a secret. Such keys, and keys in a second spelling, are refused when they are read.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from demur.record.errors import NoteError

SEED_SIZE: Final = 32
_P: Final = 2**255 - 19
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})  # the y of the eight points that 8 sends to 0


def check_ed25519_public(public: bytes) -> None:
    """Raises NoteError unless `public` is 32 bytes, in their one spelling, of a point that is not of small order."""
    y = int.from_bytes(public, "little") & ~(1 << 255)
    if len(public) != 32 or y >= _P or y in _SMALL_ORDER:
        raise NoteError("An Ed25519 public key is not one that can be trusted; copy it again.")


def verify_ed25519(public: bytes, message: bytes, signature: bytes, name: str) -> None:
    """Raises NoteError unless `signature` is by `public` over `message`; `name` is for the sentence."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise NoteError(f"The signature by {name} does not fit the text; use the copy as it was signed.") from None


def check_seed(seed: bytes) -> None:
    """Raises NoteError unless `seed` has the 32 bytes of a private key."""
    if len(seed) != SEED_SIZE:
        raise NoteError("A private key is not 32 bytes long; restore it from a backup.")
