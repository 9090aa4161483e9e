# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passphrase recipients (stanza scrypt): for key files at rest, opened by any age tool. Must stand alone in a file."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import urandom
from typing import Final

from demur.seal.age.base64 import decode_unpadded, encode_unpadded
from demur.seal.age.header import Stanza
from demur.seal.age.keys import open_key, seal_key
from demur.seal.errors import FormatError

KIND: Final = "scrypt"
WORK_FACTOR: Final = 18  # 2**18 blocks: about a second, 256 MiB; what typage and age choose
MAX_WORK_FACTOR: Final = 20  # a file from elsewhere must not make this machine work for minutes
_LABEL: Final = b"age-encryption.org/v1/scrypt"
_FACTOR: Final = re.compile(r"[1-9][0-9]?")


def _wrapping_key(passphrase: str, salt: bytes, factor: int) -> bytes:
    # maxmem must be given: with OpenSSL's default of 32 MiB every real work factor fails, as if the passphrase were wrong.
    return hashlib.scrypt(passphrase.encode(), salt=_LABEL + salt, n=1 << factor, r=8, p=1, maxmem=2**31 - 1, dklen=32)


@dataclass(frozen=True, repr=False)
class ScryptRecipient:
    """Seals under a passphrase."""

    passphrase: str
    work_factor: int = WORK_FACTOR
    random: Callable[[int], bytes] = field(default=urandom, compare=False)
    label = "passphrase"

    def wrap(self, file_key: bytes) -> Stanza:
        """The stanza that gives the passphrase's holder the file key."""
        salt = self.random(16)
        key = _wrapping_key(self.passphrase, salt, self.work_factor)
        return Stanza(KIND, (encode_unpadded(salt), str(self.work_factor)), seal_key(key, file_key))


@dataclass(frozen=True, repr=False)
class ScryptIdentity:
    """Opens with a passphrase."""

    passphrase: str
    max_work_factor: int = MAX_WORK_FACTOR

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if the passphrase is another or the file has none. Raises FormatError."""
        mine = [stanza for stanza in stanzas if stanza.kind == KIND]
        if not mine:
            return None
        if len(stanzas) != 1:
            raise FormatError(
                "The sealed file has a passphrase beside other recipients, which age forbids; do not trust it."
            )
        return self._open(mine[0])

    def _open(self, stanza: Stanza) -> bytes | None:
        if len(stanza.arguments) != 2 or not _FACTOR.fullmatch(stanza.arguments[1]) or len(stanza.body) != 32:
            raise FormatError(
                "The passphrase stanza of the sealed file is misshapen; it was damaged, so ask for it again."
            )
        salt, factor = decode_unpadded(stanza.arguments[0]), int(stanza.arguments[1])
        if len(salt) != 16:
            raise FormatError("The salt of the sealed file has the wrong length; it was damaged, so ask for it again.")
        if factor > self.max_work_factor:
            raise FormatError(
                f"The sealed file asks for 2^{factor} steps of work and 2^{self.max_work_factor} are the limit here."
            )
        return open_key(_wrapping_key(self.passphrase, salt, factor), stanza.body)
