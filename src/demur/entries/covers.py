# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cover entries: with them every tick holds a multiple of the charter's constant, and its size says nothing.

A cover is a commitment like any other; its opening stays here and goes to oversight, sealed, when it asks (`demur.oversight.api`): so
covers cannot hide what was never filed. It never goes to the public, who would learn from it which entries are none.
"""

from collections.abc import Mapping
from typing import Any

from demur.entries.installation import Installation
from demur.entries.models import Cover, Entry
from demur.record.entry import case_entry, commit, cover_event
from demur.record.merkle import leaf_hash


def add_covers(ground: Installation, *, already: int, fill: int) -> list[tuple[int, bytes]]:
    """Add covers to the open transaction until `already` and they are a multiple of `fill`, at least one; row and leaf of each."""
    if fill < 1:
        return []
    missing = fill - already % fill if already == 0 or already % fill else 0
    last = Cover.objects.order_by("-n").values_list("n", flat=True).first()
    first = 0 if last is None else last + 1
    return [_add(ground, n) for n in range(first, first + missing)]


def _add(ground: Installation, n: int) -> tuple[int, bytes]:
    r = ground.random(32)
    data = case_entry(commit(cover_event(ground.channel.origin, n), r))
    leaf = leaf_hash(data)
    Cover.objects.create(n=n, r=r.hex(), leaf_hash=leaf)
    return Entry.objects.create(data=data, leaf_hash=leaf).pk, leaf


def cover_openings(origin: str, *, after: int, most: int) -> list[tuple[int, Mapping[str, Any]]]:
    """The openings of at most `most` covers numbered above `after`, counted from 1, each with its number."""
    rows = Cover.objects.filter(n__gte=after).order_by("n")[:most]
    return [(row.n + 1, {"event": cover_event(origin, row.n), "r": row.r}) for row in rows]
