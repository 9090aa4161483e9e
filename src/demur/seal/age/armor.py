# SPDX-License-Identifier: AGPL-3.0-or-later
"""ASCII armor for age files (strict PEM), so that a key file survives mail and paste. Strict as c2sp.org/age demands."""

import base64
import binascii
from typing import Final

from demur.seal.errors import FormatError

BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
END: Final = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS: Final = 64
_SPACE: Final = b" \t\r\n"


def armor(data: bytes) -> bytes:
    """The armored form, with LF line ends."""
    text = base64.b64encode(data)
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return b"\n".join([BEGIN, *lines, END, b""])


def is_armored(data: bytes) -> bool:
    """Whether `data` claims to be armored."""
    return data.lstrip(_SPACE).startswith(BEGIN)


def dearmor(data: bytes) -> bytes:
    """The bytes inside; raises FormatError unless the armor is in form (white space around it is allowed)."""
    lines = data.strip(_SPACE).replace(b"\r\n", b"\n").split(b"\n")
    body = lines[1:-1]
    if len(lines) < 3 or lines[0] != BEGIN or lines[-1] != END:
        raise FormatError("The armored file lacks its first or last line; copy it again, whole.")
    if any(len(line) != _COLUMNS for line in body[:-1]) or not 0 < len(body[-1]) <= _COLUMNS:
        raise FormatError("A line of the armored file has the wrong length; copy it again, whole.")
    text = b"".join(body)
    try:
        inside = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("The armored file holds something that is not base64; copy it again.") from None
    if base64.b64encode(inside) != text:
        raise FormatError("The armored file is not in its one form; copy it again.")
    return inside
