# SPDX-License-Identifier: AGPL-3.0-or-later
"""What archives tell: the files inside, who packed them and when, and what each of them tells. Office documents are
zip archives.

As `assets/lib/inspection/archives.js`.

Sources: APPNOTE 6.3.10 (zip), POSIX.1-2017 pax (tar), RFC 1952 (gzip), ECMA-376 part 2 (Office Open XML), OASIS
ODF 1.3 part 2.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.client.inspection.markuptext import Nested, markup
from demur.client.inspection.report import ENTRIES, Found, latin, moment, readable
from demur.client.inspection.unpacking import add_words, inflate

_END: Final = b"PK\x05\x06"
_ENTRY: Final = b"PK\x01\x02"
_LOCAL: Final = b"PK\x03\x04"
_MARKUP: Final = re.compile(r"\.(?:xml|rels|vml|opf|ncx|x?html?|svg|xmp|fodt|fods|fodp|rdf)$", re.ASCII | re.IGNORECASE)
_LISTED: Final = 20
_PARTS: Final = (
    (re.compile(r"^(?:docProps/thumbnail|Thumbnails/)", re.ASCII), "thumbnail"),
    (re.compile(r"(?:vbaProject|Basic/|Scripts/)", re.ASCII), "script"),
    (re.compile(r"printerSettings", re.ASCII), "printer"),
    (re.compile(r"(?:embeddings/|ObjectReplacements/|Object [0-9]+)", re.ASCII), "embedded"),
    (re.compile(r"(?:comments|threadedComments)[A-Za-z0-9]*\.xml|annotations", re.ASCII), "comments"),
    (re.compile(r"notesSlides/|notesSlide", re.ASCII), "note"),
    (re.compile(r"(?:externalLinks/|attachedTemplate)", re.ASCII), "address"),
    (re.compile(r"(?:VersionList|Versions/|revisions/|revisionHeaders)", re.ASCII), "revision"),
    (re.compile(r"(?:customXml/|docMetadata/|LabelInfo)", re.ASCII), "property"),
    (re.compile(r"_xmlsignatures|META-INF/documentsignatures", re.ASCII), "identifier"),
)


@dataclass(frozen=True)
class Entry:
    """One file of a zip archive, as its directory names it; `at` is where its local header stands."""

    name: str
    method: int
    flags: int
    packed: int
    size: int
    at: int
    time: str


def zip_kind(data: bytes) -> str:
    """Whether a zip archive is an office document: ooxml, odf, epub or zip."""
    names = {entry.name for entry in entries_of(data)}
    if "[Content_Types].xml" in names or any(name.startswith(("word/", "xl/", "ppt/", "docProps/")) for name in names):
        return "ooxml"
    if "META-INF/container.xml" in names:
        return "epub"
    return "odf" if names & {"content.xml", "meta.xml"} else "zip"


def entries_of(data: bytes) -> list[Entry]:
    """The files that the archive's directory names; where it has none, those that stand one after the other."""
    end = data.rfind(_END, max(0, len(data) - 65_558))
    at = int.from_bytes(data[end + 16 : end + 20], "little") if end >= 0 else -1
    if end >= 0 and data[at : at + 4] not in {_ENTRY, _END}:
        at = end - int.from_bytes(data[end + 12 : end + 16], "little")  # bytes stand before the archive
    found: list[Entry] = []
    while at >= 0 and data[at : at + 4] == _ENTRY and len(found) < 10 * ENTRIES:
        found.append(_entry(data, at + 6, at + 46, int.from_bytes(data[at + 42 : at + 46], "little"), at + 28))
        at += 46 + sum(int.from_bytes(data[at + n : at + n + 2], "little") for n in (28, 30, 32))
    return found or _in_a_row(data)


def _in_a_row(data: bytes) -> list[Entry]:
    found: list[Entry] = []
    at = data.find(_LOCAL)
    while at >= 0 and len(found) < 10 * ENTRIES:
        found.append(_entry(data, at + 4, at + 30, at, at + 26))
        at = data.find(_LOCAL, at + 30 + found[-1].packed)
    return found


def _entry(data: bytes, fields: int, name: int, at: int, length: int) -> Entry:
    def number(offset: int, size: int) -> int:
        return int.from_bytes(data[fields + offset : fields + offset + size], "little")

    stamp, day = number(6, 2), number(8, 2)
    time = f"{1980 + (day >> 9)}-{(day >> 5) & 15:02}-{day & 31:02} {stamp >> 11:02}:{(stamp >> 5) & 63:02}"
    count = int.from_bytes(data[length : length + 2], "little")
    return Entry(
        name=readable(data[name : name + count]),
        flags=number(2, 2),
        method=number(4, 2),
        packed=number(14, 4),
        size=number(18, 4),
        at=at,
        time=time,
    )


def zip_archive(data: bytes, found: Found, nested: Nested, *, office: bool) -> None:
    """Note the files of a zip archive and what each tells; of an office document, what its parts mean."""
    entries = entries_of(data)
    _sums(data, entries, found)
    end = data.rfind(_END, max(0, len(data) - 65_558))
    if end < 0:
        found.damaged = True
    else:
        found.add_if("note", readable(data[end + 22 :]))
    times = sorted({entry.time for entry in entries if not entry.time.startswith("1980-0")})
    found.add_if("changed", times[-1] if times else "")
    if not office:
        found.add("files", str(len(entries)))
        for entry in entries[:_LISTED]:
            found.add_if("files", entry.name)
    for entry in entries:
        if found.room[1] <= 0:
            found.partial = True
            break
        found.room[1] -= 1
        _file(data, entry, found, nested, office=office)


def _sums(data: bytes, entries: list[Entry], found: Found) -> None:
    """Whether the files that the directory names are all that is there, and are what it says of them."""
    covered = 0
    for entry in entries:
        local = _entry(data, entry.at + 4, entry.at + 30, entry.at, entry.at + 26)
        later = bool(entry.flags & 8)  # sizes stand behind the file
        covered += start_of(data, entry) - entry.at + entry.packed + (24 if later else 0)
        agrees = data[entry.at : entry.at + 4] == _LOCAL and local.name == entry.name
        if not agrees or (not later and local.packed != entry.packed):
            found.damaged = True
    first = data.find(_ENTRY)
    if first > covered:
        found.add("hidden", str(first - covered))
    if len({entry.name for entry in entries}) < len(entries):
        found.damaged = True


def start_of(data: bytes, entry: Entry) -> int:
    """Where a file's own bytes begin."""
    return entry.at + 30 + sum(int.from_bytes(data[entry.at + n : entry.at + n + 2], "little") for n in (26, 28))


def _file(data: bytes, entry: Entry, found: Found, nested: Nested, *, office: bool) -> None:
    if entry.flags & 1:
        found.add("encrypted", entry.name)
        found.partial = True
        return
    start = start_of(data, entry)
    inner = data[start : start + entry.packed]
    if entry.method == 8:
        inner = inflate(inner, found)
    elif entry.method != 0:
        found.partial = True
        return
    if len(inner) != entry.size and not entry.flags & 8 and not found.partial:
        found.damaged = True
    if office:
        _part(entry.name, inner, found, nested)
    elif inner:
        nested(entry.name, inner, found)


def _part(name: str, data: bytes, found: Found, nested: Nested) -> None:
    """A part of an office document."""
    for pattern, what in _PARTS:
        if pattern.search(name):
            found.add(what, name)
    if _MARKUP.search(name):
        if found.take(len(data)):
            markup(_wide(data), found, nested)
    elif "printerSettings" in name:
        add_words(data, found, "printer")
    elif data and name not in {"mimetype"}:
        nested(name, data, found)


def _wide(data: bytes) -> str:
    """The letters of a part; one in UTF-16 as its UTF-8 would be."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return latin(readable(data).encode("utf-8", "replace"))
    return latin(data)


def tar(data: bytes, found: Found, nested: Nested) -> None:
    """Names, owners and times of the files in a tar archive, and what each tells."""
    at, count = 0, 0
    while at + 512 <= len(data) and data[at]:
        at, count = _member(data, at, found, nested), count + 1
    found.add("files", str(count))
    if at > len(data) or count == 0:
        found.damaged = True
    if data[at:].strip(b"\0"):
        found.add("trailing", str(len(data) - at))
        add_words(data[at:], found)


def _member(data: bytes, at: int, found: Found, nested: Nested) -> int:
    """One file of a tar archive; where the next begins."""
    head = data[at : at + 512]
    size = _octal(head[124:136])
    if _octal(head[136:148]):
        found.add("changed", moment(_octal(head[136:148])))
    for what, start, length in _FIELDS:
        found.add_if(what, readable(head[start : start + length].split(b"\0")[0]))
    inner = data[at + 512 : at + 512 + size]
    if head[156:157] in {b"x", b"g", b"L", b"K"}:
        add_words(inner, found)
    elif inner and found.room[1] > 0:
        found.room[1] -= 1
        nested(readable(head[:100].split(b"\0")[0]), inner, found)
    elif inner:
        found.partial = True
    return at + 512 + (size + 511) // 512 * 512


_FIELDS: Final = (("files", 0, 100), ("author", 265, 32), ("author", 297, 32), ("path", 157, 100), ("path", 345, 155))


def _octal(field: bytes) -> int:
    digits = re.match("[0-7]{1,11}", latin(field).strip(" \0"))
    return int(digits[0], 8) if digits else 0


def gzip(data: bytes, found: Found, nested: Nested) -> None:
    """Name, comment and time of what was packed, and what it tells (RFC 1952)."""
    flags, at = data[3] if len(data) > 10 else 0, 10
    if int.from_bytes(data[4:8], "little"):
        found.add("changed", moment(int.from_bytes(data[4:8], "little")))
    if flags & 4:
        size = int.from_bytes(data[at : at + 2], "little")
        add_words(data[at + 2 : at + 2 + size], found)
        at += 2 + size
    for bit, what in ((8, "path"), (16, "note")):
        if flags & bit:
            end = data.find(b"\0", at)
            found.add_if(what, readable(data[at:end] if end >= 0 else b""))
            at = end + 1 if end >= 0 else len(data)
    at += 2 if flags & 2 else 0
    nested("", inflate(data[at:], found), found)
