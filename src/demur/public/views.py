# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public page. What it promises is generated from the charter; nothing of it is written twice.

It is compressed: it holds no secret and repeats nothing that was sent, so that its length tells an eavesdropper nothing (BREACH).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from demur import __version__
from demur.charter.explain import CLOCK_NAMES, explain
from demur.charter.freeze import Frozen
from demur.charter.obligations import clocks
from demur.charter.zones import calendar_of
from demur.clock.errors import BeyondCalendar
from demur.dissent.queries import Counts, counts, counts_of_quarter, quarter_of
from demur.people.inforce import ChannelInForce
from demur.people.queries import channel_in_force
from demur.web.dates import in_words, moment_at
from demur.web.packing import packed
from demur.web.requests import DemurRequest

MINUTE: Final = 60
SMALL: Final = 5  # where the charter names no small number


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The counts as they are now, those with which the quarter began, and its name."""

    now: Counts
    quarter: Counts
    name: str


@dataclass(frozen=True, kw_only=True)
class DatedClock:
    """What a clock would promise a case filed now: its name and days, in words of the active language and as dates."""

    name: str
    target: str
    target_day: date | None
    limit: str
    limit_day: date


@packed
@require_safe
def front(request: DemurRequest) -> HttpResponse:
    """The page in the language that the browser asks for; no cookie remembers it."""
    response = _page(request, translation.get_language_from_request(request))
    patch_vary_headers(response, ["Accept-Language"])
    return response


@packed
@require_safe
def front_in(request: DemurRequest, language: str) -> HttpResponse:
    """The page in one language."""
    return _page(request, language)


@require_safe
def charter_text(request: DemurRequest) -> HttpResponse:
    """The charter as the officers signed it."""
    frozen = channel_in_force(request.ground).frozen
    if frozen is None:
        return not_found(request)
    return HttpResponse(frozen.text, content_type="text/plain; charset=utf-8")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 -- Django hands it over
    """An address that leads nowhere."""
    with translation.override(translation.get_language_from_request(request)):
        response = render(request, "public/not_found.html", {"languages": settings.LANGUAGES}, status=404)
    patch_vary_headers(response, ["Accept-Language"])
    return response


def server_error(_request: HttpRequest) -> HttpResponse:
    """A fault of ours. Plain text, because the fault may be in what makes pages."""
    sentence = "This server made a mistake; nothing was half-filed. Try again in a minute.\n"
    return HttpResponse(sentence, status=500, content_type="text/plain; charset=utf-8")


def context(channel: ChannelInForce, *, at: int, kept: Kept | None = None) -> dict[str, Any]:
    """What the template shows at `at` (POSIX seconds), in the active language."""
    said = _said(channel.frozen, at) if channel.frozen is not None else {"readers": {}}
    return {
        "channel": channel,
        "said": said,
        "seats": [{"seat": seat, "title": said["readers"].get(seat.id, seat.title)} for seat in channel.seats],
        "kept": _shown(kept, channel) if kept is not None else {},
        "checkpoint_at": datetime.fromtimestamp(channel.checkpoint_time, tz=UTC),
        "checkpoint_said": moment_at(channel.checkpoint_time, _zone(channel.frozen)),
        "plain": channel.frozen is not None and channel.frozen.charter.server_sealing,
        "languages": settings.LANGUAGES,
        "version": __version__,
    }


def _zone(frozen: Frozen | None) -> tzinfo:
    """Whose clock on the wall the page tells: the custodian's; UTC while there is no charter."""
    calendar = calendar_of(frozen) if frozen is not None else None
    return calendar.zone if calendar is not None else UTC


def _page(request: DemurRequest, language: str) -> HttpResponse:
    with translation.override(language):
        channel = channel_in_force(request.ground)
        kept = _kept(channel.checkpoint_size, request.at // MINUTE)
        response = render(request, "public/front.html", context(channel, at=request.at, kept=kept))
    response.headers["Content-Language"] = language
    return response


def _shown(kept: Kept, channel: ChannelInForce) -> dict[str, Any]:
    """The counts as they stand on the page: conduct as it is now, exact; what tells how many people wrote as it was when the quarter
    began, rounded down to a multiple of the charter's small number.
    """
    reporting = channel.frozen.charter.reporting if channel.frozen is not None else None
    small = reporting.small_number if reporting is not None else SMALL
    return {
        "overdue": kept.now.overdue,
        "met_late": kept.now.met_late,
        "open": _floor(kept.quarter.cases, small),
        "met": _floor(kept.quarter.met, small),
        # A reply is disputed when its author reads it: when, and how many of them did, is theirs.
        "disputed": _floor(kept.quarter.disputed, small),
        "unreadable": _floor(kept.quarter.unreadable, small),
        "year": int(kept.name[:4]),
        "n": int(kept.name[-1]),
    }


def _floor(count: int, small: int) -> str:
    if count < small:
        return gettext("fewer than {n}").format(n=small)
    return gettext("{n} or more").format(n=count - count % small)


@lru_cache(maxsize=2)
def _kept(_size: int, minute: int) -> Kept:
    """The counts of this minute; a page that is asked for a thousand times counts once."""
    at = minute * MINUTE
    return Kept(now=counts(now=at), quarter=counts_of_quarter(now=at), name=quarter_of(at))


def _said(frozen: Frozen, at: int) -> dict[str, Any]:
    """The charter's meaning by question, each sentence in the active language."""
    meaning = explain(frozen.charter, frozen.unknown)
    said: dict[str, Any] = {
        name: [row.words(gettext) for row in getattr(meaning, name)]
        for name in ("who", "what", "clocks", "late", "other_doors", "outer_doors", "not_kept", "unknown")
    }
    seats = (seat.id for seat in frozen.charter.reading_seats)
    said["readers"] = dict(zip(seats, (row.words(gettext) for row in meaning.readers), strict=True))
    said["unconfirmed"] = meaning.unconfirmed
    said["dates"] = _dates(frozen, at)
    said["zones"] = sorted({calendar.timezone for calendar in frozen.calendars.values()})
    return said


def _dates(frozen: Frozen, at: int) -> list[DatedClock]:
    """What each clock would promise; nothing once the frozen calendar has ended, since nobody may promise a day beyond it."""
    try:
        dues = clocks(frozen, {"received": at})
    except BeyondCalendar:
        return []
    return [
        DatedClock(
            name=gettext(CLOCK_NAMES.get(name, name)),
            target=in_words(due.target_day) if due.target_day else "",
            target_day=due.target_day,
            limit=in_words(due.limit_day),
            limit_day=due.limit_day,
        )
        for name, due in dues.items()
    ]
