# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unpacking within bounds, and the readable words of any bytes. As `assets/lib/inspection/unpacking.js`."""

import re
import zlib
from typing import Final

from demur.client.inspection.report import Found, latin, utf8

WORDS: Final = 40  # of one file
_SCANNED: Final = 8 * 1024 * 1024  # bytes that are looked through for words
_PIECE: Final = 4096
_ASCII: Final = re.compile(r"(?:[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){5,}", re.ASCII)
_LITTLE: Final = re.compile(r"(?:[\x20-\x7e]\x00){5,}", re.ASCII)
_BIG: Final = re.compile(r"(?:\x00[\x20-\x7e]){5,}", re.ASCII)
_LETTER: Final = re.compile(r"[A-Za-z\x80-\xff]", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z\x80-\xff]{3}", re.ASCII)
_PATH: Final = re.compile(
    r"(?:[A-Za-z]:\\(?:Users|Documents and Settings)\\|/home/|/Users/|file:///|\\\\[A-Za-z0-9._-]{1,60}\\)[^\x00-\x1f\x22<>|*?]{1,200}",
    re.ASCII,
)


def inflate(data: bytes, found: Found, *, wrapped: bool = False) -> bytes:
    """What deflated bytes hold, as far as the room goes (RFC 1951; `wrapped`: RFC 1950, whose sum is not checked)."""
    unpacker, out, at = zlib.decompressobj(-15), [], 2 if wrapped else 0
    while at < len(data) and not unpacker.eof and found.room[0] > 0:
        try:
            part = unpacker.decompress(unpacker.unconsumed_tail + data[at : at + _PIECE], found.room[0])
        except zlib.error:
            found.damaged = True
            break
        found.room[0] -= len(part)
        out.append(part)
        at += _PIECE
    if found.room[0] <= 0:
        found.partial = True
    elif not unpacker.eof or (wrapped and data[0] & 15 != 8):
        found.damaged = True  # cut short, or no such format
    return b"".join(out)


def words(data: bytes) -> list[str]:
    """Runs of readable letters, in bytes or in UTF-16."""
    text = latin(data[:_SCANNED])
    runs = [(match.start(), match[0]) for match in _ASCII.finditer(text)]
    runs += [(match.start(), match[0].replace("\0", "")) for match in _LITTLE.finditer(text)]
    runs += [(match.start(), match[0].replace("\0", "")) for match in _BIG.finditer(text)]
    kept = [utf8(run[:200]) for _, run in sorted(runs) if _wordlike(run[:200])]
    return list(dict.fromkeys(kept))


def add_words(data: bytes, found: Found, what: str = "text") -> None:
    """Note the readable words of bytes whose form is not known. It costs room, since the same bytes may be pointed at many times."""
    if not found.take(len(data)):
        return
    for run in words(data)[:WORDS]:
        found.add_if(what, run)


def add_paths(text: str, found: Found) -> None:
    """Note the names of folders on somebody's machine; `text` has one character for each byte."""
    for count, match in enumerate(_PATH.finditer(text)):
        if count == 10:
            break
        found.add_if("path", utf8(match[0]))


def _wordlike(run: str) -> bool:
    return bool(_WORD.search(run)) and 10 * len(_LETTER.findall(run)) >= 5 * len(run)
