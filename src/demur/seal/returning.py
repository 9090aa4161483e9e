# SPDX-License-Identifier: AGPL-3.0-or-later
"""From return words to keys. Format: `spec/return-words.md`; PROTOCOL section 2.

128 random bits need no slow hash: HKDF-SHA-256 alone, salted with the origin, so that the same words on two servers are
strangers to each other, and one label for each key, so that no key tells of another.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from demur.seal.age.hybrid import HybridIdentity, HybridRecipient
from demur.seal.signing import SigningKey


@dataclass(frozen=True, kw_only=True, repr=False)
class ReturnKeys:
    """The author's keys for one case: opens answers, signs acts, names and opens the mailbox."""

    entropy: bytes
    identity: HybridIdentity
    signing: SigningKey
    mailbox: str
    bearer: bytes

    @classmethod
    def from_entropy(cls, entropy: bytes, origin: str) -> "ReturnKeys":
        """The keys of these 16 bytes on the channel `origin`."""

        def grow(label: str, length: int) -> bytes:
            salt = b"demur/v1/return/" + origin.encode()
            return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=label.encode()).derive(entropy)

        return cls(
            entropy=entropy,
            identity=HybridIdentity(grow("age-pq", 32)),
            signing=SigningKey(grow("sign", 32)),
            mailbox=grow("box-id", 16).hex(),
            bearer=grow("box-auth", 32),
        )

    @classmethod
    def generate(cls, random: Callable[[int], bytes], origin: str) -> "ReturnKeys":
        """Fresh keys."""
        return cls.from_entropy(random(16), origin)

    @property
    def recipient(self) -> HybridRecipient:
        """What answers are sealed to."""
        return self.identity.recipient

    @property
    def bearer_hash(self) -> str:
        """SHA-256 of the bearer, hex: all that the server keeps of it."""
        return hashlib.sha256(self.bearer).hexdigest()
