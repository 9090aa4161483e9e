# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each request is given on its way in, and relieved of."""

import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase
from django.http.multipartparser import MultiPartParserError

from demur.site.here import here
from demur.site.installed import installation, uploads
from demur.site.mistakes import tell
from demur.site.starting import wake
from demur.web.requests import DemurRequest, at_the_desk

# What tells who asks. No page or action needs it, so none can write it down by mistake. Cookies go too, but at the desk.
_FORGOTTEN = (
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_PORT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
    "HTTP_USER_AGENT",
    "HTTP_REFERER",
)
# What Django answers with 404, 403 or 400.
_NO_MISTAKE = (Http404, PermissionDenied, SuspiciousOperation, BadRequest, MultiPartParserError)


def _now() -> int:
    return int(time.time())


class Ground:
    """Gives a request its installation and its time, read once; forgets where it came from."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """`get_response` is the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        for name in _FORGOTTEN:
            request.META.pop(name, None)
        if not at_the_desk(request.path_info):
            request.META.pop("HTTP_COOKIE", None)
        grounded = cast(DemurRequest, request)
        grounded.ground = installation()
        grounded.clock = _now
        grounded.at = grounded.clock()
        grounded.wake = wake
        grounded.secret = settings.SECRET_KEY.encode()
        grounded.uploads = uploads()
        grounded.here = here
        return self.get_response(request)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> None:
        """Tell the operator of mistakes of ours; what is answered is Django's to say. A request that is none, or asks for what is not
        there, is no mistake of ours, and whoever sends such could fill the log.
        """
        if not isinstance(exception, _NO_MISTAKE):
            tell(exception)
