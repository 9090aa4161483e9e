# SPDX-License-Identifier: AGPL-3.0-or-later
"""Openings for oversight: packed and sealed when oversight asks. Format: `spec/filing.md`, "Seats".

Nothing is kept for it: every event stands in its case with the key that opens it, and what is sealed when it is asked for can neither
be forgotten nor differ from the record. A filing pays for no seal that perhaps nobody ever opens. Many openings share one file,
padded, so that whoever sees it pass learns neither their types nor quite how many there are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from demur import canonical
from demur.charter.roster import Holder
from demur.dissent import events
from demur.dissent.models import Event
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridRecipient

STEP: Final = 64 * 1024  # bytes: every pack is a multiple of it


def openings_of(rows: Sequence[Event]) -> list[Mapping[str, Any]]:
    """The openings of stored events, in their order."""
    return [events.opening(canonical.load_object(row.text.encode()), bytes.fromhex(row.r)) for row in rows]


def seal_openings(openings: Sequence[Mapping[str, Any]], oversight: Holder) -> bytes:
    """Openings, in their order, as one age file for the oversight seat."""
    texts = [canonical.dump(dict(row)) for row in openings]
    plain = b"".join(len(text).to_bytes(4, "big") + text for text in texts)
    return age.encrypt(plain.ljust(-(-len(plain) // STEP) * STEP, b"\0"), [HybridRecipient.parse(oversight.age)])
