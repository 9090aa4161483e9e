# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of an account, without script: sign in, set up, change, sign out. They guard pages; cases are opened by the vault."""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from demur import __version__
from demur.desk import accounts
from demur.desk.crowded import asked_of, check_try, was_right
from demur.desk.errors import DeskError, ManySignIn, MustWait, WeakPassphrase
from demur.desk.models import Account
from demur.desk.qr import picture_of
from demur.desk.sessions import (
    DeskRequest,
    Foreign,
    account_of,
    begin,
    end,
    form_of,
    form_value,
    own_form_or,
    signed_in_or,
)
from demur.people.queries import channel_in_force
from demur.web.headers import forms, needing
from demur.web.requests import DemurRequest

Fault = dict[str, str]
_BOTH: Final = ("GET", "HEAD", "POST")
_TOO_MANY: Final = 429
_FORBIDDEN: Final = 403


def _not_own(request: DemurRequest, language: str, why: Foreign) -> HttpResponse:
    """The sign-in page again, with what is the matter, for a form that is not the desk's own; nothing of the form is used."""
    with translation.override(language):
        sentence = {
            Foreign.SITE: _another_site(),
            Foreign.COOKIE: gettext(
                "No cookie came back with the form. A page that lay open for more than twelve hours has none any more, nor one from before "
                "you signed out in another tab: sign in again here. If neither is so, this browser keeps no cookie for this address: allow "
                "cookies for it, then try again."
            ),
            Foreign.SIGNED_IN: gettext(
                "You have signed in already in another tab of this browser, so this form was not used. Go on to the desk."
            ),
            Foreign.OLD: gettext(
                "This form is older than the last sign-in or sign-out in this browser, so it was not used. Type it again here."
            ),
        }[why]
    return _sign_in_first(request, language, sentence, already=why is Foreign.SIGNED_IN)


def _not_own_of_account(request: DemurRequest, language: str, why: Foreign) -> HttpResponse:
    """As `_not_own`, for a form that only somebody who was signed in has seen: what is typed again there is not what stands here."""
    with translation.override(language):
        sentence = {
            Foreign.SITE: _another_site(),
            Foreign.SIGNED_IN: gettext(
                "Since this form was loaded, you signed in again or changed the account in another tab of this browser, so the form was "
                "not used. Go on to the desk."
            ),
        }.get(why) or _over()
    return _sign_in_first(request, language, sentence, already=why is Foreign.SIGNED_IN)


def _no_more(request: DemurRequest, language: str) -> HttpResponse:
    """Somebody who is not signed in any more asks for a page of the account, or sends its form."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/{language}/desk/in/")
    with translation.override(language):
        sentence = _over()
    return _sign_in_first(request, language, sentence)


def _sign_in_first(request: DemurRequest, language: str, sentence: str, *, already: bool = False) -> HttpResponse:
    with translation.override(language):
        return _page(request, language, "in", status=_FORBIDDEN, said=sentence, already=already)


def _another_site() -> str:
    return gettext("This form came from another site, so it was not used. Sign in on this page.")


def _over() -> str:
    return gettext(
        "You are not signed in any more, so nothing of the form was used. A sign-in ends after twelve hours, when you sign out in another "
        "tab, and when passphrase or recovery codes are changed elsewhere. Sign in here, then fill in the form again."
    )


def _out_already(request: DemurRequest, language: str, why: Foreign) -> HttpResponse:
    """Signing out where another tab has: there is nothing left to do, so that is no fault."""
    if why in {Foreign.COOKIE, Foreign.OLD}:
        return HttpResponseRedirect(f"/{language}/desk/in/")
    return _not_own(request, language, why)


@forms
@require_http_methods(_BOTH)
@own_form_or(_not_own)
def sign_in(request: DemurRequest, language: str) -> HttpResponse:
    """Name, passphrase, code."""
    with translation.override(language):
        if request.method != "POST":
            if account_of(request, language) is not None:
                return HttpResponseRedirect(f"/{language}/desk/")
            return _page(request, language, "in")
        name, passphrase, code = _typed(request, "name", "passphrase", "code")
        try:
            check_try(request, form_of(request, language), excused=accounts.shows_recovery(name, code))
            account = accounts.sign_in(name, passphrase, code, secret=request.secret, at=request.at)
        except ManySignIn:
            fault = {"field": "passphrase", "text": _many()}
            return _page(request, language, "in", faults=[fault], status=_TOO_MANY, name=name)
        except DeskError:
            # One answer, whatever it was: that a name must wait would tell a stranger when its owner last came.
            fault = {"field": "passphrase", "text": _refused()}
            return _page(request, language, "in", faults=[fault], name=name)
        was_right()
        response = HttpResponseRedirect(f"/{language}/desk/" if account.is_set_up else f"/{language}/desk/first/")
        begin(request, response, account)
        return response


@forms
@require_http_methods(_BOTH)
@own_form_or(_not_own_of_account)
def first_time(request: DemurRequest, language: str) -> HttpResponse:
    """The owner's own passphrase, and the second factor; then the recovery codes, once."""
    account = account_of(request, language)
    if account is None:
        return _no_more(request, language)
    if account.is_set_up:
        return HttpResponseRedirect(f"/{language}/desk/")
    with translation.override(language):
        if request.method != "POST":
            return _setting_up(request, language, account, [])
        chosen, again, code = _typed(request, "passphrase", "again", "code")
        if chosen != again:
            return _setting_up(request, language, account, [_differ()])
        try:
            codes = accounts.set_up(account, chosen, code, secret=request.secret, at=request.at)
        except DeskError as error:
            field = "passphrase" if isinstance(error, WeakPassphrase) else "code"
            sentence = _weak() if field == "passphrase" else _not_this_minute()
            return _setting_up(request, language, account, [{"field": field, "text": sentence}])
        return _signed_in_anew(request, language, account, codes=codes)


@forms
@require_http_methods(_BOTH)
@signed_in_or(_no_more)
@own_form_or(_not_own_of_account)
def account_page(request: DeskRequest, language: str) -> HttpResponse:
    """Another passphrase, or new recovery codes; either wants passphrase and code once more."""
    with translation.override(language):
        if request.method != "POST":
            return _page(request, language, "account", account=request.account)
        act = _change if request.POST.get("act") == "passphrase" else _renew
        return act(request, language)


@require_POST
@own_form_or(_out_already)
def sign_out(request: DemurRequest, language: str) -> HttpResponse:
    """Sign this browser out."""
    response = HttpResponseRedirect(f"/{language}/desk/in/")
    end(request, response, language)
    return response


def _change(request: DeskRequest, language: str) -> HttpResponse:
    chosen, again = _typed(request, "new", "again")
    if chosen != again:
        return _page(request, language, "account", account=request.account, faults=[_differ("new")])

    def change(account: Account) -> list[str]:
        accounts.change_passphrase(account, chosen)
        return []

    return _confirmed(request, language, ("passphrase", "code"), change)


def _renew(request: DeskRequest, language: str) -> HttpResponse:
    return _confirmed(request, language, ("codes-passphrase", "codes-code"), accounts.new_recovery_codes)


def _confirmed(
    request: DeskRequest, language: str, fields: tuple[str, str], act: Callable[[Account], list[str]]
) -> HttpResponse:
    field = fields[0]
    try:
        accounts.confirm(request.account, *_typed(request, *fields), secret=request.secret, at=request.at)
        field = "new"
        request.account.refresh_from_db()
        codes = act(request.account)
    except DeskError as error:
        fault = {"field": field, "text": _sentence(error, request.at)}
        return _page(request, language, "account", account=request.account, faults=[fault])
    return _signed_in_anew(request, language, request.account, codes=codes)


def _signed_in_anew(request: DemurRequest, language: str, account: Account, *, codes: list[str]) -> HttpResponse:
    # A new token, since what the account is worth has changed: whoever had the old one is out.
    account.sessions.all().delete()
    answer: HttpResponse = (
        _page(request, language, "codes", codes=codes) if codes else HttpResponseRedirect(f"/{language}/desk/")
    )
    begin(request, answer, account)
    return answer


def _setting_up(request: DemurRequest, language: str, account: Account, faults: list[Fault]) -> HttpResponse:
    letters, address = accounts.enrolment(account, secret=request.secret, origin=request.ground.channel.origin)
    more: dict[str, Any] = {"letters": letters, "picture": picture_of(address), "shortest": accounts.SHORTEST}
    return _page(request, language, "first", account=account, faults=faults, **more)


def _page(
    request: DemurRequest,
    language: str,
    kind: str,
    *,
    faults: list[Fault] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    form = form_of(request, language)
    work = asked_of(request, form) if kind == "in" else None
    context = {
        "channel": channel_in_force(request.ground),
        "languages": settings.LANGUAGES,
        "language": language,
        "version": __version__,
        "place": f"desk/{'first' if kind == 'codes' else kind}/",
        "form": form,
        "work": work,
        "faults": faults or [],
        "shortest": accounts.SHORTEST,
        **more,
    }
    response = render(request, f"desk/{kind}.html", context, status=status)
    if work is not None:
        needing(response, "scripts")
    response.headers["Content-Language"] = language
    form_value(request, response, language)
    return response


def _typed(request: DemurRequest, *names: str) -> list[str]:
    return [request.POST.get(name, "")[:500] for name in names]


def _sentence(error: DeskError, at: int) -> str:
    if isinstance(error, MustWait):
        minutes = max(1, -(-(error.until - at) // 60))
        text = ngettext(
            "There were too many wrong tries for this name. Wait {n} minute, or use a recovery code.",
            "There were too many wrong tries for this name. Wait {n} minutes, or use a recovery code.",
            minutes,
        )
        return text.format(n=minutes)
    if isinstance(error, WeakPassphrase):
        return _weak()
    return gettext(
        "The name, passphrase or code is wrong. Look at each again, and at the clock of the telephone; a code works once, and for a minute."
    )


def _refused() -> str:
    return gettext(
        "The name, passphrase or code is wrong, or there were too many wrong tries for this name. Look at each again, and at the clock of "
        "the telephone; a code works once, and for a minute. If all are right, wait up to an hour, or use a recovery code."
    )


def _many() -> str:
    return gettext(
        "Many try to sign in at this moment. Type passphrase and code once more: this page now does some work first, by its script. "
        "Without script, wait ten minutes, or use a recovery code."
    )


def _weak() -> str:
    text = gettext(
        "Choose another passphrase: at least {n} characters, without your name, and not the one you were given."
    )
    return text.format(n=accounts.SHORTEST)


def _not_this_minute() -> str:
    return gettext("This is not the code of this minute. Look at the app again, and at the clock of the telephone.")


def _differ(field: str = "passphrase") -> Fault:
    return {"field": field, "text": gettext("The two passphrases differ; type them again.")}
