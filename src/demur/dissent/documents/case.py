# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lets somebody read a case: `case.json` of a grant, and what an author keeps in the mailbox. Format: `spec/filing.md`."""

from typing import Any

from demur import canonical
from demur.dissent.documents.reading import json_document
from demur.dissent.errors import DocumentError
from demur.schema import SCHEMA, fault


def read_case(data: bytes) -> dict[str, Any]:
    """`case.json` of a grant: case, case_key, token, salt, author. Raises DocumentError."""
    return json_document(data, "case")


def read_kept_case(data: bytes) -> dict[str, Any]:
    """`case.json` of the author's own item in the mailbox, which adds the submit manifest. Raises DocumentError."""
    return json_document(data, "case", shape="kept case")


def read_opening(data: bytes) -> dict[str, Any]:
    """The outer form of an opening, {event, r}: what `events.check_opening` then reads. Raises DocumentError."""
    try:
        document = canonical.load_object(data)
    except canonical.CanonicalError as error:
        raise DocumentError(f"The opening cannot be read: {error}") from None
    if fault(document, SCHEMA["documents"]["opening"]["1"]):
        raise DocumentError("The opening has other members than it should; it was not made by Demur.")
    return document
