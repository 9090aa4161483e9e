# SPDX-License-Identifier: AGPL-3.0-or-later
"""The readable entry that says what was erased on purpose: written by `demur erase` and by a restore, read by both, and by clients. Format:
`spec/entry.md`. And the hashes by which an installation remembers what was erased. Pure.

The hash of a case or a mailbox is made from its random name and from the hash of the secret that opens it, so that only who could read the
case is told that it was erased.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from demur.record.entry import Readable, read_entry
from demur.record.errors import RecordError

MOST: Final = 4000  # places in one entry: a readable entry has at most 60,000 bytes
_TYPE: Final = "erased"


def erased_statement(origin: str, *, entries: Sequence[int], time: int) -> dict[str, object]:
    """The entry that names `entries`, by their places, at most `MOST`, as erased at `time` (POSIX seconds)."""
    return {"v": 1, "type": _TYPE, "origin": origin, "entries": list(entries), "time": time, "reason": "shredded"}


def erased_places(data: bytes, origin: str = "") -> list[int]:
    """The places that an entry names as erased; none where it is another entry, or one of another `origin` than this, if any is given."""
    return [place for place in _value(data, origin).get("entries", []) if type(place) is int and place >= 0]


def erased_when(data: bytes, origin: str) -> int:
    """When an entry of `origin` says that it was erased (POSIX seconds), 0 where it does not say."""
    when = _value(data, origin).get("time")
    return when if type(when) is int else 0


def _value(data: bytes, origin: str) -> dict[str, Any]:
    try:
        entry = read_entry(data)
    except RecordError:
        return {}
    value = dict(entry.value) if isinstance(entry, Readable) else {}
    right = (
        value.get("type") == _TYPE and origin in ("", value.get("origin")) and isinstance(value.get("entries"), list)
    )
    return value if right else {}


def of_mailbox(mailbox: str, bearer_sha256: str) -> bytes:
    """What is noted of a mailbox: for whoever holds its bearer, whose SHA-256 (hex) this is."""
    return _named("mailbox", mailbox, bearer_sha256)


def of_case(case: str, token_sha256: str) -> bytes:
    """What is noted of a case: for whoever holds its token, whose SHA-256 (hex) this is."""
    return _named("case", case, token_sha256)


def of_upload(sha256: str) -> bytes:
    """What is noted of a large file that came in parts."""
    return _named("upload", sha256, "")


def _named(kind: str, name: str, secret: str) -> bytes:
    return hashlib.sha256(f"demur/erased/v1\0{kind}\0{name}\0{secret}".encode()).digest()
