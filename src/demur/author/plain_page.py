# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages without script share: the frame, and a receipt as an address of its own."""

from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from demur import __version__
from demur.author.languages import WRITTEN
from demur.author.limits import size, text_limits
from demur.author.pages import doors_of
from demur.charter.explain import explain, gettext_noop
from demur.charter.model import Limits
from demur.client.receipt import Receipt
from demur.people.queries import channel_in_force
from demur.web.requests import DemurRequest

COMING: Final = frozenset({"case", "read"})
TITLES: Final[dict[str, str]] = {  # of the steps of filing; the step stands in the window's title
    "write": gettext_noop("Put a disagreement on the record, without script"),
    "choose": gettext_noop("What must be answered, and who reads"),
    "check": gettext_noop("Check what you file"),
    "code": gettext_noop("Write down these digits"),
    "typed": gettext_noop("Type two groups back"),
    "filed": gettext_noop("Your dissent is filed"),
    "case": gettext_noop("Your case, without script"),
    "read": gettext_noop("Your case, without script"),
}


def allowed(charter: Any) -> bool:
    """Whether the charter lets this server seal for people whose browser runs no script."""
    return bool(charter.server_sealing)


def page(request: DemurRequest, language: str, name: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page `name`; `more` goes to its template. With `faults` its title says that something is wrong."""
    channel = channel_in_force(request.ground)
    charter = channel.frozen.charter if channel.frozen is not None else None
    meaning = explain(charter) if charter is not None else None
    context = {
        "channel": channel,
        "languages": settings.LANGUAGES,
        "language": language,
        "version": __version__,
        "allowed": charter is not None and allowed(charter),
        "title": gettext(TITLES[more.get("sheet", name)]),
        "place": "case/plain/" if name in COMING else "file/plain/",
        "what": [row.words(gettext) for row in meaning.what] if meaning else [],
        "said": {"doors": doors_of(meaning) if meaning else []},
        "come_back": f"{request.ground.address}/{language}/case/plain/",
        "written": WRITTEN,
        "limits": _limits(charter.limits) if charter is not None else [],
        **more,
    }
    response = render(request, f"author/plain/{name}.html", context, status=status)
    response.headers["Content-Language"] = language
    return response


def download(receipt: Receipt) -> str:
    """The receipt as an address of its own, so that a browser without script can save it; it holds nothing that reads or acts."""
    return f"data:application/octet-stream,{quote(receipt.text, safe='')}"


def _limits(limits: Limits) -> list[str]:
    files = gettext("At most {n} files, with the text together at most {all}.")
    return [text_limits(limits), files.format(n=limits.files, all=size(min(limits.request_bytes, limits.total)))]
