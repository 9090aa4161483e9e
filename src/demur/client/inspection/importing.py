# SPDX-License-Identifier: AGPL-3.0-or-later
"""The text of a word processor's document (.docx, .odt, .fodt), paragraph by paragraph.

As `assets/lib/inspection/importing.js`.

Only letters are taken, so nothing else of the file goes along. Left out are notes, comments, pictures, headers,
numbers of lists, hidden text and what was struck out: the author looks the text through. At most LONGEST bytes of
markup are unpacked; nothing is resolved or fetched. Sources: ECMA-376 part 1, 17.2-17.3; OASIS ODF 1.3 part 3,
chapters 5 and 6.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demur.client.errors import NotImportable
from demur.client.inspection.archives import Entry, entries_of, start_of
from demur.client.inspection.report import Found, readable
from demur.client.inspection.unpacking import inflate

LONGEST: Final = 8 * 1024 * 1024  # bytes of markup
_TOKEN: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.:-]{0,80})([^<>]*)>|<[^<>]*>?|([^<]+)")
_COUNT: Final = re.compile(r"text:c=[\"']([0-9]{1,3})[\"']")
_OFF: Final = re.compile(r"w:val=[\"'](?:0|false|off)[\"']")
_REFERENCE: Final = re.compile(r"&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|amp|lt|gt|quot|apos);")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_WORD_SKIPPED: Final = frozenset(
    {"w:del", "w:moveFrom", "mc:Fallback", "w:instrText", "w:sectPr", "w:pict", "w:object"}
)
_OPEN_SKIPPED: Final = frozenset(
    {
        "text:tracked-changes",
        "office:annotation",
        "text:note",
        "text:hidden-text",
        "text:hidden-paragraph",
        "draw:frame",
        "text:ruby-text",
    }
)
_BREAKS: Final = {
    "w:tab": "\t",
    "w:br": "\n",
    "w:cr": "\n",
    "w:noBreakHyphen": "-",
    "text:tab": "\t",
    "text:line-break": "\n",
}


@dataclass(frozen=True)
class _Token:
    name: str
    attributes: str
    letters: str
    ends: bool

    @property
    def nesting(self) -> int:
        """1 for a start tag, -1 for an end tag, 0 for a tag that is both, and for letters."""
        return -1 if self.ends else 0 if self.letters or self.attributes.endswith("/") else 1

    @property
    def stands_for(self) -> str:
        """The letters that a tag stands for, such as a tab."""
        if self.ends:
            return ""
        return _spaces(self.attributes) if self.name == "text:s" else _BREAKS.get(self.name, "")


def text_of(data: bytes) -> str:
    """The paragraphs, parted by empty lines. Raises NotImportable where there is no such document, or no text in it."""
    part = _part(data)
    paragraphs = _word(part) if "<w:body" in part else _open(part) if "<office:text" in part else []
    text = "\n\n".join(row for row in (paragraph.strip("\r\n") for paragraph in paragraphs) if row.strip())
    if not text:
        raise NotImportable("No text of a .docx or .odt document was found in it; save it as plain text (UTF-8).")
    return f"{text}\n"


def text_or_import(data: bytes) -> str:
    """The text of a document, or of a plain text. Raises NotImportable."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text_of(data)
    if "\0" in text or data[:4] == b"PK\x03\x04" or "<office:text" in text:
        return text_of(data)
    if not text.strip():
        raise NotImportable("There is no text in it; choose another file.")
    return text


def _part(data: bytes) -> str:
    """The part that holds the text, as letters."""
    if data[:4] != b"PK\x03\x04":
        return readable(data[:LONGEST]) if len(data) <= LONGEST else ""
    named = {"word/document.xml", "content.xml"}
    part = next((entry for entry in entries_of(data) if entry.name in named and not entry.flags & 1), None)
    return readable(_unpacked(data, part)) if part is not None else ""


def _unpacked(data: bytes, entry: Entry) -> bytes:
    start = start_of(data, entry)
    packed = data[start : start + entry.packed]
    found = Found(room=[LONGEST, 1])
    inner = inflate(packed, found) if entry.method == 8 else packed
    if found.partial or found.damaged or len(packed) > LONGEST:
        raise NotImportable(
            "The document is damaged, or its text is too long to be taken; save it as plain text (UTF-8)."
        )
    return inner


def _tokens(part: str, skipped: frozenset[str]) -> Iterator[_Token]:
    """Tags and letters outside of what is skipped."""
    within, depth = "", 0
    for match in _TOKEN.finditer(part):
        token = _Token(name=match[2] or "", attributes=match[3] or "", letters=match[4] or "", ends=bool(match[1]))
        if not within and token.name not in skipped:
            yield token
        elif not within or token.name == within:
            depth = max(0, depth + token.nesting)
            within = token.name if depth else ""


class _Paragraphs:
    """Letters as they come, parted where a paragraph ends."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.line: list[str] = []

    def end(self) -> None:
        self.done.append("".join(self.line))
        self.line = []


def _word(part: str) -> list[str]:
    text, within, hidden = _Paragraphs(), False, False
    for token in _tokens(part, _WORD_SKIPPED):
        if token.name == "w:p" and token.nesting < 1:
            text.end()
        hidden = not _OFF.search(token.attributes) if token.name == "w:vanish" else hidden and token.name != "w:r"
        within = token.nesting > 0 if token.name == "w:t" else within
        if not hidden:
            text.line.append(_plain(token.letters) if within else token.stands_for)
    text.end()
    return text.done


def _open(part: str) -> list[str]:
    text, depth = _Paragraphs(), 0
    for token in _tokens(part[part.find("<office:text") :], _OPEN_SKIPPED):
        if token.name in {"text:p", "text:h"}:
            depth += token.nesting
            if token.nesting < 1:
                text.end()
        text.line.append(token.stands_for)
        if depth > 0:
            text.line.append(re.sub("[ \t\r\n]+", " ", _plain(token.letters)))
    text.end()
    return text.done


def _spaces(attributes: str) -> str:
    count = _COUNT.search(attributes)
    return " " * (int(count[1]) if count else 1)


def _plain(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if not name.startswith("#"):
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
