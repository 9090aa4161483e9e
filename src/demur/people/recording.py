# SPDX-License-Identifier: AGPL-3.0-or-later
"""From statements to entries of the record."""

from typing import Any

from demur.entries.models import Entry
from demur.entries.writing import append
from demur.record.entry import readable_entry
from demur.record.merkle import leaf_hash


def record_statement(statement: dict[str, Any]) -> bytes:
    """Add a statement to the record in the open transaction, unless it stands there, as after a restore; returns its leaf hash.

    Raises EntryError if it is too large.
    """
    data = readable_entry(statement)
    if Entry.objects.filter(leaf_hash=leaf_hash(data)).exists():
        return leaf_hash(data)
    return append(data)[0]
