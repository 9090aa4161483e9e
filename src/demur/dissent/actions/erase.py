# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erase: a case's content is removed for good, by the administrator, and the record says so.

Rows are deleted where deleted content is overwritten (`secure_delete`); its items in the seats' inboxes are replaced by covers, so that
numbers and sizes stay; what is left are the entries of the record, which are commitments, and a readable entry that names them. The
author's and the readers' own copies are not here and stay.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from demur import canonical
from demur.dissent import events
from demur.dissent.cover_items import cover_item
from demur.dissent.erased import names_of, note_erased
from demur.dissent.erased_entries import MOST, erased_statement
from demur.dissent.errors import NotPossible, NotVisible
from demur.dissent.models import Case, Event, InboxItem
from demur.dissent.queries import forget_tally
from demur.dissent.recording import record_owed
from demur.entries.installation import Installation
from demur.entries.models import Entry
from demur.record.entry import case_entry, readable_entry
from demur.record.merkle import leaf_hash


@dataclass(frozen=True, kw_only=True)
class ErasedNow:
    """What was erased: the case's id, the places of its entries, the SHA-256 (hex) of large files whose bytes are still to be overwritten,
    and how many inbox items became covers.
    """

    case: str
    places: tuple[int, ...]
    uploads: tuple[str, ...]
    items: int


def find_case(prefix: str) -> Case:
    """The one case whose id starts with `prefix`. Raises NotVisible for none or several."""
    found = list(Case.objects.filter(id__startswith=prefix)[:2]) if len(prefix) >= 8 else []
    if len(found) != 1:
        many = "More than one case" if found else "No case"
        raise NotVisible(
            f"{many} of this channel has an id that starts with {prefix!r}; give at least eight digits of it, as the custodian's "
            "`demur desk list` shows it."
        )
    return found[0]


def check_erasable(case: Case) -> None:
    """Raises NotPossible while an entry of the case waits for its tick: the record could not name it."""
    _places(case, list(case.events.order_by("seq")))


@transaction.atomic
def erase_case(*, case: Case, ground: Installation, at: int) -> ErasedNow:
    """Remove what the rows hold of `case`. Raises as `check_erasable`."""
    name, rows = case.id, list(case.events.order_by("seq"))  # Django takes the id from what it deletes
    places = _places(case, rows)
    named = sorted(places.values())
    uploads = tuple(case.files.filter(data=None).values_list("sha256", flat=True))
    note_erased([*places, *names_of(case)])
    items = _cover_items(items_of(case), ground)
    case.events.all().delete()
    case.files.all().delete()
    case.delete()
    forget_tally()
    for start in range(0, len(named), MOST):
        statement = erased_statement(ground.channel.origin, entries=named[start : start + MOST], time=at)
        record_owed(readable_entry(statement))
    return ErasedNow(case=name, places=tuple(named), uploads=uploads, items=items)


def _places(case: Case, rows: list[Event]) -> dict[bytes, int]:
    """The places of the case's entries by leaf hash, the author's own among them."""
    leaves = [leaf_hash(case_entry(bytes.fromhex(case.commitment))), *(bytes(row.leaf_hash) for row in rows)]
    found = Entry.objects.filter(leaf_hash__in=leaves).values_list("leaf_hash", "index")
    places = {bytes(leaf): int(place) for leaf, place in found if place is not None}
    if len(places) < len(leaves):
        raise NotPossible(
            "An entry of this case waits for its tick, so the record could not name it as erased; erase the case after the tick."
        )
    return places


def items_of(case: Case) -> dict[int, str]:
    """The case's items in the seats' inboxes: the row of each, and its SHA-256 (hex). The case key stands in them, sealed to the seats."""
    filed, later = _granted(case, list(case.events.order_by("seq")))
    found = {}
    for item in InboxItem.objects.filter(seat__in={seat for seat, _ in filed | later}).iterator(chunk_size=256):
        sha256 = hashlib.sha256(bytes(item.data)).hexdigest()
        salted = events.salted_hash(bytes.fromhex(case.salt), sha256) if later else ""
        if (item.seat, sha256) in filed or (item.seat, salted) in later:
            found[item.pk] = sha256
    return found


def _cover_items(items: Iterable[int], ground: Installation) -> int:
    """Put covers in the places of these items: numbers and sizes of inboxes stay."""
    rows = list(InboxItem.objects.filter(pk__in=list(items)))
    for item in rows:
        cover = cover_item(ground.random)
        item.data = cover if len(cover) == len(item.data) else ground.random(len(item.data))
        item.save(update_fields=["data"])
    return len(rows)


def _granted(case: Case, rows: list[Event]) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Seat and SHA-256 (hex) of the items that came with the filing; seat and salted hash of those that were granted later."""
    header: dict[str, Any] = canonical.load_object(case.header.encode()) if case.header else {}
    roles = [(str(row["role"]), str(row["sha256"])) for row in header.get("files", [])]
    filed = {(role.removeprefix("grant:"), sha256) for role, sha256 in roles if role.startswith("grant:")}
    return filed, set(_later(rows))


def _later(rows: list[Event]) -> Iterator[tuple[str, str]]:
    for row in rows:
        event = canonical.load_object(row.text.encode())
        if event.get("type") == "grant":
            yield str(event["to"]), str(event["sealed"])
