# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looking into a file: its kind, then what its kind's reader finds.

As `assets/lib/inspection/look.js`; same findings by `spec/vectors/inspection.json`.
"""

from collections.abc import Callable
from typing import Final

from demur.client.inspection import archives, exif, fonts, media, ole, pictures, textual
from demur.client.inspection.kinds import Kind, kind_of
from demur.client.inspection.markuptext import Nested, markup, packets
from demur.client.inspection.pdf import pdf
from demur.client.inspection.report import DEPTH, LOOKED_AT, Found, Report, latin
from demur.client.inspection.unpacking import add_paths, add_words
from demur.client.marks import places_of

_MARKS: Final = 10  # places that are shown
_Reader = Callable[[bytes, Found, Nested], None]


def _markup(data: bytes, found: Found, nested: Nested) -> None:
    markup(latin(data), found, nested)


def _psd(data: bytes, found: Found, nested: Nested) -> None:
    exif.photoshop(data, found, nested)
    add_words(data[:65_536], found)


_READERS: Final[dict[str, _Reader]] = {
    "png": pictures.png,
    "jpeg": pictures.jpeg,
    "gif": pictures.gif,
    "webp": pictures.webp,
    "tiff": exif.tiff,
    "psd": _psd,
    "pdf": pdf,
    "rtf": textual.rtf,
    "postscript": textual.postscript,
    "ole": ole.ole,
    "mail": textual.mail,
    "vcard": textual.directory,
    "calendar": textual.directory,
    "ldif": textual.directory,
    "json": textual.json_text,
    "notebook": textual.json_text,
    **dict.fromkeys(("html", "svg", "xml", "xmp", "markup"), _markup),
    **dict.fromkeys(("mp4", "heif", "jxl", "jp2"), media.boxes),
    "mp3": media.mp3,
    "aac": media.mp3,
    "flac": media.flac,
    "ogg": media.ogg,
    "wav": media.riff,
    "avi": media.riff,
    "riff": media.riff,
    "aiff": media.aiff,
    "matroska": media.matroska,
    "font": fonts.font,
    "tar": archives.tar,
    "gzip": archives.gzip,
    **dict.fromkeys(
        (
            "torrent",
            "yaml",
            "latex",
            "source",
            "patch",
            "key",
            "track",
            "drawing",
            "catalogue",
            "settings",
            "playlist",
            "genealogy",
            "encoded",
            "netpbm",
        ),
        textual.lines,
    ),
}
# Kinds of which all that is packed stays packed, so that no words can be read in them.
_OPAQUE: Final = frozenset({"7z", "bzip2", "xz", "zstd", "lz4", "compress", "lzip", "unknown"})


def look(data: bytes) -> Report:
    """What a file tells. Never raises; costs time and memory in proportion to `data`, and at most what `report` bounds."""
    if len(data) > LOOKED_AT:
        return not_looked_into(data)
    found = Found()
    kind = _into(data, found)
    return found.report(kind.name, _how(kind.name), document=kind.strong and kind.name != "text")


def not_looked_into(start: bytes) -> Report:
    """What is said of a file that is too large: its kind by its beginning, and that it may tell anything."""
    kind = kind_of(start)
    name = kind.name if not kind.text else "unknown"
    return Found(partial=True).report(name, "no", document=True)


def _how(kind: str) -> str:
    if kind in _OPAQUE:
        return "no"
    return "whole" if kind in _READERS or kind in {"text", "zip", "ooxml", "odf", "epub"} else "words"


def _into(data: bytes, found: Found) -> Kind:
    kind = kind_of(data)
    if kind.controls:
        found.add("control", str(kind.controls))
    if kind.name in {"zip", "ooxml", "odf", "epub"}:
        archives.zip_archive(data, found, _nested, office=kind.name != "zip")
    elif kind.name in _READERS:
        _READERS[kind.name](data, found, _nested)
    elif kind.name == "text":
        add_paths(latin(data), found)
        _marks(data, found)
    else:
        add_words(data, found)
    if not kind.text:
        _everywhere(data, kind, found)
    return kind


def _marks(data: bytes, found: Found) -> None:
    """Marks that nobody sees in a plain text."""
    if data.isascii():
        return
    if not found.take(len(data)):
        return
    for _, shown in places_of(data.decode("utf-8", "replace"), most=_MARKS):
        found.add("marks", shown)


def _everywhere(data: bytes, kind: Kind, found: Found) -> None:
    """What any program may write into any format: an XMP packet, and folders of somebody's machine."""
    text = latin(data)
    if kind.name not in {"pdf", "png", "jpeg", "svg", "xmp"}:
        packets(text, found, _nested)
    add_paths(text, found)


def _nested(name: str, data: bytes, found: Found) -> None:
    """A file inside: what it tells is told with its name."""
    if not data:
        return
    if found.depth >= DEPTH or not found.take(len(data)):
        found.partial = True
        return
    inner = Found(depth=found.depth + 1, room=found.room)
    kind = _into(data, inner)
    if name and kind.name not in {"text", "png", "jpeg", "gif", "webp"}:
        found.add("embedded", name)
    if _how(kind.name) != "whole":
        inner.partial = True
    found.merge(inner, name)
