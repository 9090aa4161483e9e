# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seat keeps on the server for itself, and how much it may. Format: `spec/kept.md`."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Sum

from demur.people.errors import NotKept
from demur.people.models import KeptBlob, KeptSum

BLOB_BYTES: Final = 256 * 1024  # the most one blob may have
MOST_BLOBS: Final = 4096  # of one seat, beside its index
MOST_BYTES: Final = 128 * 1024 * 1024  # of one seat, beside its index
PIECE_ITEMS: Final = 32  # items of the inbox in a piece of the index
PIECE_BYTES: Final = 32 * 1024  # what a piece of the index has at most, sealed


@dataclass(frozen=True, kw_only=True)
class Room:
    """How many blobs and bytes: what a seat keeps, or what it may keep."""

    blobs: int
    size: int


def most_kept(items: int) -> Room:
    """The most that a seat may keep whose inbox has `items` items: room for each piece of its index, so that a list never ends because
    many have filed, and beside it room for drafts.
    """
    pieces = -(-items // PIECE_ITEMS)
    return Room(blobs=MOST_BLOBS + pieces, size=MOST_BYTES + pieces * PIECE_BYTES)


def room_of(seat: str, holder: str) -> Room:
    """What the holder of a seat keeps; `holder` is the public key (hex)."""
    row = KeptSum.objects.filter(seat=seat, holder=holder).first()
    return Room(blobs=row.blobs, size=row.size) if row is not None else _added_up(seat, holder)


def note_room(seat: str, holder: str, *, blobs: int, size: int) -> Room:
    """Keep the sums, to which `blobs` and `size` are added, in the open transaction, before the blobs change. Returns the new ones."""
    before = room_of(seat, holder)
    room = Room(blobs=before.blobs + blobs, size=before.size + size)
    KeptSum.objects.update_or_create(
        seat=seat, holder=holder, defaults={"blobs": max(room.blobs, 0), "size": max(room.size, 0)}
    )
    return room


def _added_up(seat: str, holder: str) -> Room:
    told = KeptBlob.objects.filter(seat=seat, holder=holder).aggregate(blobs=Count("id"), size=Sum("size"))
    return Room(blobs=told["blobs"], size=told["size"] or 0)


def kept_blob(seat: str, holder: str, name: str) -> bytes:
    """The blob under a name. Raises NotKept."""
    row = KeptBlob.objects.filter(seat=seat, holder=holder, name=name).first()
    if row is None:
        raise NotKept("This seat keeps nothing under this name; it was never kept, or was removed.")
    return bytes(row.data)
