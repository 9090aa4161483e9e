# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keep a sealed blob for a seat, in the place of the one its client read. Neither when nor why is written down."""

import hashlib

from django.db import transaction

from demur.people.errors import KeptElsewhere, NoRoom
from demur.people.kept import Room, most_kept, note_room, room_of
from demur.people.models import KeptBlob, KeptSum


@transaction.atomic
def keep_blob(*, by: str, holder: str, name: str, data: bytes, was: str, items: int) -> Room:
    """Keep `data` under `name` for the seat `by`, whose public key is `holder` (hex), and tell how much it keeps now.

    `items` is how many items its inbox has: the room grows with it. `was` is the SHA-256 (hex) of the blob that is replaced, "" for none.
    Keeping the same again changes nothing. Raises KeptElsewhere if another is kept meanwhile, NoRoom if the seat keeps as much as it may.
    """
    mine = KeptBlob.objects.filter(seat=by, holder=holder)
    row, sha256 = mine.filter(name=name).defer("data").first(), hashlib.sha256(data).hexdigest()
    if row is not None and row.sha256 == sha256:
        return room_of(by, holder)
    if (row.sha256 if row else "") != was:
        raise KeptElsewhere("Another window of this seat has kept a newer one; read it, then keep yours.")
    new, more = int(row is None), len(data) - (row.size if row else 0)
    _check_room(room_of(by, holder), most_kept(items), blobs=new, size=more)
    _remove_others(by, holder)
    room = note_room(by, holder, blobs=new, size=more)
    told = {"sha256": sha256, "size": len(data), "data": data}
    KeptBlob.objects.update_or_create(seat=by, holder=holder, name=name, defaults=told)
    return room


def _check_room(room: Room, most: Room, *, blobs: int, size: int) -> None:
    if room.size + size > most.size or (blobs and room.blobs >= most.blobs):
        raise NoRoom(f"A seat keeps at most {most.blobs} blobs and {most.size} bytes; remove drafts that are done.")


def _remove_others(seat: str, holder: str) -> None:
    """Nobody can open what an earlier holder kept: the key is gone from the roster, and was never here."""
    # Two stretches of the index: "every other" would be a walk through all of them.
    for others in ({"holder__lt": holder}, {"holder__gt": holder}):
        KeptBlob.objects.filter(seat=seat, **others).delete()
        KeptSum.objects.filter(seat=seat, **others).delete()
