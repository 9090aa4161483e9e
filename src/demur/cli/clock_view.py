# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clocks in words: what is owed, by when, and whether it was kept."""

from typing import Any, Final

from demur.charter.freeze import Frozen
from demur.charter.zones import due, when
from demur.cli import speak
from demur.clock.deadlines import State
from demur.dissent.timing import ClockRow

_OVER: Final = frozenset({State.MET, State.MET_LATE, State.ENDED, State.ENDED_LATE, State.UNREADABLE})
_NAMES: Final = {"ack": "Acknowledgement", "reply": "Reply"}

NOT_ALL_KNOWN: Final = (
    "This version does not know all of this case's charter, so dates and offices shown here may be wrong; update Demur."
)


def clock_name(name: str) -> str:
    """A clock by its name in sentences; by its id where it has none."""
    return _NAMES.get(name, speak.line(name))


def office(frozen: Frozen, seat: str) -> str:
    """A seat by its title in the charter; by its id where the charter has none."""
    return speak.line(next((row.title for row in frozen.charter.seats if row.id == seat), seat))


def due_text(row: ClockRow, frozen: Frozen) -> str:
    """One clock on one line: the office's own day, by which it must have acted."""
    over = row.state in _OVER
    aimed = row.target is not None and row.target != row.limit and not over
    target = f", aimed at {due(frozen, row.target or 0, clock=row.name)}" if aimed else ""
    by = due(frozen, row.limit, clock=row.name)
    return f"{clock_name(row.name)}: {_state_text(row, frozen)}; {'was due' if over else 'due'} by {by}{target}"


def _state_text(row: ClockRow, frozen: Frozen) -> str:
    state = "disputed, not met" if row.disputed else str(row.state)
    if row.state is State.ENDED_LATE and row.ended_at is not None:
        days = row.late_days(row.ended_at)
        state += f" by withdrawal on {when(frozen, row.ended_at)}, after {'one day' if days == 1 else f'{days} days'}"
    state += " (the record shows it after its next tick)" if row.pending else ""
    return state + (f" on {when(frozen, row.met_at)}" if row.met_at is not None else "")


def clock_document(row: ClockRow) -> dict[str, Any]:
    """One clock for `--json`; members that do not apply are left out."""
    document = {"name": row.name, "state": str(row.state), "due": row.limit, "target": row.target, "met_at": row.met_at}
    if row.disputed:
        document["disputed"] = True
    if row.pending:
        document["pending"] = True
    elif row.ended_at is not None:
        document["ended_at"] = row.ended_at
    return {name: value for name, value in document.items() if value is not None}
