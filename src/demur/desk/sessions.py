# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is signed in at the desk: one random token in a cookie that no other page ever gets, its hash in a row.

Not Django's sessions: they keep tokens in clear, set a cookie for every address of the site, and hold anything. The cookie is limited to
the desk's own addresses (one for each language), so that a custodian who opens an author's page shows no sign of who they are. That rules
out the prefix `__Host-`, which demands the whole site; what it guards against (a neighbouring host planting a cookie) gains an attacker
nothing here, since a token is made new at every sign-in and a vault opens by its own passphrase.

Forms and the vault carry a second value made from the token, so that another site's page cannot act; the cookie is SameSite=Strict besides.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseForbidden, HttpResponseRedirect

from demur.desk.models import Account, Session
from demur.web.requests import DemurRequest

HOURS: Final = 12
FORM_FIELD: Final = "form"
FORM_HEADER: Final = "Demur-Form"
_TOKEN_HEX: Final = 64

View = Callable[..., HttpResponse]


class DeskRequest(DemurRequest):
    """A request of somebody who is signed in and set up."""

    account: Account


def signed_in(view: View) -> View:
    """Only for those who are signed in; others are led to the sign-in, and whoever is not set up yet to setting up."""
    return signed_in_or(lambda _, language: HttpResponseRedirect(f"/{language}/desk/in/"))(view)


def signed_in_or(answer: Callable[[DemurRequest, str], HttpResponse]) -> Callable[[View], View]:
    """As `signed_in`; `answer` is for those who are not."""

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(request: DeskRequest, language: str) -> HttpResponse:
            account = account_of(request, language)
            if account is None:
                return answer(request, language)
            if not account.is_set_up:
                return HttpResponseRedirect(f"/{language}/desk/first/")
            request.account = account
            return view(request, language)

        return guarded

    return guarding


class Foreign(StrEnum):
    """Why a form does not count as the desk's own. Each has a sentence of its own: most who meet one of these are the desk's own people."""

    SITE = "site"  # another site's page sent it
    COOKIE = "cookie"  # no cookie came with it: blocked, or signed out in another tab
    SIGNED_IN = "signed-in"  # another tab signed in after the form was loaded
    OLD = "old"  # the form is older than the last sign-in or sign-out in this browser


def own_form(view: View) -> View:
    """What a script sends to change something wants the value that stands in its page; anything else gets a bare refusal."""
    return own_form_or(
        lambda *_: HttpResponseForbidden("This did not come from the desk's own page.", content_type="text/plain")
    )(view)


def own_form_or(answer: Callable[[DemurRequest, str, Foreign], HttpResponse]) -> Callable[[View], View]:
    """What changes something wants the value that stands in its page; `answer` is for a person whose form is not such a one."""

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(request: DemurRequest, language: str) -> HttpResponse:
            if request.method in {"POST", "PUT", "DELETE"} and not _is_own(request, language):
                return answer(request, language, _why_foreign(request, language))
            return view(request, language)

        return guarded

    return guarding


def _why_foreign(request: DemurRequest, language: str) -> Foreign:
    if _from_another_site(request):
        return Foreign.SITE
    if cookie_name(request, language) not in request.COOKIES:
        return Foreign.COOKIE
    return Foreign.OLD if account_of(request, language) is None else Foreign.SIGNED_IN


def account_of(request: DemurRequest, language: str) -> Account | None:
    """Who is signed in, if anybody is."""
    token = request.COOKIES.get(cookie_name(request, language), "")
    session = Session.objects.select_related("account").filter(sha256=_sha256(token), until__gt=request.at).first()
    return session.account if session else None


def begin(request: DemurRequest, response: HttpResponse, account: Account) -> None:
    """Sign this browser in, by a token that nobody had before; what has run out is cleared away."""
    token = secrets.token_hex(_TOKEN_HEX // 2)
    Session.objects.filter(until__lte=request.at).delete()
    Session.objects.create(sha256=_sha256(token), account=account, until=request.at + HOURS * 3600)
    for language, _ in settings.LANGUAGES:
        _set(request, response, language, token)


def end(request: DemurRequest, response: HttpResponse, language: str) -> None:
    """Sign this browser out."""
    Session.objects.filter(sha256=_sha256(request.COOKIES.get(cookie_name(request, language), ""))).delete()
    for code, _ in settings.LANGUAGES:
        response.delete_cookie(cookie_name(request, code), path=f"/{code}/desk/", samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def form_value(request: DemurRequest, response: HttpResponse, language: str) -> None:
    """See that the page has a token to make its form's value from: one that means nobody, before signing in."""
    if cookie_name(request, language) not in request.COOKIES:
        _set(request, response, language, _fresh(request))


def form_of(request: DemurRequest, language: str) -> str:
    """The value that the page's form carries."""
    token = request.COOKIES.get(cookie_name(request, language)) or _fresh(request)
    return hmac.new(request.secret, b"demur/v1/desk/form" + token.encode(), hashlib.sha256).hexdigest()


def cookie_name(request: DemurRequest, language: str) -> str:
    """The cookie's name: with a prefix that a page without TLS cannot set, where the channel has TLS."""
    return f"{'__Secure-' if _has_tls(request) else ''}desk-{language}"


def _fresh(request: DemurRequest) -> str:
    # The same within one request: the form's value is made from what the cookie will hold.
    kept: str | None = getattr(request, "_fresh_token", None)
    if kept is None:
        kept = secrets.token_hex(_TOKEN_HEX // 2)
        request._fresh_token = kept  # type: ignore[attr-defined]
    return kept


def _set(request: DemurRequest, response: HttpResponse, language: str, token: str) -> None:
    response.set_cookie(
        cookie_name(request, language),
        token,
        max_age=HOURS * 3600,
        path=f"/{language}/desk/",
        secure=_has_tls(request),
        httponly=True,
        samesite="Strict",
    )


def _is_own(request: DemurRequest, language: str) -> bool:
    if _from_another_site(request):
        return False
    shown = request.headers.get(FORM_HEADER) or request.POST.get(FORM_FIELD, "")
    known = cookie_name(request, language) in request.COOKIES
    return known and hmac.compare_digest(shown.encode(), form_of(request, language).encode())


def _from_another_site(request: DemurRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"


def _has_tls(request: DemurRequest) -> bool:
    return request.ground.address.startswith("https://")


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
