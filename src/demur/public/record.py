# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine addresses of the record: C2SP tlog-tiles, served as plain files. No framework, no cookies, no limit by address."""

import re

from django.http import HttpResponse, HttpResponseNotFound
from django.urls import path

from demur.web.requests import DemurRequest

# tlog-tiles: /tile/<level or entries>/<N in groups of three digits>[.p/<width>]
_TILE = re.compile(r"tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/(?:[1-9][0-9]{0,2}))?")


def checkpoint(request: DemurRequest) -> HttpResponse:
    """The latest published checkpoint, a signed note."""
    data = request.ground.store.read("checkpoint")
    if data is None:
        return HttpResponseNotFound("The record has no checkpoint yet.\n", content_type="text/plain; charset=utf-8")
    return HttpResponse(data, content_type="text/plain; charset=utf-8")


def tile(request: DemurRequest, name: str) -> HttpResponse:
    """A tile or an entry bundle: bytes that never change."""
    wanted = f"tile/{name}"
    data = request.ground.store.read(wanted) if _TILE.fullmatch(wanted) else None
    if data is None:
        return HttpResponseNotFound("The record has no such tile.\n", content_type="text/plain; charset=utf-8")
    response = HttpResponse(data, content_type="application/octet-stream")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


urlpatterns = [path("checkpoint", checkpoint), path("tile/<path:name>", tile)]
