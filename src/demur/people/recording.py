# SPDX-License-Identifier: AGPL-3.0-or-later
"""From statements to entries of the record."""

from typing import Any

from demur.entries.writing import append
from demur.record.entry import readable_entry


def record_statement(statement: dict[str, Any]) -> bytes:
    """Add a statement to the record in the open transaction; returns its leaf hash. Raises EntryError if it is too large."""
    return append(readable_entry(statement))[0]
