# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing entries: inside the transaction of the act they record, by modules named `recording` only."""

from demur.entries.models import Entry
from demur.entries.rows import in_transaction, insert_rows
from demur.record.merkle import leaf_hash


def append(*data: bytes) -> tuple[bytes, ...]:
    """Add entries to the open transaction; the tick gives them their places. Returns their leaf hashes, 32 bytes each.

    Raises RuntimeError outside a transaction: an entry must stand or fall with what it records.
    """
    if not in_transaction():
        raise RuntimeError("An entry was appended outside the transaction of its act.")
    leaves = tuple(leaf_hash(entry) for entry in data)
    insert_rows(Entry, [{"data": entry, "leaf_hash": leaf} for entry, leaf in zip(data, leaves, strict=True)])
    return leaves
