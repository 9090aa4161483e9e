# SPDX-License-Identifier: AGPL-3.0-or-later
"""The short documents: a message, or the reason of an act. One text, of the type of the act it travels with."""

from demur import canonical
from demur.dissent.documents.reading import json_document
from demur.dissent.errors import DocumentError


def short(kind: str, text: str) -> bytes:
    """The canonical document `{"v":1,"type":kind,"text":…}`; raises DocumentError for an empty or unwritable text."""
    if not text.strip():
        raise DocumentError(f"The text of this {kind} is empty; write a sentence.")
    try:
        return canonical.dump({"v": 1, "type": kind, "text": text})
    except canonical.CanonicalError as error:
        raise DocumentError(f"The text of this {kind} cannot be sealed: {error}") from None


def read_short(kind: str, data: bytes) -> str:
    """The text of a short document; raises DocumentError."""
    text: str = json_document(data, kind, shape="short")["text"]
    return text
