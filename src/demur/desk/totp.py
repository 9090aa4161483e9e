# SPDX-License-Identifier: AGPL-3.0-or-later
"""The second factor: six digits of the minute, RFC 6238 as every authenticator app reads it (HMAC-SHA-1, 30 seconds). Pure.

The seed is not stored: it grows from the installation's secret and the account's salt, so that a copy of the database makes no codes.
"""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import quote

STEP: Final = 30  # seconds
DIGITS: Final = 6
LEEWAY: Final = 1  # steps to either side: telephones' clocks differ, and people type slowly


def seed_of(secret: bytes, salt: bytes) -> bytes:
    """The 20 bytes that an authenticator shares with this installation; `salt` is the account's, and new after every reset."""
    return hmac.digest(secret, b"demur/v1/desk/totp" + salt, hashlib.sha256)[:20]


def code_at(seed: bytes, step: int) -> str:
    """The code of one time step (RFC 4226 section 5.3)."""
    digest = hmac.digest(seed, step.to_bytes(8, "big"), hashlib.sha1)
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(seed: bytes, code: str, *, at: int, after: int) -> int | None:
    """The time step that `code` belongs to, around `at` (POSIX seconds) and later than step `after`; None if it is wrong or was used."""
    now = at // STEP
    found = None
    for step in range(now - LEEWAY, now + LEEWAY + 1):
        # Every candidate is compared, so that the time taken does not say which one fitted.
        if hmac.compare_digest(code_at(seed, step).encode(), code.encode()) and step > after:
            found = step
    return found


def seed_in_letters(seed: bytes) -> str:
    """The seed as people type it into an app: Base32, in groups of four."""
    letters = base64.b32encode(seed).decode("ascii")
    return " ".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def address_of(seed: bytes, *, name: str, origin: str) -> str:
    """The otpauth address that an app reads from a picture; it names account and channel."""
    letters = base64.b32encode(seed).decode("ascii")
    return f"otpauth://totp/{quote(origin, safe='')}:{quote(name, safe='')}?secret={letters}&issuer={quote(origin, safe='')}"
