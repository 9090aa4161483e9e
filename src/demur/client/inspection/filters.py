# SPDX-License-Identifier: AGPL-3.0-or-later
"""The filters of a PDF's streams, one after the other, as they are named.

As `assets/lib/inspection/filters.js`.

A filter that is not known here, or whose measures cannot be found, makes the file one of which a part was not
looked into. Source: ISO 32000-2, 7.4.
"""

import re
from collections.abc import Callable
from typing import Final

from demur.client.inspection.report import Found, latin
from demur.client.inspection.unpacking import inflate

_NAMES: Final = re.compile(
    r"/(FlateDecode|Fl|LZWDecode|LZW|ASCII85Decode|A85|ASCIIHexDecode|AHx|RunLengthDecode|RL|CCITTFaxDecode|CCF|JBIG2Decode|DCTDecode|DCT|JPXDecode|Crypt|[A-Za-z0-9]{1,40}Decode)(?![A-Za-z0-9._-])",
    re.ASCII,
)
_REFERRED: Final = re.compile(
    r"/(?:Filter|DecodeParms|DP)[ \t\r\n]{0,9}\[?[ \t\r\n]{0,9}([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}R",
    re.ASCII,
)
_KEPT: Final = frozenset({"DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode"})  # pictures
_ROW: Final = 1 << 20  # bytes of one row
_BLANK: Final = re.compile(r"[\x00\t\n\x0c\r ]+", re.ASCII)
_LZW_COST: Final = 8  # of the room for each byte: codes may give nothing


def unfiltered(header: str, data: bytes, named: Callable[[str], str], found: Found) -> tuple[bytes, str]:
    """What a stream holds, and the filter of a picture that is left. `named` gives the object of a number, for what stands elsewhere."""
    header += _elsewhere(header, named, found)
    names = _NAMES.findall(header)
    if not names and re.search(r"/Filter[ \t\r\n]{0,9}[\[/]", header, re.ASCII):
        found.partial |= not re.search(r"/Filter[ \t\r\n]{0,9}\[[ \t\r\n]*\]", header, re.ASCII)
    for name in names:
        if name in _KEPT:
            return data, name
        reader = _READERS.get(name)
        if reader is None:
            found.partial |= name != "Crypt" or "/Identity" not in header
            continue
        data = reader(data, header, found)
    return data, ""


def _elsewhere(header: str, named: Callable[[str], str], found: Found) -> str:
    """What filters or measures are when they are an object of their own."""
    texts = []
    for number in _REFERRED.findall(header)[:4]:
        text = named(number)
        found.partial |= not text
        texts.append(text)
    return " ".join(texts)


def _flate(data: bytes, header: str, found: Found) -> bytes:
    return _predicted(inflate(data, found, wrapped=True), header, found)


def _lzw(data: bytes, header: str, found: Found) -> bytes:
    if not found.take(_LZW_COST * len(data)):
        return b""
    early = 0 if re.search(r"/EarlyChange[ \t\r\n]{1,9}0", header, re.ASCII) else 1
    return _predicted(lzw(data, early, found), header, found)


def lzw(data: bytes, early: int, found: Found) -> bytes:
    """Codes of nine to twelve bits, the highest bit first; 256 begins anew, 257 ends."""
    out, codes = bytearray(), _Codes(early)
    bits = held = 0
    for byte in data:
        held, bits = held << 8 | byte, bits + 8
        if bits < codes.width:
            continue
        bits -= codes.width
        code, held = held >> bits, held & (1 << bits) - 1
        entry = codes.read(code) if code != _END else b""
        if entry is None or (code == _END and not out):
            found.damaged = True
        if entry is None or code == _END or not found.take(len(entry)):
            return bytes(out)
        out += entry
    found.damaged |= not out
    return bytes(out)


class _Codes:
    """What each code stands for at this place of the data."""

    def __init__(self, early: int) -> None:
        self.early = early
        self.begin()

    def begin(self) -> None:
        """Only single bytes are known."""
        self.table, self.before, self.width = _FRESH.copy(), b"", 9

    def read(self, code: int) -> bytes | None:
        """The bytes of a code, none where it begins anew; None where no such code can stand here."""
        if code == _BEGIN:
            self.begin()
            return b""
        if code > len(self.table) or (code == len(self.table) and not self.before):
            return None
        entry = self.table[code] if code < len(self.table) else self.before + self.before[:1]
        if self.before and len(self.table) < 4096:
            self.table.append(self.before + entry[:1])
        self.before = entry
        self.width = min(12, max(9, (len(self.table) + self.early).bit_length()))
        return entry


_BEGIN: Final = 256
_END: Final = 257
_FRESH: Final = [*(bytes([n]) for n in range(256)), b"", b""]


def _ascii85(data: bytes, _header: str, found: Found) -> bytes:
    if not found.take(len(data)):
        return b""
    text = _BLANK.sub("", latin(data)).removeprefix("<~").partition("~")[0]
    out, group = bytearray(), ""
    for letter in text:
        if letter == "z" and not group:
            out += bytes(4)
        elif "!" <= letter <= "u":
            group += letter
            if len(group) == 5:
                out += _base85(group)
                group = ""
        else:
            found.damaged = True
            break
    if len(group) > 1:
        out += _base85(group.ljust(5, "u"))[: len(group) - 1]
    return bytes(out)


def _base85(group: str) -> bytes:
    value = 0
    for letter in group:
        value = value * 85 + ord(letter) - 33
    return (value & 0xFFFFFFFF).to_bytes(4, "big")


def _hexadecimal(data: bytes, _header: str, found: Found) -> bytes:
    if not found.take(len(data)):
        return b""
    digits = _BLANK.sub("", latin(data)).partition(">")[0]
    clean = re.match("[0-9A-Fa-f]*", digits)
    assert clean is not None
    found.damaged |= clean.end() < len(digits)
    return bytes.fromhex(clean[0] + "0" * (clean.end() % 2))


def _runs(data: bytes, _header: str, found: Found) -> bytes:
    out, at = bytearray(), 0
    while at < len(data) and data[at] != 128:
        size = data[at]
        part = data[at + 1 : at + 2 + size] if size < 128 else data[at + 1 : at + 2] * (257 - size)
        if not found.take(len(part) + 1):
            break
        out += part
        at += 2 + size if size < 128 else 2
    return bytes(out)


def _number(header: str, key: str, otherwise: int) -> int:
    match = re.search(rf"/{key}[ \t\r\n]{{1,9}}([0-9]{{1,6}})", header, re.ASCII)
    return int(match[1]) if match else otherwise


def _predicted(data: bytes, header: str, found: Found) -> bytes:
    """Bytes of which each row tells only how it differs: as PNG or TIFF have it."""
    kind, depth = _number(header, "Predictor", 1), _number(header, "BitsPerComponent", 8)
    bits = _number(header, "Colors", 1) * depth
    width, step = (_number(header, "Columns", 1) * bits + 7) // 8, max(1, bits // 8)
    if kind < 2 or not data:
        return data
    known = kind > 9 or (kind == 2 and depth == 8)
    if not known or not 0 < width <= _ROW or not found.take(len(data)):
        found.partial = True
        return data
    return _rows(data, width, step, marked=kind > 9)


def _rows(data: bytes, width: int, step: int, *, marked: bool) -> bytes:
    """The rows; each begins with how it differs where they are `marked`."""
    out, above = bytearray(), bytes(width)
    for at in range(0, len(data), width + marked):
        row = bytearray(data[at + marked : at + marked + width])
        _undone(row, above, step, data[at] if marked else 1)
        out += row
        above = bytes(row).ljust(width, b"\0")
    return bytes(out)


def _undone(row: bytearray, above: bytes, step: int, kind: int) -> None:
    for n, byte in enumerate(row):
        left = row[n - step] if n >= step else 0
        corner = above[n - step] if n >= step else 0
        guesses = (0, left, above[n], (left + above[n]) // 2, _nearest(left, above[n], corner))
        row[n] = byte + guesses[kind if kind < 5 else 0] & 255


def _nearest(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


_READERS: Final = {
    **dict.fromkeys(("FlateDecode", "Fl"), _flate),
    **dict.fromkeys(("LZWDecode", "LZW"), _lzw),
    **dict.fromkeys(("ASCII85Decode", "A85"), _ascii85),
    **dict.fromkeys(("ASCIIHexDecode", "AHx"), _hexadecimal),
    **dict.fromkeys(("RunLengthDecode", "RL"), _runs),
}
