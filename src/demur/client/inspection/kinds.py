# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which kind of file this is: by content, never by name. As `assets/lib/inspection/kinds.js`.

Turned round: what is not plainly text, or an image of known parts, is a file that can tell. A kind that is not in
the table is "unknown" and may tell anything.
"""

import re
from dataclasses import dataclass
from typing import Final

from demur.client.inspection.archives import zip_kind
from demur.client.inspection.report import TABLES, latin

_SIGNATURES: Final = tuple((kind, at, bytes.fromhex(digits)) for kind, at, digits in TABLES["signatures"])
# Kind, pattern, whether it is sure, and words of which one must stand in the text for the pattern to be worth its time.
_SIGNS: Final = tuple(
    (kind, re.compile(pattern, re.ASCII | re.IGNORECASE), sure, tuple(needed))
    for kind, pattern, sure, needed in TABLES["signs"]
)
_HEADER: Final = re.compile(r"^([A-Za-z][A-Za-z0-9-]{0,40}):([ \t]|$)", re.ASCII)
_MBOX: Final = re.compile(r"(?:^|[\r\n])From [^ \t\r\n]{1,200} +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ", re.ASCII)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_START: Final = re.compile(r"^(?:\xef\xbb\xbf)?[ \t\r\n]*", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """A kind of file. `text`: it is UTF-8 without NUL; `strong`: where it is text, it is surely of the format named; `controls`: how many
    control characters stand in a text.
    """

    name: str
    text: bool
    strong: bool
    controls: int


def kind_of(data: bytes) -> Kind:
    """The kind of these bytes."""
    text = _is_text(data)
    controls = len(_CONTROLS.findall(latin(data))) if text else 0
    if text and not controls:
        return _sign(data, 0)
    binary = _binary(data)
    if binary:
        return Kind(binary, text=False, strong=True, controls=0)
    return _sign(data, controls) if text else _unknown(data)


def _is_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _sign(data: bytes, controls: int) -> Kind:
    """The format of a text that shows signs of one, else plain text."""
    text = latin(data)
    start = _START.match(text)
    text = text[start.end() :] if start else text
    mail = _mail(text)
    if mail:
        return Kind("mail", text=True, strong=mail == "sure", controls=controls)
    small = text.lower()
    for name, pattern, strong, needed in _SIGNS:
        if (not needed or any(word in small for word in needed)) and pattern.search(text):
            return Kind(name, text=True, strong=strong, controls=controls)
    return Kind("text", text=True, strong=False, controls=controls)


def _mail(text: str) -> str:
    """ "sure" where headers stand that only mail programs write, "likely" for a head of From and To as in a memorandum."""
    if _MBOX.search(text):
        return "sure"
    names = set()
    for line in re.split("\r\n|\n|\r", text[:20_000])[:200]:
        match = _HEADER.match(line)
        if match:
            names.add(match[1].lower())
        elif line[:1] not in {" ", "\t"}:
            break
    if names & set(TABLES["headers"]["transport"]):
        return "sure"
    persons = names & set(TABLES["headers"]["person"])
    return "likely" if len(persons) > 1 and persons & {"from", "to", "sender"} else ""


def _binary(data: bytes) -> str:
    for kind, at, mark in _SIGNATURES:
        if data[at : at + len(mark)] == mark:
            return zip_kind(data) if kind == "zip" else kind
    return _formed(data)


def _formed(data: bytes) -> str:
    """Formats whose mark does not stand at the beginning, or is a few bits."""
    if data[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}:
        return str(TABLES["brands"].get(latin(data[8:12]), "mp4"))
    if data[:4] in {b"RIFF", b"RF64", b"RIFX"}:
        return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(data[8:12], "riff")
    if b"%PDF-" in data:
        return "pdf"
    starts = {b"FORM": "iff", b"\xff\xfe": "utf16", b"\xfe\xff": "utf16"}
    return starts.get(data[:4]) or starts.get(data[:2]) or _sound(data)


def _sound(data: bytes) -> str:
    """MPEG sound without a tag: eleven bits, then version and layer (ISO 11172-3)."""
    second = data[1] if len(data) > 2 and data[0] == 0xFF else 0
    if second & 0xE0 != 0xE0 or second == 0xFF:
        return ""
    if second & 0xF6 == 0xF0:
        return "aac"
    return "mp3" if second & 6 and second & 0x18 != 8 else ""


def _unknown(data: bytes) -> Kind:
    """What is neither; RTF, mail and the like are known also in other encodings than UTF-8."""
    if b"\0" not in data:
        kind = _sign(data, 0)
        if kind.strong:
            return Kind(kind.name, text=False, strong=True, controls=0)
    return Kind("unknown", text=False, strong=True, controls=0)
