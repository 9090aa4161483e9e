# SPDX-License-Identifier: AGPL-3.0-or-later
"""What cameras and picture programs write: TIFF with Exif and GPS, IPTC, Photoshop's resources.

As `assets/lib/inspection/exif.js`.

Sources: TIFF 6.0, BigTIFF, Exif 2.32, IPTC IIM 4.2, Adobe Photoshop file formats (image resources).
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from demur.client.inspection.markuptext import Nested, markup
from demur.client.inspection.profiles import profile
from demur.client.inspection.report import TABLES, Found, latin, readable
from demur.client.inspection.unpacking import add_words, words

_SIZES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)
_NUMBERS: Final = frozenset({3, 4, 5, 8, 9, 10, 11, 12, 13, 16, 17, 18})
_UTF_8: Final = 129  # texts of Exif 3.0
_FOLDERS: Final = frozenset({34665, 40965, 330})  # Exif, interoperability, sub-images
_GPS: Final = 34853
_ROWS: Final = 300
_BLOCK: Final = 65_536  # bytes of one value that are looked at
# Strips and tables of the picture itself.
_QUIET: Final = frozenset(
    {
        254,
        255,
        256,
        257,
        258,
        259,
        262,
        263,
        266,
        273,
        274,
        277,
        278,
        279,
        282,
        283,
        284,
        296,
        301,
        317,
        318,
        319,
        320,
        322,
        323,
        324,
        325,
        338,
        339,
        347,
        512,
        513,
        514,
        529,
        530,
        531,
        532,
        40960,
        40961,
        40962,
        40963,
        37121,
    }
)


@dataclass
class _Block:
    data: bytes
    order: Literal["little", "big"]
    big: bool
    seen: set[int]
    settings: int = 0

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.data[at : at + size], self.order)


def tiff(data: bytes, found: Found, nested: Nested) -> None:
    """What a TIFF file or an Exif block tells; nothing is read twice, whatever it points at."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    if data[:2] not in {b"II", b"MM"} or len(data) < 8:
        found.damaged = True
        add_words(data, found)
        return
    block = _Block(data=data, order=order, big=int.from_bytes(data[2:4], order) == 43, seen=set())
    _folders(block, found, nested)
    if block.settings:
        found.add("settings", str(block.settings))


def _folders(block: _Block, found: Found, nested: Nested) -> None:
    queue = [block.number(8, 8) if block.big else block.number(4, 4)]
    while queue and len(block.seen) < 64:
        at = queue.pop(0)
        if at and at not in block.seen:
            block.seen.add(at)
            queue += _folder(block, at, found, nested)
    found.partial |= any(at and at not in block.seen for at in queue)


def _folder(block: _Block, at: int, found: Found, nested: Nested) -> list[int]:
    """Note the rows of one folder; where further ones stand."""
    width, count = (20, 8) if block.big else (12, 2)
    rows = block.number(at, count)
    if rows > _ROWS or at + count + rows * width > len(block.data):
        found.damaged = True
        rows = min(rows, _ROWS, max(0, (len(block.data) - at - count) // width))
    further: list[int] = []
    for n in range(rows):
        further += _row(block, at + count + n * width, found, nested)
    following = at + count + rows * width
    return [*further, block.number(following, 8 if block.big else 4)]


def _row(block: _Block, at: int, found: Found, nested: Nested) -> list[int]:
    tag, kind = block.number(at, 2), block.number(at + 2, 2)
    value = _value(block, at, kind, found, quiet=tag in _QUIET)
    if tag in _FOLDERS or tag == _GPS:
        size = _SIZES[kind] if kind < len(_SIZES) and _SIZES[kind] in {4, 8} else 4
        places = [int.from_bytes(value[n : n + size], block.order) for n in range(0, min(len(value), 16 * size), size)]
        if tag != _GPS:
            return places
        for place in places:
            _gps(block, place, found)
        return []
    if found.take(len(value)):
        _tell(block, tag, kind, value, found, nested)
    return []


def _value(block: _Block, at: int, kind: int, found: Found, *, quiet: bool = False) -> bytes:
    width = _SIZES[kind] if kind < len(_SIZES) else 1
    size = width * (block.number(at + 4, 8) if block.big else block.number(at + 4, 4))
    inline, place = (8, at + 12) if block.big else (4, at + 8)
    start = place if size <= inline else block.number(place, inline)
    value = block.data[start : start + min(size, _BLOCK)]
    if not quiet:
        found.partial |= size > _BLOCK
        found.damaged |= len(value) < min(size, _BLOCK)
    return value


def _tell(block: _Block, tag: int, kind: int, value: bytes, found: Found, nested: Nested) -> None:
    if tag in {513, 514}:
        found.add("thumbnail", "")
    elif 40091 <= tag <= 40095:
        found.add_if(TABLES["tags"][str(tag)], readable(b"\xff\xfe" + value).replace("\0", ""))
    elif tag == 37510:
        found.add_if("note", _comment(value, block.order))
    elif not _quiet(tag, kind, value) and not _inside(tag, value, found, nested):
        _other(block, tag, kind, value, found)


def _quiet(tag: int, kind: int, value: bytes) -> bool:
    """Whether a value is a measure of the picture: a number, and no text where a number must stand."""
    return tag in _QUIET and (kind in _NUMBERS or not (words(value) or _text(value)))


def _is_text(kind: int, value: bytes) -> bool:
    return kind in {2, _UTF_8} or (kind not in _NUMBERS and len(value) < 2000 and bool(_text(value)))


def _text(value: bytes) -> str:
    """Bytes as a text, where they are one whatever they are declared as; else nothing."""
    text = readable(value).replace("\0", " ").strip(" ")
    printed = all(letter >= " " and not "\x7f" <= letter <= "\x9f" for letter in text)
    return text if printed and re.search(r"[A-Za-z\xaa-\U0010ffff]{2}", text) else ""


def _inside(tag: int, value: bytes, found: Found, nested: Nested) -> bool:
    """Whether the value is a format of its own, which then was read."""
    if tag == 700:
        markup(latin(value), found, nested)
    elif tag == 33723:
        iptc(value, found)
    elif tag == 34377:
        photoshop(value, found, nested)
    elif tag == 34675:
        profile(value, found)
    else:
        return False
    return True


def _other(block: _Block, tag: int, kind: int, value: bytes, found: Found) -> None:
    if _is_text(kind, value):
        found.add_if(TABLES["tags"].get(str(tag), "property"), readable(value).replace("\0", " "))
    elif (kind not in _NUMBERS and len(value) > 16) or (len(value) > 16 and words(value)):
        found.add("property", f"{tag} {len(value)}")
        add_words(value, found)
    else:
        block.settings += 1


def _comment(value: bytes, order: str) -> str:
    code, text = value[:8], value[8:]
    if code[:7] == b"UNICODE":
        return readable((b"\xff\xfe" if order == "little" else b"\xfe\xff") + text)
    return readable(text)


def _gps(block: _Block, at: int, found: Found) -> None:
    read: dict[int, str] = {}
    width, head = (20, 8) if block.big else (12, 2)
    rows = block.number(at, head)
    found.damaged |= rows > 64 or at + head + rows * width > len(block.data)
    for n in range(min(rows, 64)):
        row = at + head + width * n
        tag, kind = block.number(row, 2), block.number(row + 2, 2)
        _gps_row(block, tag, kind, _value(block, row, kind, found), read, found)
    if 2 in read or 4 in read:
        found.add("place", f"{read.get(2, '')} {read.get(1, '')}, {read.get(4, '')} {read.get(3, '')}")
    elif rows:
        found.add("place", "GPS")


def _gps_row(block: _Block, tag: int, kind: int, value: bytes, read: dict[int, str], found: Found) -> None:
    if tag in {1, 3} and len(value) <= 2:
        read[tag] = latin(value[:1])
    elif tag in {2, 4} and len(value) >= 24 and kind in _NUMBERS:
        read[tag] = _degrees(value, block.order)
    elif tag in {27, 28} and kind != 2:
        found.add_if("place", _comment(value, block.order).replace("\0", " "))
    elif _is_text(kind, value):
        found.add_if(TABLES["tags"].get(str(tag), "place"), readable(value).replace("\0", " "))


def _degrees(value: bytes, order: Literal["little", "big"]) -> str:
    """Degrees to four places, in whole ten-thousandths, so that both languages round alike."""
    total = 0
    for n, seconds in enumerate((3600, 60, 1)):
        top, below = (
            int.from_bytes(value[8 * n : 8 * n + 4], order),
            int.from_bytes(value[8 * n + 4 : 8 * n + 8], order),
        )
        total += top * seconds * 10_000 // (below or 1)
    whole = total // 3600
    return f"{whole // 10_000}.{whole % 10_000:04}"


def iptc(data: bytes, found: Found) -> None:
    """IPTC records, each after a byte 1C."""
    at = max(0, data.find(b"\x1c"))
    while at + 5 <= len(data) and data[at] == 0x1C:
        record, dataset, size = data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5], "big")
        at += 5
        if size & 0x8000:  # the size has a size of its own
            wide = min(size & 0x7FFF, 8)
            size, at = int.from_bytes(data[at : at + wide], "big"), at + wide
        what = TABLES["iptc"].get(str(dataset), "property") if record == 2 else "property"
        value = data[at : at + size]
        found.damaged |= len(value) < size
        if (record == 2 and dataset) or _text(value):
            found.add_if(what, readable(value[:2000]))
        at += size


def photoshop(data: bytes, found: Found, nested: Nested) -> None:
    """Photoshop's image resources: IPTC, Exif, XMP, thumbnails, and whatever else has words in it."""
    at = data.find(b"8BIM")
    while at >= 0 and at + 12 <= len(data) and data[at : at + 4] == b"8BIM":
        number, name = int.from_bytes(data[at + 4 : at + 6], "big"), data[at + 6]
        start = at + 7 + name + (1 - name % 2)
        size = int.from_bytes(data[start : start + 4], "big")
        inner = data[start + 4 : start + 4 + size]
        found.add_if("property", readable(data[at + 7 : at + 7 + name]))
        _resource(number, inner, found, nested)
        at = start + 4 + size + size % 2


def _resource(number: int, data: bytes, found: Found, nested: Nested) -> None:
    match number:
        case 0x0404:
            iptc(data, found)
        case 0x0422 | 0x0423:
            tiff(data, found, nested)
        case 0x0424:
            markup(latin(data), found, nested)
        case 0x040F:
            profile(data, found)
        case 0x0409 | 0x040C:
            found.add("thumbnail", "")
        case _:
            add_words(data, found)
