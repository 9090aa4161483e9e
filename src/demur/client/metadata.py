# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a file tells beside its text: found by content, never by name.

A document that is sealed is opened by readers in the building. If it says on whose machine it was written, promise 5 of
the design is lost there. Therefore the command line refuses such files unless the author says `--as-is`, or has mat2
clean them. Plain text passes untouched. Sniffing errs towards telling: an unknown container is named, a plain image
without metadata passes.

Sources: PNG third edition (chunks), JFIF/Exif (APP segments), RIFF, ISO 14496-12 (`ftyp`).
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from demur.client.errors import CarriesMetadata

# What starts a kind of file that always can carry names, dates and machines.
_STARTS: Final = (
    (b"PK\x03\x04", "an office document or archive (zip)"),
    (b"PK\x05\x06", "an office document or archive (zip)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document or message (OLE)"),
    (b"{\\rtf", "an RTF document"),
    (b"%!PS", "a PostScript document"),
    (b"II*\x00", "a TIFF or camera image"),
    (b"MM\x00*", "a TIFF or camera image"),
    (b"ID3", "a sound file (MP3)"),
    (b"\xff\xfb", "a sound file (MP3)"),
    (b"\xff\xf3", "a sound file (MP3)"),
    (b"OggS", "a sound or film file (Ogg)"),
    (b"fLaC", "a sound file (FLAC)"),
    (b"\x1aE\xdf\xa3", "a film file (Matroska)"),
    (b"FLV\x01", "a film file (Flash)"),
    (b"\x1f\x8b", "a compressed archive (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!\x1a\x07", "an archive (rar)"),
)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_TELLS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_WEBP_TELLS: Final = frozenset({b"EXIF", b"XMP "})
_CLEAN_SECONDS: Final = 60
_LOOKED_AT: Final = 1024 * 1024


def carries(data: bytes) -> str:
    """What kind of file with metadata this is, "" if none is recognised."""
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if b"%PDF-" in data[:1024]:
        return "a PDF document"
    if data[4:8] == b"ftyp":
        return "a film or camera file (MP4, HEIF)"
    if data[257:262] == b"ustar":
        return "an archive (tar)"
    return _image(data)


def refuse_metadata(name: str, data: bytes) -> None:
    """Raises CarriesMetadata if the file is of a kind that tells more than its text."""
    kind = carries(data)
    if kind:
        raise CarriesMetadata(
            f"The file {name!r} is {kind}, which can tell who made it and where; clean it with --clean, or file it "
            "untouched with --as-is."
        )


def refuse_large_metadata(path: Path) -> None:
    """As `refuse_metadata`, of a file that is not read whole: an image of that size is taken to tell, without looking."""
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
    kind = carries(start)
    if not kind and start.startswith((_PNG, b"\xff\xd8\xff", b"GIF8", b"RIFF")):
        kind = "a large image"
    if kind:
        raise CarriesMetadata(
            f"The file {path.name!r} is {kind}, which can tell who made it and where; clean it yourself, or file it "
            "untouched with --as-is."
        )


def clean(name: str, data: bytes) -> bytes:
    """The file without metadata, by mat2. Raises CarriesMetadata if mat2 is missing or cannot clean it."""
    tool = shutil.which("mat2")
    if tool is None:
        raise CarriesMetadata(
            "--clean needs the program mat2, which is not installed; install it, or file untouched with --as-is."
        )
    with tempfile.TemporaryDirectory(prefix="demur-") as folder:
        path = Path(folder) / f"file{Path(name).suffix}"
        path.write_bytes(data)
        try:
            done = subprocess.run(  # noqa: S603 -- the program found on PATH, without a shell
                [tool, "--inplace", str(path)], capture_output=True, timeout=_CLEAN_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise CarriesMetadata(
                f"mat2 did not finish cleaning {name!r}; clean it yourself, or file it with --as-is."
            ) from None
        cleaned = path.read_bytes()
    if done.returncode != 0 or cleaned == data:
        raise CarriesMetadata(f"mat2 cannot clean {name!r}; clean it yourself, or file it untouched with --as-is.")
    return cleaned


def _image(data: bytes) -> str:
    if data.startswith(_PNG) and _PNG_TELLS & set(_png_chunks(data)):
        return "a PNG image with metadata"
    if data.startswith(b"\xff\xd8\xff") and _jpeg_tells(data):
        return "a JPEG image with metadata"
    if data[:4] == b"RIFF":
        return _riff(data)
    if data[:4] == b"GIF8" and (b"\x21\xfe" in data or b"XMP Data" in data):
        return "a GIF image with metadata"
    return ""


def _riff(data: bytes) -> str:
    if data[8:12] != b"WEBP":
        return "a sound or film file (RIFF)"
    return "a WebP image with metadata" if any(mark in data for mark in _WEBP_TELLS) else ""


def _png_chunks(data: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at + 8 <= len(data):
        yield data[at + 4 : at + 8]
        at += 12 + int.from_bytes(data[at : at + 4], "big")


def _jpeg_tells(data: bytes) -> bool:
    """Whether a segment other than JFIF's own (APP1..APP15, comment) stands before the picture."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if (0xE1 <= kind <= 0xEF and kind != 0xEE) or kind == 0xFE:  # 0xEE: Adobe's colour transform, no person in it
            return True
        at += 2 + size
    return False
