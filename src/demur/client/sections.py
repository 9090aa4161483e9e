# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sectioned text: how receipts and evidence stand in a file that a person can print. Format: `spec/receipt.md`.

Canonical: reading and writing again gives the same bytes, so every byte of a receipt is either checked or refused.
"""

import re
from collections.abc import Sequence

from demur.client.errors import ClientError

Section = tuple[str, str]  # name, text: empty or lines that each end with a line feed

_HEADING = "=== "
_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # not splitlines: only a line feed ends a line here
_NAME = re.compile(r"[a-z][a-z-]{0,39}")


def write_sections(first: str, sections: Sequence[Section]) -> str:
    """The sectioned text whose first line is `first`. The inverse of `read_sections`."""
    return f"{first}\n" + "".join(f"{_HEADING}{name}\n{text}" for name, text in sections)


def read_sections(data: bytes, first: str, *, family: type[ClientError]) -> list[Section]:
    """The sections of a text that starts with `first`. Raises `family` unless it is canonical."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise family("This file is not text any more; use an undamaged copy.") from None
    head, _, rest = text.partition("\n")
    if head != first:
        raise family(f"This file does not start with {first!r}; it is damaged or another kind of file.")
    sections: list[Section] = []
    for line in _LINE.findall(rest):
        _add(sections, line, family)
    if write_sections(first, sections) != text:
        raise family("This file is not in its one form; it was changed after it was made.")
    return sections


def _add(sections: list[Section], line: str, family: type[ClientError]) -> None:
    if line.startswith(_HEADING):
        name = line.removeprefix(_HEADING).rstrip("\n")
        if not _NAME.fullmatch(name):
            raise family("This file has a heading that is not one; it was changed after it was made.")
        sections.append((name, ""))
    elif sections:
        name, text = sections[-1]
        sections[-1] = (name, text + line)
    else:
        raise family("This file has text before its first heading; it was changed after it was made.")
