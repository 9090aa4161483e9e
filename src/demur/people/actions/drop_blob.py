# SPDX-License-Identifier: AGPL-3.0-or-later
"""Remove what a seat keeps under a name."""

from django.db import transaction

from demur.people.kept import Room, note_room, room_of
from demur.people.models import KeptBlob


@transaction.atomic
def drop_blob(*, by: str, holder: str, name: str) -> Room:
    """Remove it, and tell how much the seat `by` keeps now. Removing what is not there changes nothing."""
    row = KeptBlob.objects.filter(seat=by, holder=holder, name=name).defer("data").first()
    if row is None:
        return room_of(by, holder)
    room = note_room(by, holder, blobs=-1, size=-row.size)
    row.delete()
    return room
