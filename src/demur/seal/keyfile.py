# SPDX-License-Identifier: AGPL-3.0-or-later
"""Key files of seats and officers: canonical JSON, in clear (practice) or as an armored age file under a passphrase.

Any age tool opens the passphrase form, so a key outlives this program.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.seal.age import files
from demur.seal.age.armor import armor, dearmor, is_armored
from demur.seal.age.hybrid import HybridIdentity
from demur.seal.age.scrypt import ScryptIdentity, ScryptRecipient
from demur.seal.errors import CannotOpen, KeyFormatError
from demur.seal.signing import SigningKey
from demur.seal.words import word_list

PASSPHRASE_WORDS: Final = 7  # 77 bits, behind scrypt
_SEAT: Final = "demur/seat-key"
_OFFICER: Final = "demur/officer-key"


@dataclass(frozen=True, kw_only=True, repr=False)
class SeatKey:
    """What a seat's holder keeps: opens and signs. `seat` may be "" until it is filled; `created` POSIX seconds."""

    identity: HybridIdentity
    signing: SigningKey
    seat: str
    created: int

    @classmethod
    def generate(cls, random: Callable[[int], bytes], *, seat: str, now: int) -> "SeatKey":
        """A fresh key."""
        return cls(
            identity=HybridIdentity.generate(random), signing=SigningKey.generate(random), seat=seat, created=now
        )

    @property
    def document(self) -> dict[str, Any]:
        """The key as it is written."""
        return {
            "v": 1,
            "type": _SEAT,
            "seat": self.seat,
            "age": self.identity.text,
            "sign": self.signing.seed.hex(),
            "created": self.created,
        }


@dataclass(frozen=True, kw_only=True, repr=False)
class OfficerKey:
    """What a charter officer keeps, offline. `created` POSIX seconds."""

    signing: SigningKey
    created: int

    @classmethod
    def generate(cls, random: Callable[[int], bytes], *, now: int) -> "OfficerKey":
        """A fresh key."""
        return cls(signing=SigningKey.generate(random), created=now)

    @property
    def document(self) -> dict[str, Any]:
        """The key as it is written."""
        return {"v": 1, "type": _OFFICER, "sign": self.signing.seed.hex(), "created": self.created}


def write(key: SeatKey | OfficerKey, *, passphrase: str | None) -> bytes:
    """The key file; in clear if `passphrase` is None, which only practice should ask for."""
    text = canonical.dump(key.document)
    if passphrase is None:
        return text
    return armor(files.encrypt(text, [ScryptRecipient(passphrase)]))


def read(data: bytes, *, passphrase: Callable[[], str]) -> SeatKey | OfficerKey:
    """Read a key file, asking for the passphrase only if it has one. Raises KeyFormatError or CannotOpen."""
    if is_armored(data):
        data = _unlocked(dearmor(data), passphrase())
    try:
        document = canonical.load_object(data)
        key = _key(document)
    except (canonical.CanonicalError, KeyError, TypeError, ValueError):
        raise KeyFormatError("This is not a key file of Demur; make one with `demur key new`.") from None
    if canonical.dump(key.document) != data:
        raise KeyFormatError("This key file is not in its one form; restore it from a copy.")
    return key


def _unlocked(data: bytes, passphrase: str) -> bytes:
    """What the passphrase opens: as typed, else as words are drawn, in small letters with one space between. Raises CannotOpen."""
    for typed in dict.fromkeys((passphrase, " ".join(passphrase.lower().split()))):
        try:
            return files.decrypt(data, [ScryptIdentity(typed)])
        except CannotOpen:
            continue
    raise CannotOpen("The passphrase does not open this key file; try again, word by word.")


def _key(document: dict[str, Any]) -> SeatKey | OfficerKey:
    signing = SigningKey(bytes.fromhex(document["sign"]))
    if document["type"] == _OFFICER:
        return OfficerKey(signing=signing, created=document["created"])
    identity = HybridIdentity.parse(document["age"])
    return SeatKey(identity=identity, signing=signing, seat=document["seat"], created=document["created"])


def generate_passphrase(random: Callable[[int], bytes]) -> str:
    """Seven words of the BIP-39 list, each from 11 fresh bits."""
    return " ".join(word_list()[int.from_bytes(random(2), "big") & 2047] for _ in range(PASSPHRASE_WORDS))
