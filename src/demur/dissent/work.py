# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proof of work: what a request shows when many ask at once. Pure. Format: `spec/filing.md`, "Work".

A flood must be held back without knowing who asks. So the price of a request rises with the load, for everybody alike: seconds
for the one who files once, days for the one who files a million times. It is asked under load only, and never instead of filing.

A stamp is `challenge:counter`; SHA-256 over domain, origin, subject and stamp starts with `bits` zero bits. The subject names what is asked
(a case id, a place in a case, a part of an upload), so a stamp serves one request; the challenge changes every hour, so none can be made
long before.
"""

import hashlib
import hmac
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur.dissent.errors import WorkWanted
from demur.dissent.events import act_hash

HEADER: Final = "Demur-Work"
HOUR: Final = 3600
LEAST: Final = 12  # bits asked when the load passes what is free: some milliseconds
MOST: Final = 22  # bits: some seconds on an ordinary machine, more would lock out a phone
_DOMAIN: Final = b"demur/work/v1\0"
_STAMP: Final = re.compile(r"([0-9a-f]{32}):([0-9a-f]{1,16})")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is asked now: `bits` (0: nothing), and the challenges that count, the newest first."""

    bits: int
    challenges: Sequence[str]


def challenges(secret: bytes, at: int) -> tuple[str, str]:
    """The challenges of this hour and the one before, 32 hex digits each; only the server can make them."""
    hour = at // HOUR
    first, second = (hmac.digest(secret, _DOMAIN + str(n).encode(), "sha256")[:16].hex() for n in (hour, hour - 1))
    return first, second


def bits_for(load: float) -> int:
    """Bits for a load, 1 being what is free: 12 at once beyond it, two more each time it doubles."""
    return 0 if load <= 1 else min(LEAST + int(2 * math.log2(load)), MOST)


def check_work(stamp: str, subject: str, *, origin: str, work: Work) -> None:
    """Raises WorkWanted unless the stamp shows the work for this subject."""
    if not work.bits:
        return
    found = _STAMP.fullmatch(stamp)
    if found is None or found[1] not in work.challenges or _zeros(stamp, subject, origin) < work.bits:
        raise WorkWanted(
            f"Many ask at this moment, so each request must show {work.bits} bits of work; a current Demur does it by itself.",
            bits=work.bits,
            challenge=work.challenges[0],
        )


def act_subject(case: str, act: Mapping[str, Any]) -> str:
    """What an author's act shows work for: in version 2 the act itself, which stands in a case once; in version 1 its place."""
    return f"{case}/{act['seq'] if act['v'] == 1 else act_hash(act)}"


def solve(subject: str, *, origin: str, challenge: str, bits: int, rest: Callable[[], None] = lambda: None) -> str:
    """A stamp of `bits` bits for `subject`; `rest` is called now and then, for progress or to give way."""
    counter = 0
    while True:
        stamp = f"{challenge}:{counter:x}"
        if _zeros(stamp, subject, origin) >= bits:
            return stamp
        counter += 1
        if counter % 65_536 == 0:
            rest()


def _zeros(stamp: str, subject: str, origin: str) -> int:
    digest = hashlib.sha256(_DOMAIN + b"\0".join(part.encode() for part in (origin, subject, stamp))).digest()
    return 256 - int.from_bytes(digest, "big").bit_length()
