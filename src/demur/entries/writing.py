# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing entries: inside the transaction of the act they record, by modules named `recording` only."""

from django.db import connection

from demur.entries.models import Entry
from demur.entries.rows import insert_rows
from demur.record.merkle import leaf_hash


def append(data: bytes) -> bytes:
    """Add an entry to the open transaction; the tick gives it its place. Returns its leaf hash, 32 bytes.

    Raises RuntimeError outside a transaction: an entry must stand or fall with what it records.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An entry was appended outside the transaction of its act.")
    leaf = leaf_hash(data)
    insert_rows(Entry, [{"data": data, "leaf_hash": leaf}])
    return leaf
