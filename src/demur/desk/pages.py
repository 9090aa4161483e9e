# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's one document, and the vault that lies beside it. Both hold nothing readable of a case.

What is shown is made by the script from what its worker opened. Which view is shown stands in the fragment of the address, which a
browser sends to nobody: the server does not learn which case is looked at from a link that is followed or a page that is reloaded.
"""

import hashlib
import re
from typing import Final

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods, require_safe

from demur import __version__
from demur.desk.models import Vault
from demur.desk.sessions import DeskRequest, form_of, own_form, signed_in
from demur.people.queries import channel_in_force
from demur.web.headers import forms, scripted

LARGEST: Final = 16 * 1024  # bytes; a sealed key has about 3,500
_SEALED: Final = re.compile(
    r"-----BEGIN AGE ENCRYPTED FILE-----\n(?:[A-Za-z0-9+/]{64}\n)*[A-Za-z0-9+/=]{1,64}\n-----END AGE ENCRYPTED FILE-----\n?"
)


@require_safe
@scripted
@forms
@signed_in
def desk_page(request: DeskRequest, language: str) -> HttpResponse:
    """The desk: locked until the vault's passphrase opens it in the browser."""
    with translation.override(language):
        context = {
            "channel": channel_in_force(request.ground),
            "languages": settings.LANGUAGES,
            "language": language,
            "version": __version__,
            "place": "desk/",
            "account": request.account,
            "form": form_of(request, language),
            "has_vault": Vault.objects.filter(account=request.account).exists(),
        }
        response = render(request, "desk/desk.html", context)
    response.headers["Content-Language"] = language
    return response


@require_http_methods(["GET", "PUT"])
@signed_in
@own_form
def vault(request: DeskRequest, language: str) -> HttpResponse:  # noqa: ARG001 -- the address's
    """The account's sealed key. A PUT names by If-Match the one that it replaces, or by If-None-Match: * that there is none."""
    return _put(request) if request.method == "PUT" else _get(request)


def _get(request: DeskRequest) -> HttpResponse:
    kept = Vault.objects.filter(account=request.account).first()
    return _text("There is no vault yet.", 404) if kept is None else _tagged(_text(kept.text), kept.text)


def _put(request: DeskRequest) -> HttpResponse:
    data = request.read(LARGEST + 1)
    text = data.decode("ascii", errors="replace")
    if len(data) > LARGEST or not _SEALED.fullmatch(text):
        return _text("Only a key that is sealed under a passphrase is kept here.", 400)
    with transaction.atomic():
        kept = Vault.objects.select_for_update().filter(account=request.account).first()
        # A key that is written over is lost, and with it every case that only it opens; so whoever replaces one must have seen it.
        known = (
            request.headers.get("If-None-Match") == "*"
            if kept is None
            else request.headers.get("If-Match") == _tag(kept.text)
        )
        if not known:
            return _text("Another window has changed the vault; load the page again.", 412)
        Vault.objects.update_or_create(account=request.account, defaults={"text": text})
    return _tagged(_text("", 204), text)


def _text(said: str, status: int = 200) -> HttpResponse:
    return HttpResponse(said, content_type="text/plain; charset=utf-8", status=status)


def _tagged(response: HttpResponse, text: str) -> HttpResponse:
    response.headers["ETag"] = _tag(text)
    return response


def _tag(text: str) -> str:
    return f'"{hashlib.sha256(text.encode()).hexdigest()}"'
