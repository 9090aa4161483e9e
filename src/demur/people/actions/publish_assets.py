# SPDX-License-Identifier: AGPL-3.0-or-later
"""Put on the record which files browsers are sent, before any is sent (`spec/assets.md`).

Nobody signs it but the log: it is no rule, but a statement of the server about itself, and a false one stays where everybody can find it.
"""

from collections.abc import Mapping

from django.db import transaction

from demur import canonical
from demur.people.models import Statement
from demur.people.recording import record_statement


@transaction.atomic
def publish_assets(files: Mapping[str, str], *, origin: str, release: str) -> Statement:
    """Record that `files` (name -> SHA-256, hex) of `release` are served from now on; where the last list is the same, nothing changes.

    Raises EntryError where the list is too long for an entry.
    """
    last = Statement.objects.filter(kind=Statement.ASSETS).order_by("-number").first()
    serial = last.number if last is not None else 0
    said = {"v": 1, "type": "assets", "origin": origin, "release": release, "files": dict(files)}
    if last is not None and last.text == canonical.dump({**said, "serial": serial}).decode():
        return last
    # The number tells a return to an earlier list from that list: each is an entry of its own.
    statement = {**said, "serial": serial + 1}
    leaf = record_statement(statement)
    text = canonical.dump(statement).decode()
    return Statement.objects.create(kind=Statement.ASSETS, number=serial + 1, leaf_hash=leaf, text=text)
