# SPDX-License-Identifier: AGPL-3.0-or-later
"""The author's pages: file, and come back. They hold no text of an author and no secret: what is typed stays in the browser.

Each is the same for everybody who asks in the same minute, so that its length tells an eavesdropper nothing (BREACH) and it can be
compressed. What it says of the channel is generated from charter and roster; the script then shows what its worker has proved.
"""

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.html import json_script
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from demur import __version__
from demur.author.languages import WRITTEN
from demur.author.limits import document_limit, file_limits, text_limits
from demur.author.sayings import BEFORE, FILES, READING, STEPS, carried
from demur.charter.explain import Explanation, explain
from demur.charter.freeze import Frozen
from demur.people.queries import channel_in_force
from demur.web.headers import scripted
from demur.web.packing import packed
from demur.web.requests import DemurRequest


class _Short(DjangoJSONEncoder):
    """JSON without spaces, and with letters as they are."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{**how, "ensure_ascii": False, "separators": (",", ":")})


@packed
@require_safe
@scripted
def file_page(request: DemurRequest, language: str) -> HttpResponse:
    """Where an author writes and files."""
    with translation.override(language):
        title = gettext("Put a disagreement on the record")
        said = {"plain": gettext("A page without script, on which the server reads what you type before it seals it.")}
        return _page(request, "author/file.html", language, title=title, script="write", sayings=BEFORE, **said)


@packed
@require_safe
def steps_sayings(request: DemurRequest, language: str) -> HttpResponse:  # noqa: ARG001 -- it is the same for everybody
    """The sentences that the page says once its reader has begun; fetched with what seals, so that the first view stays light."""
    return _sentences(STEPS, language)


@packed
@require_safe
def file_sayings(request: DemurRequest, language: str) -> HttpResponse:  # noqa: ARG001 -- it is the same for everybody
    """The sentences that the page says of files; fetched once a file is chosen."""
    return _sentences(FILES, language)


def _sentences(sayings: dict[str, str], language: str) -> HttpResponse:
    with translation.override(language):
        said = {code: gettext(text) for code, text in sayings.items()}
    return JsonResponse(said, encoder=_Short)


@packed
@require_safe
@scripted
def case_page(request: DemurRequest, language: str) -> HttpResponse:
    """Where an author comes back with the words."""
    with translation.override(language):
        title = gettext("Your case")
        said = {"plain": gettext("The page for a return code of digits, if you filed on the page without script.")}
        return _page(request, "author/case.html", language, title=title, script="case", sayings=READING, **said)


def _page(
    request: DemurRequest, template: str, language: str, *, script: str, sayings: dict[str, str], **more: str
) -> HttpResponse:
    channel = channel_in_force(request.ground)
    context = {
        "channel": channel,
        "languages": settings.LANGUAGES,
        "language": language,
        "version": __version__,
        "place": "file/" if script == "write" else "case/",
        "script": f"demur/js/{script}.js",
        "sayings": json_script({code: gettext(text) for code, text in carried(sayings).items()}, "say", _Short),
        "written": WRITTEN,
        **(_said(channel.frozen) if channel.frozen is not None else {}),
        **more,
    }
    response = render(request, template, context)
    response.headers["Content-Language"] = language
    return response


def doors_of(meaning: Explanation) -> list[str]:
    """The other doors that a charter names, and the one outside that is always there."""
    doors = [row.words(gettext) for row in (*meaning.other_doors, *meaning.outer_doors)]
    if not meaning.outer_doors:
        doors.append(gettext("The competent authority outside your institution can be used at any time."))
    return doors


def _said(frozen: Frozen) -> dict[str, Any]:
    """What the charter says of this door and the others, and what a filing may hold."""
    meaning = explain(frozen.charter, frozen.unknown)
    said = {
        name: [row.words(gettext) for row in getattr(meaning, name)] for name in ("who", "what", "not_kept", "unknown")
    }
    doors = doors_of(meaning)
    limits = frozen.charter.limits
    return {
        "said": {**said, "doors": doors},
        "limits": [text_limits(limits), file_limits(limits)],
        "file_limits": file_limits(limits),
        "document_limit": document_limit(limits),
    }
