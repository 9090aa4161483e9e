# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading documents strictly: canonical JSON that machines exchange, TOML that people fill in.

Text is never altered: what a person typed is what is sealed, byte for byte. Where a template holds something unknown, the
sentence names it, because a silently dropped answer would be a silently dropped claim.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from demur import canonical
from demur.dissent.errors import DocumentError
from demur.schema import document_fault, is_visible

_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def toml_table(text: str, what: str) -> dict[str, Any]:
    """The TOML of a filled template; raises DocumentError."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))  # some programs begin a text with a byte order mark
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(f"The {what} is not valid TOML ({error}); mend that line and try again.") from None


def json_document(data: bytes, kind: str, *, shape: str = "") -> dict[str, Any]:
    """A canonical document of type `kind`, held against its shape (`shape` of spec/documents.json, that of `kind` if it is not
    given) before anything of it is used; raises DocumentError.
    """
    try:
        document = canonical.load_object(data)
    except canonical.CanonicalError as error:
        raise DocumentError(f"The {kind} cannot be read: {error}") from None
    found = document_fault(document, shape or kind)
    if found is None or document.get("type") != kind:
        raise DocumentError(
            f"This is not a {kind} of a version that is known here; a newer Demur may be able to read it."
        )
    if found:
        raise DocumentError(
            f"The {kind} has a wrong member ({found.strip() or 'one is missing or too many'}); it was not made by Demur."
        )
    return document


def is_date(text: str) -> bool:
    """Whether `text` is a day of the calendar, year-month-day in digits, from the year 1."""
    try:
        return bool(_DATE.fullmatch(text)) and date.fromisoformat(text) is not None
    except ValueError:
        return False


def only(table: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    """Raises DocumentError if `table` has a key that is not `known`."""
    odd = sorted(set(table) - known)
    if odd:
        raise DocumentError(f"The {what} has an unknown entry {odd[0]!r}; it may have {', '.join(sorted(known))}.")


def text_of(table: Mapping[str, Any], name: str, what: str, *, required: bool = False) -> str:
    """The text under `name`, "" if absent; raises DocumentError."""
    value = table.get(name, "")
    if not isinstance(value, str):
        raise DocumentError(f"The entry {name!r} of the {what} must be text in quotes.")
    if required and not is_visible(value):
        raise DocumentError(f"The {what} needs the entry {name!r}; write it and try again.")
    return value


def rows_of(table: Mapping[str, Any], name: str, what: str) -> list[dict[str, Any]]:
    """The list of tables under `name`; raises DocumentError."""
    rows = table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DocumentError(f"Write each {name} of the {what} under a line [[{name}]].")
    return rows
