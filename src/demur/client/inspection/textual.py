# SPDX-License-Identifier: AGPL-3.0-or-later
"""What formats made of letters tell: mail, contacts, calendars, RTF, PostScript, JSON, and others line by line.

As `assets/lib/inspection/textual.js`.

Sources: RFC 5322 and 2047 (mail), RFC 6350 (vCard), RFC 5545 (iCalendar), RTF 1.9.1, Adobe DSC 3.0.
"""

import base64
import binascii
import re
from itertools import islice
from typing import Final

from demur.client.inspection.fonts import type_1
from demur.client.inspection.markuptext import Nested, packets
from demur.client.inspection.report import TABLES, Found, latin, readable, utf8
from demur.client.inspection.unpacking import add_paths

_HEADER: Final = re.compile(r"^([!-9;-~]{1,60}):[ \t]*([^\r\n]*)$", re.ASCII)
_WORD: Final = re.compile(r"=\?([A-Za-z0-9_.-]{1,30})\?([BbQq])\?([^? \t]{1,300})\?=", re.ASCII)
_FILE: Final = re.compile(r"(?:file)?name\*?[ \t]*=[ \t]*\"?([^\"\r\n;]{1,200})", re.ASCII | re.IGNORECASE)
_PACKED: Final = re.compile(
    r"base64[ \t]*\r?\n(?:[!-9;-~]{1,60}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n){0,20}){0,20}\r?\n([A-Za-z0-9+/= \t\r\n]{8,})",
    re.ASCII | re.IGNORECASE,
)
_DIRECTORY: Final = {
    "FN": "author",
    "N": "author",
    "EMAIL": "author",
    "NICKNAME": "author",
    "ORGANIZER": "author",
    "ATTENDEE": "recipient",
    "CONTACT": "author",
    "ORG": "organisation",
    "TITLE": "title",
    "SUMMARY": "title",
    "DESCRIPTION": "note",
    "NOTE": "note",
    "LOCATION": "place",
    "GEO": "place",
    "ADR": "place",
    "PRODID": "program",
    "UID": "identifier",
    "DTSTAMP": "changed",
    "CREATED": "made",
    "REV": "changed",
    "LAST-MODIFIED": "changed",
    "PHOTO": "embedded",
    "ATTACH": "attachment",
    "BEGIN": "",
    "END": "",
    "VERSION": "",
    "DN": "author",
    "CN": "author",
    "MAIL": "author",
    "SN": "author",
}
_TELLING: Final = re.compile(
    r"\"([^\"\\]{0,80})\"[ \t\r\n]{0,20}:[ \t\r\n]{0,20}(\"(?:[^\"\\]|\\[^\r\n]){0,400}|-?[0-9][0-9.eE+-]{0,30})",
    re.ASCII,
)
_NAMES: Final = re.compile(
    r"author|creator|owner|user|name|mail|editor|company|org|path|file|host|machine|computer|device|serial|lat|lon|place|city|created|modified|date|time|program|generator|software|version|id$|uuid|comment|title|phone|login|account|license|source|url|kernel",
    re.ASCII | re.IGNORECASE,
)
_CONTROL: Final = re.compile(r"\\([a-z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\\*|\\[^a-z]|[{}]", re.ASCII)
_GROUP: Final = re.compile(r"\{[ \t\r\n]*(?:\\\*[ \t\r\n]*)?\\([a-z]{1,32})", re.ASCII)
_STAMP: Final = re.compile(r"\\(yr|mo|dy|hr|min|sec)([0-9]{1,4})", re.ASCII)
_DSC: Final = re.compile(r"(?:^|[\r\n])%%([A-Za-z0-9_]{1,40}):[ \t]*([^\r\n]{1,300})", re.ASCII)
_CELLS: Final = 300
_GROUP_COST: Final = 8192  # of the room: groups may stand in groups, and each is read to its end


def mail(data: bytes, found: Found, nested: Nested) -> None:
    """Every header, of the mail and of the parts and mails inside, the names of files, and what packed parts tell."""
    text = latin(data)
    _headers(text, found)
    for match in islice(_FILE.finditer(text), _CELLS):
        found.add_if("attachment", utf8(match[1]))
    for match in islice(_PACKED.finditer(text), 50):
        nested("attachment", _unpacked(match[1]), found)
    add_paths(text, found)


def _headers(text: str, found: Found) -> None:
    name, value, heads = "", "", True
    for line in _lines(text):
        if heads and line[:1] in {" ", "\t"} and name:
            value = f"{value} {line.strip(' ')}"[:1000]
            continue
        _header(name, value, found)
        match = _HEADER.match(line) if heads or line[:8].lower() in {"received", "message-", "content-"} else None
        name, value = (match[1].lower(), match[2]) if match else ("", "")
        heads = bool(match) or _begins_heads(line)


def _begins_heads(line: str) -> bool:
    """Whether headers follow: those of the next mail in a mailbox, or of a part."""
    return line.startswith(("From ", ">From ")) or (line.startswith("--") and len(line) > 4)


def _header(name: str, value: str, found: Found) -> None:
    if name:
        what = TABLES["headers"]["what"].get(name, "property")
        plain = _WORD.sub(_word, utf8(value))
        found.add_if(what, f"{name}: {plain}" if what == "property" else plain)


def _word(match: re.Match[str]) -> str:
    """A word that mail encodes (RFC 2047), in UTF-8 or Latin-1."""
    if match[2] in "Bb":
        return readable(_unpacked(match[3]))
    letters = re.sub("=([0-9A-Fa-f]{2})", lambda pair: chr(int(pair[1], 16)), match[3].replace("_", " "))
    return utf8(letters)


def _unpacked(text: str) -> bytes:
    clean = re.sub("[^A-Za-z0-9+/]", "", text)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4))
    except binascii.Error:
        return b""


def _lines(text: str) -> list[str]:
    return re.split("\r\n|\n|\r", text)


def directory(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """vCard, iCalendar and LDIF: every property with its value."""
    last: tuple[str, str] | None = None
    for line in _lines(latin(data))[:20_000]:
        if line[:1] in {" ", "\t"} and last is not None:
            last = (last[0], f"{last[1]}{line[1:]}"[:1000])
            continue
        _property(last, found)
        name, sign, value = line.partition(":")
        last = (name, value) if sign else None
    _property(last, found)


def _property(row: tuple[str, str] | None, found: Found) -> None:
    if row is None:
        return
    name = re.split("[;.]", row[0])[-1 if "." in row[0] and ";" not in row[0] else 0].strip(" \t\xef\xbb\xbf").upper()
    what = _DIRECTORY.get(name, "property")
    value = utf8(row[1])
    if what in {"author", "recipient"} and ";" in row[0]:
        value = f"{utf8(row[0].partition(';')[2])} {value}"
    found.add_if(what, f"{name}: {value}" if what == "property" else value)


def rtf(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """The groups of an RTF document that tell of its making."""
    text = latin(data)
    for match in _GROUP.finditer(text):
        what = TABLES["rtf"].get(match[1])
        if what:
            inner = _group(text, match.end(), found)
            stamp = "".join(f"{number:0>2}" for _, number in _STAMP.findall(inner))
            found.add_if(what, stamp or _letters(inner))
            if what in {"tracked", "comments", "embedded"}:
                found.add(what, "")
    if re.search(r"\\(?:revised|deleted)(?![a-z])", text):
        found.add("tracked", "")
    if re.search(r"\\v(?![a-z0-9])", text):
        found.add("hidden", "")
    after = text.rstrip("\0\r\n\t ")
    if not after.endswith("}"):
        found.damaged = True
    add_paths(text, found)


def _group(text: str, at: int, found: Found) -> str:
    """What stands from `at` to the end of the group, at most 2,000 letters."""
    if not found.take(_GROUP_COST):
        return ""
    depth, place, end = 1, at, min(len(text), at + 2000)
    while place < end and depth:
        letter = text[place]
        if letter == "\\":
            place += 2
            continue
        depth += (letter == "{") - (letter == "}")
        place += 1
    return text[at : place - 1 if not depth else place]


def _letters(group: str) -> str:
    """A group's own letters, without its control words."""

    def plain(match: re.Match[str]) -> str:
        if match[3]:
            return chr(int(match[3], 16))
        if match[1] == "u" and match[2]:
            return f"\x00{int(match[2]) & 0xFFFF};"
        return match[0][1] if match[0] in {"\\\\", "\\{", "\\}"} else " " if match[0] in {"{", "}"} else ""

    text = utf8(_CONTROL.sub(plain, group.removeprefix(" ")))
    return re.sub(
        "\x00([0-9]{1,5});[?]?", lambda match: chr(int(match[1])) if not 0xD800 <= int(match[1]) < 0xE000 else "", text
    )


def postscript(data: bytes, found: Found, nested: Nested) -> None:
    """The comments that tell of a PostScript document's making, and its PDF marks."""
    text = latin(data)
    for count, match in enumerate(_DSC.finditer(text)):
        if count == _CELLS:
            break
        what = TABLES["postscript"].get(match[1], "property")
        value = utf8(match[2]).strip("()")
        found.add_if(what, f"{match[1]}: {value}" if what == "property" else value)
    for match in re.finditer(
        r"/(Author|Creator|Title|Subject|Keywords|Producer)[ \t\r\n]{0,9}\(([^()]{1,300})\)", text
    ):
        found.add_if(TABLES["pdf"][match[1]], utf8(match[2]))
    type_1(text, found)
    packets(text, found, nested)
    add_paths(text, found)


def json_text(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """The values of JSON whose names speak of persons, places, machines and times, at whatever depth."""
    text = latin(data)
    telling = (match for match in _TELLING.finditer(text) if _NAMES.search(match[1]))
    for match in islice(telling, _CELLS):
        found.add_if("property", f"{utf8(match[1])}: {utf8(match[2].removeprefix(chr(34)))}")
    if '"outputs"' in text:
        found.add("embedded", "outputs")
    add_paths(text, found)


_NAMED: Final = re.compile(r"^[#;%*/\\\"@:.< -]{0,6}([A-Za-z0-9_.+-]{1,40})[ \t]{0,9}[:={(\[]", re.ASCII)
_REMARK: Final = re.compile(
    r"/\*((?:[^*]|\*[^/]){1,600})|(?:^|[\r\n])[ \t]*[#;%][ \t]*([^\r\n]{3,300})"
    r"|(?:^|[\r\n])(-----BEGIN [A-Z ]{1,60}|[A-Za-z-]{1,20}: [^\r\n]{1,200})",
    re.ASCII,
)


def lines(data: bytes, found: Found, nested: Nested) -> None:  # noqa: ARG001 -- every kind is asked alike
    """Formats that are read line by line: those lines that speak of persons, places, programs and times, and remarks."""
    text = latin(data)
    for line in _lines(text)[:20_000]:
        match = _NAMED.match(line[:200].strip(" \t"))
        if match and _NAMES.search(match[1]):
            found.add_if("property", utf8(line[:1000]))
    for match in islice(_REMARK.finditer(text), _CELLS):
        found.add_if("note", utf8("".join(part for part in match.groups() if part)))
    for match in islice(_BENCODED.finditer(text), _CELLS):
        found.add_if("property", f"{match[1]}: {utf8(match[2])}")
    add_paths(text, found)


_BENCODED: Final = re.compile(
    r"[0-9]{1,3}:(created by|comment|name|announce|publisher|source|path)[0-9]{1,4}:([^\x00-\x1f]{1,200})", re.ASCII
)
