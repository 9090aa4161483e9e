# SPDX-License-Identifier: AGPL-3.0-or-later
"""From events to entries of the record. The only translator; every action goes through it, in its own transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demur import canonical
from demur.dissent.events import UNSIGNED, act_hash
from demur.dissent.models import Case, Event
from demur.entries.installation import Installation
from demur.entries.queries import last_stated
from demur.entries.rows import insert_rows
from demur.entries.writing import append
from demur.record.entry import case_entry, commit_text
from demur.record.merkle import leaf_hash


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Under what an event is recorded: the installation, and the tick by which it is published."""

    ground: Installation
    tick: int


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An event ready to be recorded: its row by columns, promise included, and its entry. Nothing of it stands anywhere yet. `leaves` are
    the leaf hashes that are promised, `at` when (POSIX seconds), for `tick`. Plain values: it may be recorded by another process.
    """

    row: Mapping[str, Any]
    entry: bytes
    leaves: tuple[bytes, ...]
    at: int
    tick: int


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
    leaves, at, tick = (*beside, leaf), event["time"], recording.tick
    row = {
        "case_id": case.id,
        "seq": event["seq"],
        "text": text.decode(),
        "r": r.hex(),
        "leaf_hash": leaf,
        "body": body,
        "promise": ground.promise(leaves, at=at, tick=tick),
    }
    if event["type"] not in UNSIGNED:
        row["act"] = bytes.fromhex(act_hash(event))
    case.seq, case.last = event["seq"], commitment.hex()
    return Draft(row=row, entry=entry, leaves=leaves, at=at, tick=tick)


def record_draft(draft: Draft, *before: bytes, ground: Installation) -> Mapping[str, Any]:
    """Add a drafted event to the record and to its case, in the open transaction; `before` are entries that go with it. Returns the row
    as it was written.

    Here no checkpoint can be signed meanwhile: one that lacks the entry and states a later time than was promised would convict the log.
    """
    stated, row = last_stated(ground.keys), draft.row
    if stated > draft.tick + ground.grace:
        row = {**row, "promise": ground.promise(draft.leaves, at=draft.at, tick=draft.tick, stated=stated)}
    append(*before, draft.entry)
    insert_rows(Event, [row])
    return row


def record_owed(*entries: bytes) -> None:
    """Add to the record, in the open transaction, entries that the log promised before a restore lost them."""
    append(*entries)


def record_event(case: Case, event: Mapping[str, Any], *, body: str, recording: Recording) -> Event:
    """Draft and record an event at once."""
    draft = draft_event(case, event, body=body, recording=recording)
    row = Event(**record_draft(draft, ground=recording.ground))
    row.case = case
    return row
