# SPDX-License-Identifier: AGPL-3.0-or-later
"""From events to entries of the record. The only translator; every action goes through it, in its own transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from demur import canonical
from demur.dissent.models import Case, Event
from demur.entries.installation import Installation
from demur.entries.queries import last_stated
from demur.entries.rows import insert_rows
from demur.entries.writing import append
from demur.record.entry import case_entry, commit_text
from demur.record.merkle import leaf_hash

_EVENT_COLUMNS = ("case_id", "seq", "text", "r", "leaf_hash", "body", "promise")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Under what an event is recorded: the installation, and the tick by which it is published."""

    ground: Installation
    tick: int

    @property
    def due(self) -> int:
        """The earliest time (POSIX seconds) for which an event is promised."""
        return self.tick + self.ground.grace


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An event ready to be recorded: its row, promise included, and its entry. Nothing of it stands anywhere yet. `promise` signs the
    promise anew, for a time that a checkpoint has `stated`.
    """

    row: Event
    entry: bytes
    recording: Recording
    promise: Callable[..., str]


def draft_event(
    case: Case,
    event: Mapping[str, Any],
    *,
    body: str,
    recording: Recording,
    beside: tuple[bytes, ...] = (),
) -> Draft:
    """All that an event costs to compute; touches no row, so that nobody waits for it. `beside` are the leaf hashes that its promise
    names first, `body` is the SHA-256 (hex) of the sealed file that travels with it, or "". Moves `case` on.
    """
    ground = recording.ground
    r = ground.random(32)
    text = canonical.dump(dict(event))
    commitment = commit_text(text, r)
    entry = case_entry(commitment)
    leaf = leaf_hash(entry)
    promise = partial(ground.promise, (*beside, leaf), at=event["time"], tick=recording.tick)
    row = Event(
        case=case, seq=event["seq"], text=text.decode(), r=r.hex(), leaf_hash=leaf, body=body, promise=promise()
    )
    case.seq, case.last = event["seq"], commitment.hex()
    return Draft(row=row, entry=entry, recording=recording, promise=promise)


def record_draft(draft: Draft, *before: bytes) -> None:
    """Add a drafted event to the record and to its case, in the open transaction; `before` are entries that go with it.

    Here no checkpoint can be signed meanwhile: one that lacks the entry and states a later time than was promised would convict the log.
    """
    stated = last_stated(draft.recording.ground.keys)
    if stated > draft.recording.due:
        draft.row.promise = draft.promise(stated=stated)
    append(*before, draft.entry)
    insert_rows(Event, [{name: getattr(draft.row, name) for name in _EVENT_COLUMNS}])


def record_owed(*entries: bytes) -> None:
    """Add to the record, in the open transaction, entries that the log promised before a restore lost them."""
    append(*entries)


def record_event(case: Case, event: Mapping[str, Any], *, body: str, recording: Recording) -> Event:
    """Draft and record an event at once."""
    draft = draft_event(case, event, body=body, recording=recording)
    record_draft(draft)
    return draft.row
