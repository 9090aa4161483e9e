# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seat keeps on the server for itself, and how much it may. Format: `spec/kept.md`."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Sum

from demur.people.errors import NotKept
from demur.people.models import KeptBlob

BLOB_BYTES: Final = 256 * 1024  # the most one blob may have
MOST_BLOBS: Final = 4096  # of one seat: an index of 100,000 inbox items and a thousand drafts fit
MOST_BYTES: Final = 128 * 1024 * 1024  # of one seat


@dataclass(frozen=True, kw_only=True)
class Room:
    """How many blobs and bytes a seat keeps."""

    blobs: int
    size: int


def room_of(seat: str, holder: str) -> Room:
    """What the holder of a seat keeps; `holder` is the public key (hex)."""
    told = KeptBlob.objects.filter(seat=seat, holder=holder).aggregate(blobs=Count("id"), size=Sum("size"))
    return Room(blobs=told["blobs"], size=told["size"] or 0)


def kept_blob(seat: str, holder: str, name: str) -> bytes:
    """The blob under a name. Raises NotKept."""
    row = KeptBlob.objects.filter(seat=seat, holder=holder, name=name).first()
    if row is None:
        raise NotKept("This seat keeps nothing under this name; it was never kept, or was removed.")
    return bytes(row.data)
