# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words that all signed texts of the record are made of: origins, numbers, base64. Each has one spelling.

A text with two spellings has two hashes, and a verifier that forgives one of them can be shown a record that others
refuse. So every reader here writes back what it read and compares.
"""

import base64
import binascii
import re
from typing import Final

from demur.record.errors import RecordError

MAX_ORIGIN: Final = 120
MAX_NUMBER: Final = 2**53 - 1  # what a browser can hold
_ORIGIN: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(?:/[a-z0-9._-]+)*")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,15}")


def check_origin(origin: str, *, family: type[RecordError]) -> None:
    """Raises `family` unless `origin` can name a channel: a URL without scheme, at most 120 characters."""
    if len(origin) > MAX_ORIGIN or not _ORIGIN.fullmatch(origin):
        raise family(
            f"{origin[:60]!a} cannot be an origin; use lower-case letters, digits, dots and dashes, as in "
            "dissent.example.org."
        )


def check_number(value: int, what: str, *, family: type[RecordError]) -> None:
    """Raises `family` unless 0 <= value < 2**53."""
    if not 0 <= value <= MAX_NUMBER:
        raise family(f"The {what} is beyond what can be written; it must lie between 0 and 2**53 - 1.")


def decimal(text: str, what: str, *, family: type[RecordError]) -> int:
    """A whole number below 2**53 in ASCII digits without leading zeros; raises `family`."""
    if not _DECIMAL.fullmatch(text):
        raise family(f"The {what} is not a plain number; the text is damaged.")
    check_number(int(text), what, family=family)
    return int(text)


def encode_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4) with padding."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, what: str, *, family: type[RecordError]) -> bytes:
    """Standard base64, and only as it would be written back; raises `family`."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise family(f"The {what} is not base64; the text is damaged.") from None
    if encode_base64(data) != text:
        raise family(f"The {what} is not in the one form of base64; the text is damaged.")
    return data


def decode_hash(text: str, what: str, *, family: type[RecordError]) -> bytes:
    """Base64 of exactly 32 bytes; raises `family`."""
    data = decode_base64(text, what, family=family)
    if len(data) != 32:
        raise family(f"The {what} is not 32 bytes long; the text is damaged.")
    return data


def check_hashes(*hashes: bytes, what: str, family: type[RecordError]) -> None:
    """Raises `family` unless every hash has 32 bytes."""
    if any(len(part) != 32 for part in hashes):
        raise family(f"A {what} is not 32 bytes long; make it with SHA-256.")
