# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries of the record. Format: `spec/entry.md`.

A case entry hides: 46 bytes, whatever happened, so that neither type nor length shows, and not even a guessed event can
be tested without its key r. A readable entry shows: charter, seats, accounting, which everybody must be able to check.
"""

import hmac
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.record.errors import EntryError
from demur.record.texts import check_origin

_LEAF: Final = b"demur/leaf/v1\0"
_OPEN: Final = b"demur/open/v1\0"
KEY_SIZE: Final = 32
MAX_READABLE: Final = 60_000  # bytes, so that a bundle's 16-bit length always suffices


@dataclass(frozen=True)
class Hidden:
    """A case entry: a commitment of 32 bytes."""

    commitment: bytes


@dataclass(frozen=True)
class Readable:
    """A readable entry: its JSON object."""

    value: dict[str, Any]


def commit(event: dict[str, Any], r: bytes) -> bytes:
    """HMAC-SHA256(key = r, RFC 8785 JSON of `event`), 32 bytes. Raises EntryError unless r has 32 bytes."""
    return commit_text(_canonical(event), r)


def commit_text(text: bytes, r: bytes) -> bytes:
    """As `commit`, of an event whose canonical JSON is at hand."""
    if len(r) != KEY_SIZE:
        raise EntryError("The key of a commitment must have 32 random bytes; draw a new one.")
    return hmac.digest(r, text, "sha256")


def case_entry(commitment: bytes) -> bytes:
    """The bytes of a case entry, always 46. Raises EntryError unless the commitment has 32."""
    if len(commitment) != KEY_SIZE:
        raise EntryError("A commitment must have 32 bytes; make it with HMAC-SHA256.")
    return _LEAF + commitment


def open_entry(data: bytes, event: dict[str, Any], r: bytes) -> None:
    """Raises EntryError unless the case entry `data` commits to `event` under `r`."""
    if not hmac.compare_digest(data, case_entry(commit(event, r))):
        raise EntryError("The event is not the one that was recorded here; use the opening of this very entry.")


def readable_entry(value: dict[str, Any]) -> bytes:
    """The bytes of a readable entry, at most 60,000; raises EntryError if larger, or without v, type or origin."""
    if value.get("v") is True or value.get("v") != 1 or not isinstance(value.get("type"), str) or not value["type"]:
        raise EntryError("A readable entry must say its version, 1, and its type; add them.")
    if not isinstance(value.get("origin"), str):
        raise EntryError("A readable entry must say the origin of its log; add it.")
    check_origin(value["origin"], family=EntryError)
    data = _OPEN + _canonical(value)
    if len(data) > MAX_READABLE:
        raise EntryError(f"The entry has {len(data)} bytes and {MAX_READABLE} are the limit; name large parts by hash.")
    return data


def read_entry(data: bytes) -> Hidden | Readable:
    """What an entry is; raises EntryError for bytes that are neither kind."""
    if data.startswith(_LEAF) and len(data) == len(_LEAF) + KEY_SIZE:
        return Hidden(data.removeprefix(_LEAF))
    if not data.startswith(_OPEN) or len(data) > MAX_READABLE:
        raise EntryError("An entry of the record is of no known kind; a newer Demur may know it.")
    try:
        value = canonical.load_object(data.removeprefix(_OPEN))
    except canonical.CanonicalError as error:
        raise EntryError(f"A readable entry cannot be read: {error}") from None
    readable_entry(value)
    return Readable(value)


def cover_event(origin: str, n: int) -> dict[str, Any]:
    """The event of cover entry number `n`: it fills a tick to its constant and is opened in the monthly accounting."""
    return {"v": 1, "type": "cover", "origin": origin, "n": n}


def _canonical(value: dict[str, Any]) -> bytes:
    try:
        return canonical.dump(value)
    except canonical.CanonicalError as error:
        raise EntryError(f"What should be recorded has no canonical form: {error}") from None
