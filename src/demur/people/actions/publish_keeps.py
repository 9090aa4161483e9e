# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put on the record what this version of the software keeps, before it does any of it (`spec/entry.md`, `keeps`).

Nobody signs it but the log: it is a promise of the server about itself, and it stays where everybody can find it.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from demur import canonical
from demur.people.models import Statement
from demur.people.recording import record_statement


@transaction.atomic
def publish_keeps(said: Mapping[str, Any], *, at: int) -> Statement:
    """Record `said`, a `keeps` entry without its time, as of `at` (POSIX seconds); where the newest one says the same, nothing changes.

    Raises EntryError where it is too long for an entry.
    """
    last = Statement.objects.filter(kind=Statement.KEEPS).order_by("-number").first()
    if last is not None and last.text == canonical.dump({**said, "time": last.number}).decode():
        return last
    # Its time numbers it; a clock that was set back does not put a newer one behind an older.
    time = at if last is None else max(at, last.number + 1)
    statement = {**said, "time": time}
    leaf = record_statement(statement)
    text = canonical.dump(statement).decode()
    return Statement.objects.create(kind=Statement.KEEPS, number=time, leaf_hash=leaf, text=text)
