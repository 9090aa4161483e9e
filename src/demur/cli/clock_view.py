# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clocks in words: what is owed, by when, and whether it was kept."""

from typing import Any, Final

from demur.cli import speak
from demur.dissent.timing import ClockRow

_NAMES: Final = {"ack": "Acknowledgement", "reply": "Reply"}


def due_text(row: ClockRow) -> str:
    """One clock on one line."""
    target = f", aimed at {speak.day(row.target)}" if row.target is not None and row.target != row.limit else ""
    met = f" on {speak.day(row.met_at)}" if row.met_at is not None else ""
    return f"{_NAMES.get(row.name, row.name)}: {row.state}{met}; due {speak.day(row.limit)}{target}"


def clock_document(row: ClockRow) -> dict[str, Any]:
    """One clock for `--json`; members that do not apply are left out."""
    document = {"name": row.name, "state": str(row.state), "due": row.limit, "target": row.target, "met_at": row.met_at}
    return {name: value for name, value in document.items() if value is not None}
