# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clocks in words: what is owed, by when, and whether it was kept."""

from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.charter.zones import due, when
from demur.dissent.timing import ClockRow

_NAMES: Final = {"ack": "Acknowledgement", "reply": "Reply"}

NOT_ALL_KNOWN: Final = (
    "This version does not know all of this case's charter, so dates and offices shown here may be wrong; update Demur."
)


def due_text(row: ClockRow, frozen: Frozen) -> str:
    """One clock on one line: the office's own day, by which it must have acted."""
    aimed = row.target is not None and row.target != row.limit
    target = f", aimed at {due(frozen, row.target or 0, clock=row.name)}" if aimed else ""
    met = f" on {when(frozen, row.met_at)}" if row.met_at is not None else ""
    state = "disputed, not met" if row.disputed else row.state
    return f"{_NAMES.get(row.name, row.name)}: {state}{met}; due by {due(frozen, row.limit, clock=row.name)}{target}"


def clock_document(row: ClockRow) -> dict[str, Any]:
    """One clock for `--json`; members that do not apply are left out."""
    document = {"name": row.name, "state": str(row.state), "due": row.limit, "target": row.target, "met_at": row.met_at}
    if row.disputed:
        document["disputed"] = True
    return {name: value for name, value in document.items() if value is not None}
