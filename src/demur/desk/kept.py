# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a seat's client keeps here for itself: its list of cases, its drafts. Sealed to the seat, under names that say nothing.

The server learns that something was read or replaced, and its padded size: neither which case nor which kind (`spec/kept.md`).
"""

import re
from functools import partial
from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema

from demur.desk.signed import holder_signed
from demur.dissent.errors import BundleError
from demur.dissent.filing import check_sealed
from demur.dissent.inboxes import items_in
from demur.people.actions.drop_blob import drop_blob
from demur.people.actions.keep_blob import keep_blob
from demur.people.kept import BLOB_BYTES, Room, kept_blob, most_kept, room_of
from demur.web.answers import SEALED, Refusal
from demur.web.bodies import body_of, part_body
from demur.web.requests import DemurRequest

router = Router(tags=["seats"])

_HEX64 = re.compile(r"[0-9a-f]{64}")


class Kept(Schema):
    """How much a seat keeps, and how much it may. Sizes in bytes; `blob_bytes` is the most of one blob."""

    blobs: int
    bytes: int
    most_blobs: int
    most_bytes: int
    blob_bytes: int


@router.get("/seats/{seat}/kept", response={200: Kept, 401: Refusal, 404: Refusal})
def read_room(request: DemurRequest, seat: str) -> dict[str, int]:
    """How much the seat keeps, and how much it may."""
    holder = holder_signed(request, seat, b"")
    return _told(room_of(seat, holder), seat)


@router.get("/seats/{seat}/kept/{name}", response={200: bytes, 400: Refusal, 401: Refusal, 404: Refusal})
def read_kept(request: DemurRequest, seat: str, name: str) -> HttpResponse:
    """The blob that the seat keeps under a name."""
    holder = holder_signed(request, seat, b"")
    _check_name(name)
    return HttpResponse(kept_blob(seat, holder, name), content_type=SEALED)


@router.put(
    "/seats/{seat}/kept/{name}",
    response={200: Kept, 400: Refusal, 401: Refusal, 404: Refusal, 409: Refusal, 413: Refusal},
    openapi_extra=part_body("An age file, see spec/kept.md"),
)
def keep(request: DemurRequest, seat: str, name: str, was: str = "") -> dict[str, int]:
    """Keep a blob in the place of the one whose SHA-256 is `was`, "" for none. Keeping the same again changes nothing."""
    data = body_of(request, limit=BLOB_BYTES)
    holder = holder_signed(request, seat, data)
    _check_name(name)
    check_sealed("kept", data)
    action = partial(keep_blob, by=seat, holder=holder, name=name, data=data, was=was, items=items_in(seat))
    return _told(request.ground.writer.write(action), seat)


@router.delete("/seats/{seat}/kept/{name}", response={200: Kept, 400: Refusal, 401: Refusal, 404: Refusal})
def drop(request: DemurRequest, seat: str, name: str) -> dict[str, int]:
    """Remove a blob; removing what is not there changes nothing."""
    holder = holder_signed(request, seat, b"")
    _check_name(name)
    return _told(request.ground.writer.write(partial(drop_blob, by=seat, holder=holder, name=name)), seat)


def _check_name(name: str) -> None:
    if not _HEX64.fullmatch(name):
        raise BundleError("What is kept has a name of 64 hex digits, made as spec/kept.md says.")


def _told(room: Room, seat: str) -> dict[str, Any]:
    most = most_kept(items_in(seat))
    limits = {"most_blobs": most.blobs, "most_bytes": most.size, "blob_bytes": BLOB_BYTES}
    return {"blobs": room.blobs, "bytes": room.size, **limits}
