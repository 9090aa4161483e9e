# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a font tells: who made it, for whom, and when; also a font inside a document.

As `assets/lib/inspection/fonts.js`.

Sources: OpenType 1.9 (name, head), WOFF 1.0, Adobe Type 1 and technical note 5176 (CFF).
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from demur.client.inspection.markuptext import Nested, markup
from demur.client.inspection.report import Found, latin, moment, readable
from demur.client.inspection.unpacking import add_words, inflate

_EPOCH: Final = 2_082_844_800  # seconds from 1904 to 1970
_SFNT: Final = frozenset({b"\0\1\0\0", b"OTTO", b"true", b"typ1"})
_NAMES: Final = {
    **dict.fromkeys((0, 7, 13, 14), "rights"),
    **dict.fromkeys((1, 4, 6, 16), "title"),
    3: "identifier",
    8: "organisation",
    9: "author",
    10: "note",
}
_ROWS: Final = 300
# Tables of outlines and measures.
_TABLES: Final = (
    "avar BASE CBDT CBLC CFF CFF2 COLR CPAL EBDT EBLC EBSC GDEF GPOS GSUB HVAR JSTF LTSH MATH MVAR OS/2 PCLT STAT SVG VDMX VORG "
    "VVAR cmap cvar cvt fpgm fvar gasp glyf gvar hdmx head hhea hmtx kern loca maxp morx name post prep sbix vhea vmtx"
)
_QUIET: Final = frozenset(_TABLES.split())
_TYPE_1: Final = re.compile(
    r"/(Notice|Copyright|FullName|FamilyName|FontName|version|Weight|BaseFontName)[ \t\r\n]{0,9}"
    r"(?:\(((?:[^()\\]|\\.|\([^()]{0,200}\)){1,2000})\)|/([^ \t\r\n/()]{1,100}))",
    re.ASCII | re.DOTALL,
)
_TEXTS: Final = frozenset({0, 1, 2, 3, 4, 1200, 1221, 1222, 1238})  # operators of a CFF whose operand is a text
_STANDARD: Final = 391  # texts that every CFF has


def font(data: bytes, found: Found, nested: Nested) -> None:
    """A file that is a font."""
    start = data[:4]
    if start == b"ttcf":
        for at in range(12, min(12 + 4 * int.from_bytes(data[8:12], "big"), len(data), 12 + 4 * 64), 4):
            _tables(data, _directory(data, int.from_bytes(data[at : at + 4], "big")), found)
    elif start == b"wOFF":
        _tables(data, _packed_directory(data, found), found)
        meta, size = int.from_bytes(data[24:28], "big"), int.from_bytes(data[28:32], "big")
        if size:
            markup(latin(inflate(data[meta : meta + size], found, wrapped=True)), found, nested)
        own, size = int.from_bytes(data[36:40], "big"), int.from_bytes(data[40:44], "big")
        if size:
            add_words(data[own : own + size], found)
    elif start in _SFNT:
        _tables(data, _directory(data, 0), found)
    else:
        found.partial |= start == b"wOF2"  # packed in a way that is not unpacked here
        type_1(latin(data), found)
        add_words(data, found)


def embedded_font(data: bytes, found: Found) -> None:
    """A font inside a document: its texts, named as those of a font."""
    inner = Found(room=found.room)
    if data[:4] in _SFNT:
        _tables(data, _directory(data, 0), inner)
    elif data[:1] == b"\1":
        for text in _cff(data):
            inner.add_if("title", text)
    elif data[:2] == b"%!" or data[:1] == b"\x80":
        type_1(latin(data), inner)
    else:
        inner.partial = True
    for _, value in inner.rows:
        found.add("property", f"font: {value}")
    found.partial |= inner.partial or inner.damaged


def type_1(text: str, found: Found) -> None:
    """The texts of a font in PostScript."""
    for count, match in enumerate(_TYPE_1.finditer(text)):
        if count == 40:
            break
        value = readable((match[2] or match[3]).encode("latin-1", "replace"))
        found.add_if("rights" if match[1] in {"Notice", "Copyright"} else "title", value)


def _directory(data: bytes, at: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Name, place, size and unpacked size of each table."""
    for row in range(at + 12, at + 12 + 16 * min(int.from_bytes(data[at + 4 : at + 6], "big"), 64), 16):
        start, size = (int.from_bytes(data[row + n : row + n + 4], "big") for n in (8, 12))
        yield data[row : row + 4], start, size, size


def _packed_directory(data: bytes, found: Found) -> Iterator[tuple[bytes, int, int, int]]:
    count = int.from_bytes(data[12:14], "big")
    found.partial |= count > 64
    for row in range(44, 44 + 20 * min(count, 64), 20):
        start, size, whole = (int.from_bytes(data[row + n : row + n + 4], "big") for n in (4, 8, 12))
        yield data[row : row + 4], start, size, whole


def _tables(data: bytes, rows: Iterator[tuple[bytes, int, int, int]], found: Found) -> None:
    seen = False
    for name, start, size, whole in rows:
        seen = True
        known = latin(name).rstrip(" ") in _QUIET
        if known and name not in {b"name", b"head"}:
            continue
        block = data[start : start + size]
        found.damaged |= len(block) < size
        if size < whole:
            block = inflate(block, found, wrapped=True)
        _table(name, block, found)
    found.damaged |= not seen


def _table(name: bytes, block: bytes, found: Found) -> None:
    if not found.take(len(block)):
        return
    if name == b"name":
        _names(block, found)
    elif name == b"head":
        for what, at in (("made", 20), ("changed", 28)):
            seconds = int.from_bytes(block[at : at + 8], "big")
            if seconds > _EPOCH:
                found.add(what, moment(seconds - _EPOCH))
    else:
        add_words(block, found)


def _names(block: bytes, found: Found) -> None:
    count, texts = int.from_bytes(block[2:4], "big"), int.from_bytes(block[4:6], "big")
    found.partial |= count > _ROWS
    for row in range(6, 6 + 12 * min(count, _ROWS), 12):
        platform, _, _, number, size, start = (
            int.from_bytes(block[row + n : row + n + 2], "big") for n in range(0, 12, 2)
        )
        text = block[texts + start : texts + start + min(size, 2000)]
        value = readable(b"\xfe\xff" + text) if platform in {0, 3} else readable(text)
        found.add_if(_NAMES.get(number, "property"), value)


def _cff(data: bytes) -> list[str]:
    """Its names, and the texts that its first dictionary names."""
    names, at = _index(data, data[2] if len(data) > 2 else 4)
    tops, at = _index(data, at)
    texts, _ = _index(data, at)
    said = [readable(name) for name in names[:20]]
    for top in tops[:20]:
        said += [readable(texts[n - _STANDARD]) for n in _text_numbers(top) if 0 <= n - _STANDARD < len(texts)]
    return said


def _index(data: bytes, at: int) -> tuple[list[bytes], int]:
    count, width = int.from_bytes(data[at : at + 2], "big"), data[at + 2] if len(data) > at + 2 else 0
    if not count or not 1 <= width <= 4:
        return [], at + 2
    first = at + 3
    places = [int.from_bytes(data[first + n * width : first + (n + 1) * width], "big") for n in range(count + 1)]
    base = first + (count + 1) * width - 1
    rows = [data[base + start : base + min(end, start + 2000)] for start, end in pairwise(places)]
    return rows, base + places[-1]


def _text_numbers(top: bytes) -> list[int]:
    """The operands of operators that name texts."""
    said, before, at = [], 0, 0
    while at < len(top):
        byte = top[at]
        if byte <= 21:
            operator = 1200 + top[at + 1] if byte == 12 and at + 1 < len(top) else byte
            said += [before] if operator in _TEXTS else []
            at += 2 if byte == 12 else 1
        elif byte == 30:
            at += _fraction(top, at)
        else:
            before, size = _operand(top, at)
            at += size
    return said


def _fraction(top: bytes, at: int) -> int:
    """How many bytes a number with digits after the point takes: half a byte of ones ends it."""
    end = at + 1
    while end < len(top) and top[end] & 15 != 15 and top[end] >> 4 != 15:
        end += 1
    return end + 1 - at


def _operand(top: bytes, at: int) -> tuple[int, int]:
    byte, following = top[at], top[at + 1] if at + 1 < len(top) else 0
    if byte in {28, 29}:
        size = 2 if byte == 28 else 4
        return int.from_bytes(top[at + 1 : at + 1 + size], "big", signed=True), 1 + size
    if 247 <= byte <= 250:
        return (byte - 247) * 256 + following + 108, 2
    if 251 <= byte <= 254:
        return -(byte - 251) * 256 - following - 108, 2
    return byte - 139, 1
