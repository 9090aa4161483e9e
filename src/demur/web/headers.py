# SPDX-License-Identifier: AGPL-3.0-or-later
"""The strict headers of every answer: what a browser may do with it, which is almost nothing.

A page that needs more says so at its view: `@scripted` where our scripts run, `@forms` where a form posts to us. Both together add up.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

from demur.web.requests import at_the_desk

_BOUND: Final = "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"
HEADERS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Server": "demur",  # instead of the name of the program beneath, which tells an attacker where to look
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}
# Of a page alone: a file of one has no say in what its page may use, and would pay for the words on every slow line.
OF_PAGES: Final = frozenset({"Permissions-Policy"})
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def policy(*, scripts: bool = False, forms: bool = False) -> str:
    """The Content-Security-Policy of a page.

    Without `scripts` none runs: a page that has none shows an attacker's by having one. With them, ours alone run, from files of ours; they
    ask nobody but us, and make no script of any text: the one policy of trusted types lets through the addresses of our two workers.
    `img-src blob:` is for pictures that the script has just cleaned. Without `forms`, nothing that is typed can be posted, even by a page
    that an attacker could write into.
    """
    action = "'self'" if forms else "'none'"
    if not scripts:
        return f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {action}; {_BOUND}; trusted-types 'none'"
    return (
        "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; "
        f"form-action {action}; {_BOUND}; trusted-types demur-worker"
    )


# A worker obeys the policy that came with its own file: it asks us, and can load or make nothing.
WORKER: Final = f"default-src 'none'; connect-src 'self'; form-action 'none'; {_BOUND}; trusted-types 'none'"
POLICY: Final = policy()


def scripted(view: View) -> View:
    """Marks a view whose page runs our scripts."""
    return _needing(view, "scripts")


def forms(view: View) -> View:
    """Marks a view whose page posts a form to us."""
    return _needing(view, "forms")


def _needing(view: View, need: str) -> View:
    @wraps(view)
    def marked(*arguments: Any, **named: Any) -> HttpResponseBase:
        response = view(*arguments, **named)
        needing(response, need)
        return response

    return cast(View, marked)


def needing(response: HttpResponseBase, need: str) -> None:
    """Marks one answer of a view that mostly needs less: "scripts" or "forms"."""
    response.needs = frozenset({need, *getattr(response, "needs", ())})  # type: ignore[attr-defined]


def policy_of(request: HttpRequest, response: HttpResponseBase) -> str:
    """The policy for this answer."""
    if request.path_info.startswith("/static/") and request.path_info.endswith("-worker.js"):
        return WORKER
    needs: frozenset[str] = getattr(response, "needs", frozenset())
    return policy(scripts="scripts" in needs, forms="forms" in needs)


# What stands on an answer of data whoever makes it: the same as `StrictHeaders` puts there.
OF_DATA: Final = {**HEADERS, "Content-Security-Policy": POLICY, "Cache-Control": "no-store"}


class StrictHeaders:
    """Puts the headers on every answer; a cookie on one that is not the desk's is a fault of ours and stops it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """`get_response` is the rest of the chain."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on and dress its answer."""
        response = self.get_response(request)
        if response.cookies and not at_the_desk(request.path_info):
            raise RuntimeError("An answer tried to set a cookie; only the desk's pages do.")
        for name, value in HEADERS.items():
            if name not in OF_PAGES or not request.path_info.startswith("/static/"):
                response.headers[name] = value
        response.headers["Content-Security-Policy"] = policy_of(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response
