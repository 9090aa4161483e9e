# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine addresses of the record: C2SP tlog-tiles, served as plain files. No framework, no cookies, no limit by address."""

from django.http import HttpResponse, HttpResponseNotFound
from django.urls import path

from demur.record.tiles import ACCEPTED, CHECKPOINT, POLICIES, read_published
from demur.web.requests import DemurRequest


def checkpoint(request: DemurRequest) -> HttpResponse:
    """The latest published checkpoint, a signed note."""
    return _note(request.ground.store.read(CHECKPOINT))


def accepted(request: DemurRequest) -> HttpResponse:
    """The latest checkpoint that met the policy, while the latest of all does not."""
    return _note(request.ground.store.read(ACCEPTED))


def policies(request: DemurRequest) -> HttpResponse:
    """The changes of the trust policy in force, for mirrors."""
    data = request.ground.store.read(POLICIES)
    if data is None:
        return HttpResponseNotFound("The first policy is in force.\n", content_type="text/plain; charset=utf-8")
    return HttpResponse(data, content_type="application/json")


def _note(data: bytes | None) -> HttpResponse:
    if data is None:
        return HttpResponseNotFound("The record has no checkpoint yet.\n", content_type="text/plain; charset=utf-8")
    return HttpResponse(data, content_type="text/plain; charset=utf-8")


def tile(request: DemurRequest, name: str) -> HttpResponse:
    """A tile or an entry bundle: bytes that never change."""
    data = read_published(request.ground.store, f"tile/{name}")
    if data is None:
        return HttpResponseNotFound("The record has no such tile.\n", content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


urlpatterns = [
    path(CHECKPOINT, checkpoint),
    path(ACCEPTED, accepted),
    path(POLICIES, policies),
    path("tile/<path:name>", tile),
]
