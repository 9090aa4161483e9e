# SPDX-License-Identifier: AGPL-3.0-or-later
"""From events to entries of the record. The only translator; every action goes through it, in its own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demur import canonical
from demur.charter.roster import Holder
from demur.dissent import events
from demur.dissent.models import Case, Event, OversightOpening
from demur.entries.installation import Installation
from demur.entries.rows import insert_rows
from demur.entries.writing import append
from demur.record.entry import case_entry
from demur.seal.age import files as age
from demur.seal.age.hybrid import HybridRecipient

_EVENT_COLUMNS = ("case_id", "seq", "text", "r", "leaf_hash", "body", "promise")
OPENING_SIZE = 4096  # bytes: every sealed opening has one size, so that its type does not show


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Under what an event is recorded: the installation, who oversees (None: nobody), and the tick by which it is published."""

    ground: Installation
    oversight: Holder | None
    tick: int


def record_commitment(commitment: bytes) -> bytes:
    """Add the author's own commitment to the record; returns its leaf hash."""
    return append(case_entry(commitment))


def record_event(
    case: Case,
    event: Mapping[str, Any],
    *,
    body: str,
    recording: Recording,
    beside: tuple[bytes, ...] = (),
) -> Event:
    """Add an event to the record and to the case; `beside` are leaf hashes that its promise names first.

    `body` is the SHA-256 (hex) of the sealed file that travels with it, or "".
    """
    ground = recording.ground
    r = ground.random(32)
    commitment = events.commitment(event, r)
    leaf = append(case_entry(commitment))
    text = canonical.dump(dict(event)).decode()
    promise = ground.promise((*beside, leaf), at=event["time"], tick=recording.tick)
    row = Event(case=case, seq=event["seq"], text=text, r=r.hex(), leaf_hash=leaf, body=body, promise=promise)
    insert_rows(Event, [{name: getattr(row, name) for name in _EVENT_COLUMNS}])
    case.seq, case.last = event["seq"], commitment.hex()
    if recording.oversight is not None:
        insert_rows(OversightOpening, [{"data": seal_opening(event, r, recording.oversight)}])
    return row


def seal_opening(event: Mapping[str, Any], r: bytes, oversight: Holder) -> bytes:
    """An opening sealed to the oversight seat: `u32 length || opening || zeros` to one size, in an age file."""
    text = canonical.dump(events.opening(event, r))
    plain = (len(text).to_bytes(4, "big") + text).ljust(OPENING_SIZE, b"\0")
    return age.encrypt(plain, [HybridRecipient.parse(oversight.age)])
