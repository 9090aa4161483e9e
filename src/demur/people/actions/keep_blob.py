# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keep a sealed blob for a seat, in the place of the one its client read. Neither when nor why is written down."""

import hashlib

from django.db import transaction

from demur.people.errors import KeptElsewhere, NoRoom
from demur.people.kept import MOST_BLOBS, MOST_BYTES, Room, room_of
from demur.people.models import KeptBlob


@transaction.atomic
def keep_blob(*, by: str, holder: str, name: str, data: bytes, was: str) -> Room:
    """Keep `data` under `name` for the seat `by`, whose public key is `holder` (hex), and tell how much it keeps now.

    `was` is the SHA-256 (hex) of the blob that is replaced, "" for none. Keeping the same again changes nothing. Raises
    KeptElsewhere if another is kept meanwhile, NoRoom if the seat keeps as much as it may.
    """
    mine = KeptBlob.objects.filter(seat=by, holder=holder)
    row, sha256 = mine.filter(name=name).defer("data").first(), hashlib.sha256(data).hexdigest()
    if row is not None and row.sha256 == sha256:
        return room_of(by, holder)
    if (row.sha256 if row else "") != was:
        raise KeptElsewhere("Another window of this seat has kept a newer one; read it, then keep yours.")
    room = room_of(by, holder)
    if room.size + len(data) - (row.size if row else 0) > MOST_BYTES or (row is None and room.blobs >= MOST_BLOBS):
        raise NoRoom(f"A seat keeps at most {MOST_BLOBS} blobs and {MOST_BYTES} bytes; remove drafts that are done.")
    # Nobody can open what an earlier holder kept: the key is gone from the roster, and was never here.
    KeptBlob.objects.filter(seat=by).exclude(holder=holder).delete()
    told = {"sha256": sha256, "size": len(data), "data": data}
    KeptBlob.objects.update_or_create(seat=by, holder=holder, name=name, defaults=told)
    return room_of(by, holder)
