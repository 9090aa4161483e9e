# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public page. What it promises is generated from the charter; nothing of it is written twice."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import formats, translation
from django.utils.translation import gettext

from demur import __version__
from demur.charter.explain import CLOCK_NAMES, explain
from demur.charter.freeze import Frozen
from demur.charter.obligations import clocks
from demur.people.inforce import ChannelInForce
from demur.people.queries import channel_in_force
from demur.web.requests import DemurRequest


def front(request: DemurRequest) -> HttpResponse:
    """The page in the language that the browser asks for; no cookie remembers it."""
    response = front_in(request, translation.get_language_from_request(request))
    response.headers["Vary"] = "Accept-Language"
    return response


def front_in(request: DemurRequest, language: str) -> HttpResponse:
    """The page in one language."""
    with translation.override(language):
        return render(request, "public/front.html", context(channel_in_force(request.ground), at=request.at))


def charter_text(request: DemurRequest) -> HttpResponse:
    """The charter as the officers signed it."""
    frozen = channel_in_force(request.ground).frozen
    if frozen is None:
        return not_found(request)
    return HttpResponse(frozen.text, content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django hands it over
    """An address that leads nowhere."""
    with translation.override(translation.get_language_from_request(request)):
        return render(request, "public/not_found.html", {"languages": settings.LANGUAGES}, status=404)


def server_error(_request: HttpRequest) -> HttpResponse:
    """A fault of ours. Plain text, because the fault may be in what makes pages."""
    sentence = "This server made a mistake; nothing was half-filed. Try again in a minute.\n"
    return HttpResponse(sentence, status=500, content_type="text/plain; charset=utf-8")


def context(channel: ChannelInForce, *, at: int) -> dict[str, Any]:
    """What the template shows, in the active language."""
    said: dict[str, Any] = {}
    if channel.frozen is not None:
        meaning = explain(channel.frozen.charter)
        said = {
            name: [row.words(gettext) for row in getattr(meaning, name)]
            for name in ("who", "what", "clocks", "late", "other_doors", "outer_doors", "not_kept")
        }
        said["unconfirmed"] = meaning.unconfirmed
        said["readers"] = dict(
            zip(
                (s.id for s in channel.frozen.charter.reading_seats),
                (r.words(gettext) for r in meaning.readers),
                strict=True,
            )
        )
        said["dates"] = _dates(channel.frozen, at)
    return {
        "channel": channel,
        "said": said,
        "seats": [{"seat": seat, "title": said["readers"].get(seat.id, seat.title)} for seat in channel.seats],
        "checkpoint_at": _moment(channel.checkpoint_time),
        "languages": settings.LANGUAGES,
        "version": __version__,
    }


def _dates(frozen: Frozen, at: int) -> list[tuple[str, str, str]]:
    """For each clock, its name and the dates that a case filed now would get."""
    rows = []
    for name, due in clocks(frozen, {"received": at}).items():
        target = formats.date_format(due.target_day, "DATE_FORMAT") if due.target_day else ""
        rows.append((gettext(CLOCK_NAMES.get(name, name)), target, formats.date_format(due.limit_day, "DATE_FORMAT")))
    return rows


def _moment(at: int) -> str:
    return formats.date_format(datetime.fromtimestamp(at, tz=UTC), "DATETIME_FORMAT") if at else ""
