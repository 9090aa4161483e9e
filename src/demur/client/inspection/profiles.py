# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a colour profile tells: who made it, for which screen or printer, and when.

As `assets/lib/inspection/profiles.js`.

Source: ICC.1:2022, 7.2 (header), 9.2 (tags), 10.15 and 10.16 (texts); ICC.1:2001, 6.5.17 (descriptions).
"""

from typing import Final

from demur.client.inspection.report import Found, readable
from demur.client.inspection.unpacking import add_words

_TAGS: Final = 100
# Kinds of values that are numbers.
_NUMBERS: Final = frozenset({b"curv", b"para", b"XYZ ", b"sf32", b"mft1", b"mft2", b"mAB ", b"mBA ", b"vcgt"})


def profile(data: bytes, found: Found) -> None:
    """Note the texts of an ICC profile, in whatever letters they are, and its date."""
    if data[36:40] != b"acsp" or len(data) < 132:
        found.damaged = True
        add_words(data, found, "profile")
        return
    numbers = [int.from_bytes(data[at : at + 2], "big") for at in range(24, 36, 2)]
    if any(numbers):
        found.add("profile", "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*numbers))
    count = int.from_bytes(data[128:132], "big")
    found.partial |= count > _TAGS
    for at in range(132, 132 + 12 * min(count, _TAGS), 12):
        start, size = (int.from_bytes(data[at + n : at + n + 4], "big") for n in (4, 8))
        block = data[start : start + size]
        found.damaged |= len(block) < size
        if found.take(len(block)):
            _tell(block, found)


def _tell(block: bytes, found: Found) -> None:
    kind = block[:4]
    if kind == b"desc":
        size = int.from_bytes(block[8:12], "big")
        more = 20 + size
        wide = block[more : more + 2 * int.from_bytes(block[16 + size : 20 + size], "big")]
        _add(block[12 : 12 + size], found)
        _add(b"\xfe\xff" + wide if wide else b"", found)
        _add(block[more + len(wide) + 3 :], found)
    elif kind == b"mluc":
        for at in range(16, min(16 + 12 * int.from_bytes(block[8:12], "big"), len(block), 1216), 12):
            size, start = (int.from_bytes(block[at + n : at + n + 4], "big") for n in (4, 8))
            _add(b"\xfe\xff" + block[start : start + size], found)
    elif kind == b"text":
        _add(block[8:], found)
    elif kind not in _NUMBERS:
        add_words(block, found, "profile")


def _add(text: bytes, found: Found) -> None:
    found.add_if("profile", readable(text[:2000]).replace("\0", "").replace("\ufeff", ""))
