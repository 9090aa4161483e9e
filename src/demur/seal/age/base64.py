# SPDX-License-Identifier: AGPL-3.0-or-later
"""Standard base64 without padding, as age headers use it; only in its one form."""

import base64
import binascii

from demur.seal.errors import FormatError


def encode_unpadded(data: bytes) -> str:
    """Base64 without `=`."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def decode_unpadded(text: str) -> bytes:
    """The bytes; raises FormatError unless `encode_unpadded` would write the same text."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise FormatError(
            "The sealed file has a line that is not base64; it was damaged, so ask for it again."
        ) from None
    if encode_unpadded(data) != text:
        raise FormatError(
            "The sealed file has base64 that is not in its one form; it was changed, so ask for it again."
        )
    return data
