# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sound and film tell: ID3, APE and Vorbis tags, RIFF, AIFF, FLAC, ISO media (MP4, QuickTime, HEIF, JPEG XL and
2000), Matroska.

As `assets/lib/inspection/media.js`.

Sources: ID3v2.4, Vorbis I comment header, RFC 9639 (FLAC), RIFF, AIFF-C, ISO/IEC 14496-12 and QuickTime file
format, RFC 9559 (Matroska).
"""

from typing import Final, Literal

from demur.client.inspection.exif import tiff
from demur.client.inspection.markuptext import Nested, markup
from demur.client.inspection.profiles import profile
from demur.client.inspection.report import TABLES, Found, latin, moment, readable
from demur.client.inspection.unpacking import add_words

_EPOCH: Final = 2_082_844_800  # seconds from 1904 to 1970
_QUIET_RIFF: Final = frozenset(
    {
        "fmt ",
        "data",
        "idx1",
        "movi",
        "fact",
        "avih",
        "strh",
        "strf",
        "dmlh",
        "vprp",
        "PEAK",
        "cue ",
        "LIST",
        "COMM",
        "SSND",
        "FVER",
    }
)
_BOXES: Final = 20_000


def mp3(data: bytes, found: Found, nested: Nested) -> None:
    """ID3 at the beginning and at the end, APE tags, and what the encoder wrote."""
    at = 0
    while data[at : at + 3] == b"ID3":
        at = id3(data, at, found, nested)
    tail = data[-128:]
    if tail[:3] == b"TAG":
        for what, start, end in (
            ("title", 3, 33),
            ("author", 33, 63),
            ("title", 63, 93),
            ("made", 93, 97),
            ("note", 97, 127),
        ):
            found.add_if(what, readable(tail[start:end].split(b"\0")[0]))
    ape = data.rfind(b"APETAGEX")
    if ape >= 0:
        add_words(data[data.find(b"APETAGEX") :], found)
    add_words(data[at : at + 4096], found, "program")
    later = data.find(b"ID3\x03", at) if b"ID3\x03" in data[at:] else data.find(b"ID3\x04", at)
    if later >= 0:
        id3(data, later, found, nested)


def id3(data: bytes, at: int, found: Found, nested: Nested) -> int:
    """The frames of an ID3v2 tag at `at`; where it ends."""
    version, size = data[at + 3] if len(data) > at + 10 else 0, _syncsafe(data[at + 6 : at + 10])
    end, place = at + 10 + size, at + 10
    long = version >= 3
    head = 10 if long else 6
    while place + head <= min(end, len(data)) and data[place]:
        name = latin(data[place : place + (4 if long else 3)])
        field = data[place + 4 : place + 8] if long else data[place + 3 : place + 6]
        length = _syncsafe(field) if version == 4 else int.from_bytes(field, "big")
        _frame(name, data[place + head : min(place + head + length, end)], found, nested)
        place += head + length
    if end > len(data):
        found.damaged = True
    return max(end, at + 10)


def _syncsafe(field: bytes) -> int:
    return sum((byte & 127) << 7 * (len(field) - 1 - n) for n, byte in enumerate(field))


def _frame(name: str, data: bytes, found: Found, nested: Nested) -> None:
    what = TABLES["sound"].get(name, "property")
    if what == "embedded":
        found.add("embedded", name)
        start = max(data.find(b"\xff\xd8\xff"), data.find(b"\x89PNG"))
        add_words(data[: start if start >= 0 else 200], found)
        if start >= 0:
            nested(name, data[start:], found)
    elif name.startswith(("T", "COM", "USL", "WXX", "W")):
        text = _frame_text(data, names=name.startswith(("COM", "USL")), link=name.startswith("W"))
        found.add_if(what, f"{name}: {text}" if what == "property" else text)
    else:
        found.add(what, name)
        add_words(data, found)


def _frame_text(data: bytes, *, names: bool, link: bool) -> str:
    if link and data[:1] not in {b"\0", b"\1", b"\2", b"\3"}:
        return readable(data)
    code, rest = data[:1], data[1:]
    if names and rest[:3].isalpha():
        rest = rest[3:]  # the language of a comment
    if code in {b"\1", b"\2"}:
        mark = b"" if rest[:2] in {b"\xff\xfe", b"\xfe\xff"} else b"\xfe\xff"
        return readable(mark + rest).replace("\0", " ").replace("\ufeff", "")
    return readable(rest).replace("\0", " ")


def vorbis(data: bytes, at: int, found: Found) -> None:
    """A Vorbis comment block at `at`: who encoded it, then NAME=value."""
    size = int.from_bytes(data[at : at + 4], "little")
    found.add_if("program", readable(data[at + 4 : at + 4 + min(size, 300)]))
    at += 4 + size
    count = int.from_bytes(data[at : at + 4], "little")
    at += 4
    for _ in range(min(count, 200)):
        size = int.from_bytes(data[at : at + 4], "little")
        name, sign, value = readable(data[at + 4 : at + 4 + min(size, 4000)]).partition("=")
        if not sign or at + 4 + size > len(data):
            found.partial = True
            return
        what = TABLES["sound"].get(name.upper(), "property")
        if name.upper() == "METADATA_BLOCK_PICTURE":
            what, value = "embedded", ""
        found.add_if(what, f"{name}: {value}" if what in {"property", "embedded"} else value)
        at += 4 + size


def ogg(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """The comment packets of Vorbis, Opus, Speex, Theora and FLAC in Ogg."""
    seen = False
    for mark in (b"\x03vorbis", b"OpusTags", b"\x81theora", b"Speex   "):
        at = data.find(mark)
        if at >= 0:
            seen = True
            if mark == b"Speex   ":
                add_words(data[at : at + 2048], found)
            else:
                vorbis(data, at + len(mark), found)
    if not seen:
        add_words(data[:8192], found)


def flac(data: bytes, found: Found, nested: Nested) -> None:
    """The blocks before the sound, but for the stream's own measures."""
    at, last = 4, False
    while at + 4 <= len(data) and not last:
        last, kind, size = bool(data[at] & 0x80), data[at] & 0x7F, int.from_bytes(data[at + 1 : at + 4], "big")
        inner = data[at + 4 : at + 4 + size]
        if kind == 4:
            vorbis(inner, 0, found)
        elif kind == 6:
            _frame("APIC", inner, found, nested)
        elif kind not in {0, 1, 3}:
            add_words(inner, found)
        at += 4 + size
    if data[-128:-125] == b"TAG":
        add_words(data[-128:], found)


def riff(data: bytes, found: Found, nested: Nested) -> None:
    """WAV, AVI and their like: every chunk but those of sound and picture."""
    _chunks(data, 12, min(8 + int.from_bytes(data[4:8], "little"), len(data)), "little", found, nested)
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        found.damaged = True
    if end + 1 < len(data):
        found.add("trailing", str(len(data) - end))
        nested("", data[end:], found)


def aiff(data: bytes, found: Found, nested: Nested) -> None:
    """AIFF: names, authors, comments, ID3."""
    _chunks(data, 12, len(data), "big", found, nested)


def _chunks(data: bytes, at: int, end: int, order: Literal["little", "big"], found: Found, nested: Nested) -> None:
    while at + 8 <= end:
        kind, size = latin(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8], order)
        inner = data[at + 8 : min(at + 8 + size, end)]
        if kind == "LIST" and inner[:4] != b"movi":
            at += 12
            continue
        _chunk(kind, inner, found, nested)
        at += 8 + size + (size & 1)


def _chunk(kind: str, data: bytes, found: Found, nested: Nested) -> None:
    if kind in {"id3 ", "ID3 "}:
        id3(data, 0, found, nested)
        return
    if kind in {"iXML", "_PMX", "aXML"}:
        markup(latin(data), found, nested)
        return
    what = TABLES["riff"].get(kind) or TABLES["sound"].get(kind)
    if what and kind != "COMM":
        found.add_if(what, readable(data.strip(b"\0")))
    elif kind not in _QUIET_RIFF:
        add_words(data, found)


def boxes(data: bytes, found: Found, nested: Nested) -> None:
    """ISO media files: titles, authors, places, devices, programs, and words of boxes that are not known."""
    stack, counted = [(0, len(data), "")], _BOXES
    while stack:
        at, end, parent = stack.pop()
        while at + 8 <= end and counted > 0:
            counted -= 1
            kind, start, stop = _box_at(data, at, end)
            if stop > end or stop < start:
                found.damaged = True
                add_words(data[at : min(end, at + 65_536)], found)
                break
            if kind in TABLES["containers"]:
                stack.append((start + (4 if _is_full(kind, data[start + 4 : start + 8]) else 0), stop, kind))
            else:
                _box(kind, parent, data[start:stop], found, nested)
            at = stop
    found.partial |= counted <= 0
    for mark in (b"Exif\0\0II", b"Exif\0\0MM"):
        at = data.find(mark)
        if at >= 0:
            tiff(data[at + 6 :], found, nested)


def _box_at(data: bytes, at: int, end: int) -> tuple[str, int, int]:
    """The kind of a box, and from where to where its content goes."""
    size, head = int.from_bytes(data[at : at + 4], "big"), 8
    if size == 1:
        size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
    return latin(data[at + 4 : at + 8]), at + head, end if size == 0 else at + size


def _is_full(kind: str, following: bytes) -> bool:
    """Whether version and flags stand before what a `meta` box holds: in MP4, not in QuickTime."""
    return kind == "meta" and following not in {b"hdlr", b"mhdr", b"keys", b"ilst"}


def _box(kind: str, parent: str, data: bytes, found: Found, nested: Nested) -> None:
    if kind in {"mvhd", "tkhd", "mdhd"}:
        _made(data, found)
    elif kind in {"Exif", "exif"}:
        tiff(data[4:] if data[4:6] in {b"II", b"MM"} else data[data.find(b"\0\0") + 2 :], found, nested)
    elif parent == "ilst" or kind in TABLES["atoms"]:
        found.add_if(TABLES["atoms"].get(kind, "property"), _atom(kind, data))
        if data[16:19] == b"\xff\xd8\xff" or data[16:20] == b"\x89PNG":
            nested(kind, data[16:], found)
    else:
        _unknown_box(kind, data, found, nested)


def _unknown_box(kind: str, data: bytes, found: Found, nested: Nested) -> None:
    if kind in {"xml ", "XMP_", "uuid"} and b"<" in data[:2048]:
        markup(latin(data), found, nested)
        add_words(data[:16], found)
    elif kind == "colr":
        at = data.find(b"acsp", 0, 64)
        if at >= 36:
            profile(data[at - 36 :], found)
    elif kind not in TABLES["quietBoxes"]:
        found.partial |= len(data) > 65_536
        add_words(data[:65_536], found)


def _made(data: bytes, found: Found) -> None:
    made = int.from_bytes(data[4:12] if data[:1] == b"\1" else data[4:8], "big")
    if made > _EPOCH:
        found.add("made", moment(made - _EPOCH))


def _atom(kind: str, data: bytes) -> str:
    """The text of an atom: after `data` and eight bytes (iTunes), after a size and a language (QuickTime), or as it stands."""
    if data[4:8] == b"data":
        return readable(data[16:])
    if kind.startswith("\xa9") and 4 + int.from_bytes(data[:2], "big") <= len(data):
        return readable(data[4 : 4 + int.from_bytes(data[:2], "big")])
    if kind in {"hdlr", "loci"}:
        return readable(data[24:] if kind == "hdlr" else data[6:]).replace("\0", " ")
    return readable(data[6:] if data[:4] == b"\0\0\0\0" else data).replace("\0", " ")


def matroska(data: bytes, found: Found, nested: Nested) -> None:
    """Matroska and WebM: titles, programs, tags and attachments."""
    folders = {
        "1a45dfa3",
        "18538067",
        "1549a966",
        "1654ae6b",
        "ae",
        "1254c367",
        "7373",
        "67c8",
        "1941a469",
        "61a7",
        "1043a770",
        "45b9",
        "b6",
        "80",
        "63c0",
    }
    stack, counted, name = [(0, len(data))], _BOXES, ""
    while stack:
        at, end = stack.pop()
        while at < end and counted > 0:
            counted -= 1
            mark, width = _number(data, at, keep=True)
            size, more = _number(data, at + width, keep=False)
            start = at + width + more
            stop = end if size < 0 else min(start + size, end)
            if not width or not more or start > end:
                found.damaged = True
                break
            identity = f"{mark:x}"
            if identity in folders:
                stack.append((stop, end))
                at, end = start, stop
                continue
            if identity == "45a3":
                name = readable(data[start:stop])
            _leaf(identity, name, data[start:stop], found, nested)
            at = stop


def _leaf(identity: str, name: str, data: bytes, found: Found, nested: Nested) -> None:
    if identity == "465c":
        nested("attachment", data, found)
        return
    values = {
        "73a4": ("identifier", data[:16].hex()),
        "4461": ("made", moment(int.from_bytes(data[:8], "big", signed=True) // 1_000_000_000 + 978_307_200)),
    }
    what, value = values.get(identity) or (TABLES["matroska"].get(identity, ""), readable(data[:2000]))
    if identity == "4487":
        what = TABLES["sound"].get(name.upper(), "property")
        value = f"{name}: {value}" if what == "property" else value
    found.add_if(what, value)


def _number(data: bytes, at: int, *, keep: bool) -> tuple[int, int]:
    """A number of variable width and its width; -1 for a size that is not known."""
    first = data[at] if at < len(data) else 0
    width = next((n for n in range(1, 9) if first & (0x80 >> (n - 1))), 0)
    if not width or at + width > len(data):
        return 0, 0
    value = int.from_bytes(data[at : at + width], "big")
    if not keep:
        value &= (1 << 7 * width) - 1
        value = -1 if value == (1 << 7 * width) - 1 else value
    return value, width
