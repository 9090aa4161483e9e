# SPDX-License-Identifier: AGPL-3.0-or-later
"""What PNG, JPEG, GIF and WebP tell: everything but the parts of a short list, and what stands after the end.

As `assets/lib/inspection/pictures.js`.

Sources: PNG third edition, ITU T.81 and JFIF 1.02, GIF89a, RFC 9649 (WebP), Exif 2.32.
"""

import re
from typing import Final

from demur.client.inspection.exif import iptc, photoshop, tiff
from demur.client.inspection.markuptext import Nested, markup
from demur.client.inspection.profiles import profile
from demur.client.inspection.report import TABLES, Found, latin, readable
from demur.client.inspection.unpacking import add_words, inflate

# Chunks in which nobody stands, with the most bytes that each can have by the standard.
_PNG_QUIET: Final = {"IHDR": 13, "PLTE": 768, "IDAT": 1 << 31, "IEND": 0, "tRNS": 256, "bKGD": 6}
# Chunks of fixed size that say how a screen or program showed the picture.
_PNG_SETTINGS: Final = {
    "gAMA": 4,
    "cHRM": 32,
    "sRGB": 1,
    "sBIT": 4,
    "pHYs": 9,
    "hIST": 512,
    "cICP": 4,
    "mDCV": 24,
    "cLLI": 8,
}
_JPEG_QUIET: Final = frozenset(
    {0xDB, 0xC4, 0xCC, 0xDD, 0xDC, 0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
)
_WEBP_QUIET: Final = frozenset({"VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF"})
_EXTENSION: Final = b"http://ns.adobe.com/xmp/extension/\0"  # then 32 digits, length and place
_HEX: Final = re.compile(r"^[ \t\r\n]*[a-z0-9]*[ \t\r\n]+[0-9]+([0-9A-Fa-f \t\r\n]*)", re.ASCII)
_MARKER: Final = re.compile(r"\xff[\x01-\xcf\xd8-\xfe]", re.ASCII)


def png(data: bytes, found: Found, nested: Nested) -> None:
    """Every chunk but the quiet ones, and what stands after IEND (such as the rest of a picture that was cut)."""
    at, kind = 8, ""
    while at + 12 <= len(data) and kind != "IEND":
        size, kind = int.from_bytes(data[at : at + 4], "big"), latin(data[at + 4 : at + 8])
        if at + 12 + size > len(data):
            break
        _png_chunk(kind, data[at + 8 : at + 8 + size], found, nested)
        at += 12 + size
    if kind != "IEND":
        found.damaged = True
    _after(data[at:], found, nested)


def _png_chunk(kind: str, data: bytes, found: Found, nested: Nested) -> None:
    if len(data) <= _PNG_QUIET.get(kind, -1):
        return
    if len(data) <= _PNG_SETTINGS.get(kind, -1):
        found.add("settings", kind)
        return
    if kind == "eXIf":
        tiff(data, found, nested)
    elif kind in {"tEXt", "zTXt", "iTXt"}:
        _png_text(kind, data, found, nested)
    elif kind == "tIME" and len(data) == 7:
        found.add(
            "changed",
            f"{int.from_bytes(data[:2], 'big')}-{data[2]:02}-{data[3]:02} {data[4]:02}:{data[5]:02}:{data[6]:02}",
        )
    elif kind == "iCCP":
        name, _, rest = data.partition(b"\0")
        found.add("profile", readable(name))
        profile(inflate(rest[1:], found, wrapped=True), found)
    else:
        found.add("property", f"{kind} {len(data)}")
        add_words(data, found)


def _png_text(kind: str, data: bytes, found: Found, nested: Nested) -> None:
    name, _, rest = data.partition(b"\0")
    if kind == "zTXt":
        rest = inflate(rest[1:], found, wrapped=True)
    if kind == "iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        rest = inflate(rest, found, wrapped=True) if packed else rest
    keyword = readable(name)
    if keyword == "XML:com.adobe.xmp":
        markup(latin(rest), found, nested)
    elif keyword.startswith("Raw profile type"):
        _raw_profile(rest, found, nested)
    else:
        what = TABLES["png"].get(keyword, "property")
        found.add(what, f"{keyword}: {readable(rest)}" if what in {"property", "note"} else readable(rest))


def _raw_profile(text: bytes, found: Found, nested: Nested) -> None:
    """What ImageMagick writes: a name, a length, and hexadecimal digits."""
    match = _HEX.match(latin(text))
    digits = re.sub("[^0-9A-Fa-f]", "", match[1]) if match else ""
    block = bytes.fromhex(digits[: len(digits) - len(digits) % 2])
    found.add("property", f"Raw profile {len(block)}")
    if block[:6] == b"Exif\0\0":
        tiff(block[6:], found, nested)
    elif b"8BIM" in block[:64]:
        photoshop(block, found, nested)
    elif b"<" in block[:64]:
        markup(latin(block), found, nested)
    else:
        iptc(block, found)
        add_words(block, found)


def jpeg(data: bytes, found: Found, nested: Nested) -> None:
    """Every segment but the quiet ones, also after fill bytes and between scans, and what stands after the end."""
    text, at, scan = latin(data), 2, False
    parts: dict[str, bytes] = {}
    while (match := _MARKER.search(text, at)) is not None:
        if not scan and text[at : match.start()].strip("\xff"):
            found.add("hidden", "")  # bytes where a marker must stand
        kind, at = ord(match[0][1]), match.end()
        if kind == 0xD9:
            _joined(parts, found, nested)
            _after(data[at:], found, nested)
            return
        size = int.from_bytes(data[at : at + 2], "big")
        if kind in {0x01, 0xD8} or size < 2 or at + size > len(data):
            break
        inner = data[at + 2 : at + size]
        if not _part(kind, inner, parts):
            _segment(kind, inner, found, nested)
        at, scan = at + size, kind == 0xDA
    _joined(parts, found, nested)
    found.damaged = True


def _part(kind: int, data: bytes, parts: dict[str, bytes]) -> bool:
    """Whether a segment is a part of something that stands in several, which is kept until all are there."""
    if kind == 0xE1 and data.startswith(_EXTENSION):
        parts["XMP"] = parts.get("XMP", b"") + data[75:]
    elif kind == 0xE2 and data.startswith(b"ICC_PROFILE\0"):
        parts["ICC"] = parts.get("ICC", b"") + data[14:]
    else:
        return False
    return True


def _joined(parts: dict[str, bytes], found: Found, nested: Nested) -> None:
    """What stands in several segments: the rest of a long XMP packet, and a colour profile."""
    if "XMP" in parts:
        found.add("property", "XMP")
        markup(latin(parts["XMP"]), found, nested)
    if "ICC" in parts:
        found.add("profile", "APP2")
        profile(parts["ICC"], found)


def _fits(kind: int, data: bytes) -> bool:
    """Whether a table or header of the picture itself ends where its numbers do."""
    at = 0
    if kind == 0xDB:
        while at < len(data):
            at += 129 if data[at] >> 4 else 65
        return at == len(data)
    if kind == 0xC4:
        while at + 17 <= len(data):
            at += 17 + sum(data[at + 1 : at + 17])
        return at == len(data)
    counts = {0xDD: 2, 0xDC: 2, 0xDA: 4 + 2 * data[0] if data else -1}
    return len(data) == counts.get(kind, 6 + 3 * data[5] if len(data) > 5 else -1) or kind == 0xCC


def _segment(kind: int, data: bytes, found: Found, nested: Nested) -> None:
    if kind != 0xDA and kind not in _JPEG_QUIET:
        _beside(kind, data, found, nested)
    elif not _fits(kind, data):
        found.add("hidden", f"{kind:02X}")  # more in a table than its numbers
        add_words(data, found)


def _beside(kind: int, data: bytes, found: Found, nested: Nested) -> None:
    """A segment that is no part of the picture itself."""
    head = latin(data[:40])
    bare = (kind, head[:5], len(data), data[12:14]) == (0xE0, "JFIF\0", 14, b"\0\0")
    if bare or (kind, head[:5], len(data)) == (0xEE, "Adobe", 12):
        return
    if kind == 0xFE:
        found.add("note", readable(data))
        return
    reader = next((reader for start, reader in _SEGMENTS.items() if head.startswith(start)), None)
    name = f"APP{kind - 0xE0}" if 0xE0 <= kind <= 0xEF else f"{kind:02X}"
    if reader is not None:
        reader(data, found, nested)
    else:
        found.add("property", name)
        add_words(data, found)


def _exif(data: bytes, found: Found, nested: Nested) -> None:
    found.add("property", "Exif")
    tiff(data[6:], found, nested)


def _xmp(data: bytes, found: Found, nested: Nested) -> None:
    found.add("property", "XMP")
    markup(latin(data[data.find(b"\0") + 1 :]), found, nested)


def _small_picture(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- as the others
    found.add("thumbnail", "")


_SEGMENTS: Final = {
    "Exif\0\0": _exif,
    "http://ns.adobe.com/x": _xmp,
    "Photoshop": photoshop,
    "JFIF": _small_picture,
    "JFXX": _small_picture,
}


def gif(data: bytes, found: Found, nested: Nested) -> None:
    """Comments, texts and blocks of applications, and what stands after the end."""
    at = 13 + _colours(data[10:11])
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x2C and at + 10 < len(data):
            at = _sub_blocks(data, at + 11 + _colours(data[at + 9 : at + 10]))[0]
        elif data[at] == 0x21 and at + 2 < len(data):
            start, at = at, _extension(data, at, found, nested)
            assert at > start
        else:
            break
    if at >= len(data) or data[at] != 0x3B:
        found.damaged = True
        add_words(data[at:], found)
        return
    _after(data[at + 1 :], found, nested)


def _colours(packed: bytes) -> int:
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _extension(data: bytes, at: int, found: Found, nested: Nested) -> int:
    kind = data[at + 1]
    end, inner = _sub_blocks(data, at + 2)
    if kind == 0xFE:
        found.add("note", readable(inner))
    elif kind == 0xFF:
        loops = inner[:11] in {b"NETSCAPE2.0", b"ANIMEXTS1.0"} and len(inner) <= 16
        if inner[:11] == b"XMP DataXMP":
            markup(latin(data[at:end]), found, nested)
        if not loops:
            found.add("property", readable(inner[:11]))
            if inner[:8] == b"ICCRGBG1":
                profile(inner[11:], found)
            else:
                add_words(inner[11:], found)
    elif kind != 0xF9 or len(inner) != 4:
        found.add("note", readable(inner))
    return end


def _sub_blocks(data: bytes, at: int) -> tuple[int, bytes]:
    parts = []
    while at < len(data) and data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return at + 1, b"".join(parts)


def webp(data: bytes, found: Found, nested: Nested) -> None:
    """Every chunk but those of the picture, and what stands after the end."""
    end = min(8 + int.from_bytes(data[4:8], "little"), len(data))
    at = 12
    while at + 8 <= end:
        kind, size = latin(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8], "little")
        inner = data[at + 8 : min(at + 8 + size, end)]
        if len(inner) < size:
            found.damaged = True
        _webp_chunk(kind, inner, found, nested)
        at += 8 + size + (size & 1)
    if 8 + int.from_bytes(data[4:8], "little") > len(data):
        found.damaged = True
    _after(data[max(at, end) :], found, nested)


def _webp_chunk(kind: str, data: bytes, found: Found, nested: Nested) -> None:
    if kind in _WEBP_QUIET:
        return
    if kind == "EXIF":
        tiff(data[6:] if data[:6] == b"Exif\0\0" else data, found, nested)
    elif kind == "XMP ":
        markup(latin(data), found, nested)
    found.add("profile" if kind == "ICCP" else "property", kind)
    if kind == "ICCP":
        profile(data, found)
    elif kind != "XMP ":
        add_words(data, found)


def _after(data: bytes, found: Found, nested: Nested) -> None:
    if data:
        found.add("trailing", str(len(data)))
        nested("", data, found)
        add_words(data[:65_536], found)
