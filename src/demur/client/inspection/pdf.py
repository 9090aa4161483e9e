# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a PDF tells: information dictionary, XMP, earlier versions, annotations, attachments, forms, scripts, what
lies under boxes.

As `assets/lib/inspection/pdf.js`.

Objects are found by their beginning ("5 0 obj") wherever they stand, so earlier versions and objects that no table
names are read too. Source: ISO 32000-2, 7.3 (objects), 7.5 (file structure), 12.5 (annotations), 14.3 (metadata).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from demur.client.inspection.filters import unfiltered
from demur.client.inspection.fonts import embedded_font
from demur.client.inspection.markuptext import Nested, is_markup, markup
from demur.client.inspection.profiles import profile
from demur.client.inspection.report import TABLES, Found, latin, raw, readable

_OBJECT: Final = re.compile(r"([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}obj", re.ASCII)
_STREAM: Final = re.compile(r"stream(?:\r\n|\n|\r)", re.ASCII)
_ESCAPED: Final = re.compile(r"/[^\x00-\x20()<>\[\]{}/%#]{0,60}#[^\x00-\x20()<>\[\]{}/%]{0,60}", re.ASCII)
_KEY: Final = re.compile(
    r"/([^\x00-\x20()<>\[\]{}/%]{1,60})[ \t\r\n]{0,9}(?=(\(|<[0-9A-Fa-f]|([0-9]{1,10})[ \t\r\n]{1,9}[0-9]{1,5}[ \t\r\n]{1,9}R))",
    re.ASCII,
)
_SUBTYPE: Final = re.compile(r"/Subtype[ \t\r\n]{0,9}/([A-Za-z0-9]{1,30})", re.ASCII)
_IDENTITY: Final = re.compile(r"/ID[ \t\r\n]{0,9}\[[ \t\r\n]{0,9}<([0-9A-Fa-f]{1,64})>", re.ASCII)
_PAIR: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_INFO: Final = re.compile(r"/Info[ \t\r\n]{1,9}([0-9]{1,10})[ \t\r\n]", re.ASCII)
_COVERS: Final = re.compile(r"[ \t\r\n](?:f|F|f\*|b|B|b\*|B\*)(?:[ \t\r\n]|$)", re.ASCII)
_WRITES: Final = re.compile(r"T[jJ][ \t\r\n]|[ \t\r\n]3[ \t\r\n]Tr", re.ASCII)
_NOTED: Final = frozenset(
    {
        "Text",
        "FreeText",
        "Highlight",
        "Underline",
        "StrikeOut",
        "Squiggly",
        "Stamp",
        "Caret",
        "Ink",
        "Square",
        "Circle",
        "Line",
        "Polygon",
        "PolyLine",
        "Sound",
        "FileAttachment",
    }
)
# Names whose presence tells something, and what.
_PRESENT: Final = (
    ("/Encrypt", "encrypted"),
    ("/JavaScript", "script"),
    ("/JS", "script"),
    ("/Launch", "script"),
    ("/EmbeddedFile", "attachment"),
    ("/AcroForm", "form"),
    ("/XFA", "form"),
    ("/OCProperties", "hidden"),
    ("/PieceInfo", "property"),
    ("/Thumb ", "thumbnail"),
    ("/ByteRange", "identifier"),
    ("/SubmitForm", "address"),
    ("/Redact", "covered"),
)
_KEYS_ELSEWHERE: Final = {
    "F": "attachment",
    "UF": "attachment",
    "ID": "identifier",
    "Name": "author",
    "Location": "place",
    "Reason": "note",
    "ContactInfo": "author",
    "Contents": "comments",
    "T": "author",
    "V": "note",
    "TU": "note",
    "Lang": "",
    "URI": "note",
    "RC": "comments",
    "Subj": "title",
    "NM": "identifier",
    "M": "changed",
    "DA": "",
}
# A stream that is a picture of points, one that holds a picture's file, and one that is a font.
_IMAGE: Final = re.compile(r"/Subtype[ \t\r\n]{0,9}/Image(?![A-Za-z])", re.ASCII)
_NESTED: Final = re.compile(
    r"/(?:DCT|DCTDecode|JPXDecode)(?![A-Za-z])|/Filter[ \t\r\n]{0,9}\[?[ \t\r\n]{0,9}[0-9]", re.ASCII
)
_FONT: Final = re.compile(r"/Length[123][ \t\r\n]|/Subtype[ \t\r\n]{0,9}/(?:Type1C|CIDFontType0C|OpenType)", re.ASCII)
_HEADER: Final = 4096
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_STREAMS: Final = 400
_KEYS: Final = 20_000
_LONGEST: Final = 2_000
_STRING_COST: Final = 2048  # of the room: strings may stand in strings, and each is read to its end


@dataclass
class _Document:
    text: str
    objects: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # number -> (text that it stands in, where)
    bodies: list[str] = field(default_factory=list)
    asked: set[tuple[str, str]] = field(default_factory=set)  # references that were followed

    def read(self, body: str) -> None:
        """Note where each object of a body begins."""
        for match in islice(_OBJECT.finditer(body), _KEYS):
            self.objects.setdefault(match[1], []).append((body, match.end()))

    def named(self, number: str) -> str:
        """The last object of this number that does not stand in a stream; nothing where there is none."""
        places = self.objects.get(number, [])
        return places[-1][0][places[-1][1] : places[-1][1] + 400].partition("endobj")[0] if places else ""


def pdf(data: bytes, found: Found, nested: Nested) -> None:
    """Note all that a PDF tells."""
    text = latin(data)
    start = max(0, text.find("%PDF-"))
    if start:
        found.add("leading", str(start))
    _versions(data, text, found, nested)
    document = _Document(text=_unescaped(text))
    document.bodies.append(document.text)
    document.read(document.text)
    _streams(data, text, document, found, nested)
    for body in document.bodies[1:]:
        document.read(body)
    for body in document.bodies:
        for name, what in _PRESENT:
            if name in body:
                found.add(what, "")
        _keys(body, document, found)
    _information(document, found)


def _versions(data: bytes, text: str, found: Found, nested: Nested) -> None:
    ends = text.count("%%EOF")
    if ends > (2 if "/Linearized" in text[:4096] else 1):
        found.add("revision", str(ends))
    if not ends:
        found.damaged = True
        return
    after = text.rfind("%%EOF") + 5
    if text[after:].strip("\r\n \t\0"):
        found.add("trailing", str(len(text) - after))
        nested("", data[after:], found)


def _unescaped(text: str) -> str:
    """Names with their `#xx` read."""
    return _ESCAPED.sub(lambda match: re.sub("#([0-9A-Fa-f]{2})", lambda pair: chr(int(pair[1], 16)), match[0]), text)


def _streams(data: bytes, text: str, document: _Document, found: Found, nested: Nested) -> None:
    reached = 0
    for count, match in enumerate(_STREAM.finditer(text)):
        if count == _STREAMS:
            found.partial = True
            break
        if text[match.start() - 3 : match.start()] == "end":
            continue
        header, end = _header(text, match.start(), found), text.find("endstream", match.end())
        end = end if end > 0 else len(data)
        if match.start() < reached and not found.take(end - match.end()):
            break  # streams in streams: each is read to its end
        reached = end
        _stream(header, data[match.end() : end], document, found, nested)


def _header(text: str, end: int, found: Found) -> str:
    """What stands before a stream, from the beginning of its object."""
    before, start = text[max(0, end - _HEADER) : end], -1
    for match in _OBJECT.finditer(before):
        start = match.end()
    found.partial |= start < 0
    return _unescaped(before[max(0, start) :])


def _stream(header: str, data: bytes, document: _Document, found: Found, nested: Nested) -> None:
    if "/XRef" in header or (_IMAGE.search(header) and not _NESTED.search(header)):
        return  # a table of places, or points
    data, left = unfiltered(header, data, document.named, found)
    if left in {"DCTDecode", "DCT", "JPXDecode"}:
        nested("image", data.rstrip(b"\r\n"), found)
    if not left and "/ObjStm" in header:
        _packed(latin(data), document)
    elif not left:
        _unpacked(header, data, found, nested)


def _unpacked(header: str, data: bytes, found: Found, nested: Nested) -> None:
    """What a stream tells that holds no objects."""
    text = latin(data)
    if "/EmbeddedFile" in header:
        nested("attachment", data, found)
    elif data[36:40] == b"acsp":
        profile(data, found)
    elif _FONT.search(header):
        embedded_font(data, found)
    elif "/XFA" in header or is_markup(text):
        markup(text, found, nested)
    else:
        _covered(text, found)


def _covered(text: str, found: Found) -> None:
    """Whether a filled box is drawn after text, or text is drawn that nobody sees."""
    first = _WRITES.search(text)
    if first is not None and (first[0][0] != "T" or _COVERS.search(text, first.end())):
        found.add("covered", "")


def _packed(text: str, document: _Document) -> None:
    """The objects of an object stream: pairs of number and place, then the objects."""
    numbers = _PAIR.findall(text[: _first(text)])[:_KEYS]
    body = _unescaped(text)
    document.bodies.append(body)
    for at in range(0, len(numbers) - 1, 2):
        document.objects.setdefault(numbers[at], []).append((body, -int(numbers[at + 1]) - 1))


def _keys(body: str, document: _Document, found: Found) -> None:
    for match in islice(_KEY.finditer(body), _KEYS):
        what = _meaning(match[1], body, match.start())
        if not what or (what, match[3]) in document.asked:
            continue
        if match[3]:
            document.asked.add((what, match[3]))
        for value in _values(body, match.end(), match[3], document, found):
            found.add_if(what, value)
    if any(match[1] in _NOTED for match in islice(_SUBTYPE.finditer(body), _KEYS)):
        found.add("comments", "")
    identity = _IDENTITY.search(body)
    if identity is not None:
        found.add("identifier", identity[1])


def _meaning(key: str, body: str, at: int) -> str:
    if key == "T" and "/FT" in body[max(0, at - 300) : at + 300]:
        return "form"  # the name of a field, and not of whoever wrote a note
    return str(TABLES["pdf"].get(key) or _KEYS_ELSEWHERE.get(key, ""))


def _information(document: _Document, found: Found) -> None:
    """Keys of the information dictionary that programs made up."""
    for body in document.bodies[:40]:
        for reference in islice(_INFO.finditer(body), 20):
            for where, at in document.objects.get(reference[1], [])[:20]:
                _made_up(where, at, document, found)


def _made_up(where: str, at: int, document: _Document, found: Found) -> None:
    end = where.find("endobj", at) if at >= 0 else -1
    block = where[at : min(end if end > 0 else len(where), at + 20_000)] if at >= 0 else ""
    for match in _KEY.finditer(block):
        if match[1] not in TABLES["pdf"]:
            for value in _values(block, match.end(), match[3], document, found):
                found.add_if("property", f"{match[1]}: {value}")


def _values(body: str, at: int, reference: str | None, document: _Document, found: Found) -> Iterator[str]:
    if reference is None:
        yield _string(body, at, found)
        return
    for where, place in document.objects.get(reference, [])[:8]:
        begin = place if place >= 0 else _first(where) - place - 1
        while where[begin : begin + 1] in {" ", "\r", "\n", "\t"}:
            begin += 1
        if where[begin : begin + 1] in {"(", "<"} and where[begin : begin + 2] != "<<":
            yield _string(where, begin, found)


def _first(packed: str) -> int:
    """Where the first object of an object stream stands: after the pairs of numbers."""
    match = re.match(r"[0-9 \r\n\t]*", packed)
    return match.end() if match else 0


def _string(body: str, at: int, found: Found) -> str:
    """The string that begins at `at`: in parentheses, which may be nested and escaped, or in hexadecimal digits."""
    if not found.take(_STRING_COST):
        return ""
    if body[at : at + 1] == "<":
        end = body.find(">", at, at + 2 * _LONGEST)
        digits = re.sub("[^0-9A-Fa-f]", "", body[at:end] if end > 0 else "")
        return _decoded(bytes.fromhex(f"{digits}0"[: (len(digits) + 1) // 2 * 2]))
    letters: list[str] = []
    depth, place = 0, at
    while place < min(len(body), at + _LONGEST):
        letter = body[place]
        if letter == "\\":
            part, place = _escape(body, place + 1)
            letters.append(part)
            continue
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            break
        letters.append(letter)
        place += 1
    return _decoded(raw("".join(letters)[1:]))


def _escape(body: str, at: int) -> tuple[str, int]:
    letter = body[at : at + 1]
    if letter and letter in "01234567":
        digits = re.match("[0-7]{1,3}", body[at : at + 3])
        assert digits is not None
        return chr(int(digits[0], 8) & 255), at + len(digits[0])
    if letter in {"\r", "\n"}:
        return "", at + 1
    return _ESCAPES.get(letter, letter), at + 1


def _decoded(data: bytes) -> str:
    return readable(data[3:] if data[:3] == b"\xef\xbb\xbf" else data).replace("\0", "")
