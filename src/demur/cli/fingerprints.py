# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fingerprints: what two persons read to each other to be sure that a key came from where it should.

128 bits of SHA-256 over the public parts, in groups of four digits. `key new` shows it to the holder, `seat sign` to
the officer; between them went a file by mail, which somebody could have swapped.
"""

import hashlib
import textwrap

from demur import canonical
from demur.charter.roster import Holder
from demur.seal.keyfile import OfficerKey, SeatKey

_DIGITS = 32


def fingerprint_of_key(key: SeatKey | OfficerKey) -> str:
    """The fingerprint of the public parts of a key."""
    if isinstance(key, OfficerKey):
        return _fingerprint({"sign": key.signing.public.hex()})
    return _fingerprint({"age": key.identity.recipient.text, "sign": key.signing.public.hex()})


def fingerprint_of_holder(holder: Holder) -> str:
    """The fingerprint of the key that a holder asks to be put on the roster."""
    return holder.fingerprint


def _fingerprint(public: dict[str, str]) -> str:
    digits = hashlib.sha256(canonical.dump(public)).hexdigest()[:_DIGITS]
    return " ".join(textwrap.wrap(digits, 4))
