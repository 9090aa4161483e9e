# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bech32 (BIP 173) without its length limit, as age keys use it. Strict: one case, no padding bits, right checksum."""

from collections.abc import Iterable
from typing import Final

from demur.seal.errors import KeyFormatError

_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, constant in enumerate(_GENERATOR):
            check ^= constant if top >> bit & 1 else 0
    return check


def _expanded(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def encode(prefix: str, data: bytes) -> str:
    """The bech32 text of `data` under a lower-case prefix."""
    values = _regroup(data, 8, 5, pad=True)
    check = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(_LETTERS[value] for value in values)


def decode(text: str, prefix: str) -> bytes:
    """The bytes of a bech32 text whose lower-case prefix must be `prefix`; raises KeyFormatError."""
    if text not in (text.lower(), text.upper()) or not text.isascii():
        raise KeyFormatError("The key mixes large and small letters; copy it again.")
    found, one, letters = text.lower().rpartition("1")
    if not one or found != prefix or len(letters) < 6 or set(letters) - set(_LETTERS):
        raise KeyFormatError(f"This is not a key that starts with {prefix}1; copy it again.")
    values = [_LETTERS.index(letter) for letter in letters]
    if _polymod([*_expanded(found), *values]) != 1:
        raise KeyFormatError("The key has a wrong letter: its checksum does not fit; copy it again.")
    return bytes(_regroup(values[:-6], 5, 8, pad=False))


def _regroup(values: Iterable[int], source: int, target: int, *, pad: bool) -> list[int]:
    store = bits = 0
    result = []
    for value in values:
        store = (store << source | value) & 0xFFFF
        bits += source
        while bits >= target:
            bits -= target
            result.append(store >> bits & (1 << target) - 1)
    if pad and bits:
        result.append(store << (target - bits) & (1 << target) - 1)
    elif not pad and (bits >= source or store & (1 << bits) - 1):
        raise KeyFormatError("The key has bits left over; copy it again.")
    return result
