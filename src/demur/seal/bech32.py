# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bech32 (BIP 173) without its length limit, as age keys use it. Strict: one case, no padding bits, right checksum."""

import base64
from collections.abc import Iterable
from functools import reduce
from operator import xor
from typing import Final

from demur.seal.errors import KeyFormatError

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # RFC 4648: the same groups of five bits under other letters
_TO_BASE32: Final = str.maketrans(_LETTERS, _BASE32)
_FROM_BASE32: Final = str.maketrans(_BASE32, _LETTERS)
_VALUES: Final = {letter: value for value, letter in enumerate(_LETTERS)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
# What the five bits that leave the register add to it: one look instead of five branches a letter.
_FOLDED: Final = tuple(
    reduce(xor, (constant for bit, constant in enumerate(_GENERATOR) if top >> bit & 1), 0) for top in range(32)
)


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _FOLDED[check >> 25]
    return check


def _expanded(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").translate(_FROM_BASE32)


def encode(prefix: str, data: bytes) -> str:
    """The bech32 text of `data` under a lower-case prefix."""
    letters = _letters(data)
    check = _polymod([*_expanded(prefix), *map(_VALUES.__getitem__, letters), 0, 0, 0, 0, 0, 0]) ^ 1
    return prefix + "1" + letters + "".join(_LETTERS[check >> 5 * (5 - place) & 31] for place in range(6))


def decode(text: str, prefix: str) -> bytes:
    """The bytes of a bech32 text whose lower-case prefix must be `prefix`; raises KeyFormatError."""
    if text not in (text.lower(), text.upper()) or not text.isascii():
        raise KeyFormatError("The key mixes large and small letters; copy it again.")
    found, one, letters = text.lower().rpartition("1")
    if not one or found != prefix or len(letters) < 6 or set(letters) - set(_LETTERS):
        raise KeyFormatError(f"This is not a key that starts with {prefix}1; copy it again.")
    if _polymod([*_expanded(found), *map(_VALUES.__getitem__, letters)]) != 1:
        raise KeyFormatError("The key has a wrong letter: its checksum does not fit; copy it again.")
    body = letters[:-6]
    data = _bytes(body)
    if _letters(data) != body:
        raise KeyFormatError("The key has bits left over; copy it again.")
    return data


def _bytes(letters: str) -> bytes:
    whole = len(letters) * 5 // 8
    padded = letters.translate(_TO_BASE32).ljust(-(-len(letters) // 8) * 8, "A")
    return base64.b32decode(padded)[:whole]
