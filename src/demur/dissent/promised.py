# SPDX-License-Identifier: AGPL-3.0-or-later
"""By when what waits must be published. It stands in the promises, and nowhere else: the charter that gave them their tick may have been
replaced since, and the machine may have been off when it came.
"""

from typing import Final

from django.db import connection

from demur.entries.queries import waiting_readable
from demur.entries.rows import run
from demur.record.errors import RecordError
from demur.record.note import Note
from demur.record.promise import Promise

# Oldest first: entries without a place lie in one stretch of the index, in the order in which they came.
_WAITING: Final = (
    "SELECT v.promise FROM entries_entry e JOIN dissent_event v ON v.leaf_hash = e.leaf_hash"
    ' WHERE e."index" IS NULL ORDER BY e.id'
)


def is_owed(*, by: int) -> bool:
    """Whether a checkpoint signed now must hold everything that waits, because some of it was promised by `by` (POSIX seconds) or earlier.

    The oldest promise answers at every beat, and the newest, which may be of a case that was brought back and was owed long ago. One that
    was given later and is due earlier, under a charter that was in force for an hour, is looked for only where a checkpoint will be
    signed: then every promise that waits is read.
    """
    ends = [run(f"{_WAITING} {order} LIMIT 1", []) for order in ("ASC", "DESC")]
    if any(found is not None and _not_after(found[0]) <= by for found in ends):
        return True
    return ends[0] is not None and waiting_readable().exists() and _earliest() <= by


def seats_wait() -> bool:
    """Whether an act of a seat waits for its place in the record."""
    # In canonical JSON a quotation mark inside a text is escaped, so that no text of anybody looks like this.
    return run(f'{_WAITING.partition(" ORDER")[0]} AND v.text NOT LIKE \'%"seat":""%\' LIMIT 1', []) is not None


def _earliest() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return min(_not_after(promise) for (promise,) in cursor)


def _not_after(promise: str) -> int:
    try:
        return Promise.parse(Note.parse(promise).text).not_after
    except RecordError:
        return 0  # changed by hand, and its author holds the true one: then nothing waits any longer
