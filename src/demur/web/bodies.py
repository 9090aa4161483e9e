# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading what a request brings, with its limit told before memory is spent on it."""

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from demur.errors import DemurError

_PIECE = 64 * 1024


class TooLarge(DemurError):  # noqa: N818 -- named as the fact
    """The request is larger than the limits say."""


def body_of(request: HttpRequest, *, limit: int) -> bytes:
    """The request's body, at most `limit` bytes; raises TooLarge, telling the limit."""
    _check_declared(request, limit)
    data = request.read(limit + 1)
    if len(data) > limit:
        raise _too_large(limit)
    return data


def part_of(request: HttpRequest, *, limit: int) -> memoryview:
    """As `body_of`, in one piece of memory: what is read whole stands there three times while it is put together, and several authors
    send large parts at once.
    """
    held = memoryview(bytearray(_check_declared(request, limit)))
    at = 0
    while at < len(held) and (piece := request.read(min(_PIECE, len(held) - at))):
        held[at : at + len(piece)] = piece
        at += len(piece)
    return held[:at]


def _check_declared(request: HttpRequest, limit: int) -> int:
    # Before anything is read: who declares too much hears it at once, and who declares less than they send is read no further.
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isascii() or not declared.isdigit() or int(declared) > limit:
        drain(request, 4 * limit)
        raise _too_large(limit)
    return int(declared)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The request is larger than {limit} bytes, the most that is taken here; leave something out.")


def drain(request: HttpRequest, most: int) -> None:
    """Take what a client still sends, at most `most` bytes, and keep nothing."""
    # A client that is still sending hears the sentence only if what it sends is taken; in pieces, and not without end.
    while most > 0 and (piece := request.read(_PIECE)):
        most -= len(piece)


class NoFiles(FileUploadHandler):
    """Takes the files of a form and keeps none: what a page did not ask for must not fill a disk, nor lie on it in clear."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep nothing."""

    def file_complete(self, file_size: int) -> None:
        """There is no file."""


def bundle_body(description: str) -> dict[str, object]:
    """How a bundle stands in the OpenAPI document: bytes, of our own media type."""
    content = {"application/vnd.demur.bundle": {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"description": description, "required": True, "content": content}}


def part_body(description: str) -> dict[str, object]:
    """How one part of an upload stands in the OpenAPI document."""
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {"requestBody": {"description": description, "required": True, "content": content}}
