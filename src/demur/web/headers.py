# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strict headers of every answer: what a browser may do with it, which is almost nothing."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponseBase

# No script at all: these pages have none, so one that appears is an attacker's.
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "demur",  # instead of the name of the program beneath, which tells an attacker where to look
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class StrictHeaders:
    """Puts the headers on every answer; a cookie on one is a fault of ours and stops it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """`get_response` is the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and dress its answer."""
        response = self.get_response(request)
        if response.cookies:
            raise RuntimeError("An answer tried to set a cookie; Demur sets none.")
        for name, value in HEADERS.items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response
