# SPDX-License-Identifier: AGPL-3.0-or-later
"""An address typed from paper, without its last slash or in capitals, leads to the page that it means."""

from django.http import Http404, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve

from demur.web.requests import DemurRequest


def meant(request: DemurRequest, path: str) -> HttpResponsePermanentRedirect:
    """Redirect to the page at `path` in small letters and with a last slash. Only who looks is led on, never a form, and nothing of a query
    goes along: an address of our own and nothing else. Raises Http404 where there is no such page.
    """
    address = f"/{path.lower().rstrip('/')}/"
    if request.method not in {"GET", "HEAD"} or address == request.path:
        raise Http404
    try:
        found = resolve(address)
    except Resolver404:
        raise Http404 from None
    if found.func is meant:
        raise Http404
    return HttpResponsePermanentRedirect(address)
