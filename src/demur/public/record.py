# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine addresses of the record: C2SP tlog-tiles, served as plain files. No framework, no cookies, no limit by address."""

from django.http import HttpResponse, HttpResponseNotFound
from django.urls import path

from demur.record.tiles import read_published
from demur.web.requests import DemurRequest


def checkpoint(request: DemurRequest) -> HttpResponse:
    """The latest published checkpoint, a signed note."""
    data = request.ground.store.read("checkpoint")
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


urlpatterns = [path("checkpoint", checkpoint), path("tile/<path:name>", tile)]
