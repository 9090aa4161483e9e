# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every part of the pages on one page, `/en/looks/`: for whoever makes a page, translates one, or looks at one on another device.

The parts are the very templates that pages include; what people are supposed to have written in them is invented and stays as written, in
its own language and direction. The page holds nothing of the channel.
"""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from demur import __version__
from demur.client.inspection.words import FAMILIES, WHAT
from demur.web.dates import in_words
from demur.web.packing import packed

WORDS: Final = ("crossing", "winter", "paper", "lantern", "bridge", "weather")
CLAIM: Final = "The decision rests on a traffic count taken in the week of the strike, when few lorries ran at all."
ARABIC: Final = "يُغلق الطريق الجنوبي بسبب الثلج أحد عشر يومًا في كل شتاء."
INDONESIAN: Final = "Penghitungan akan diulang pada bulan Januari, dan hasilnya diumumkan."
OFFICE: Final = "Director of Policy Planning"


@packed
@require_safe
def looks(_request: HttpRequest, language: str) -> HttpResponse:
    """The page in one language."""
    with translation.override(language):
        context = {"languages": settings.LANGUAGES, "version": __version__, "place": "looks/", **_samples()}
        response = render(_request, "web/looks.html", context)
    response.headers["Content-Language"] = language
    return response


@require_safe
def icon(_request: HttpRequest) -> HttpResponse:
    """Where a browser looks for the icon of an answer that is no page of ours."""
    return HttpResponsePermanentRedirect(static("demur/icon.svg"))


def _samples() -> dict[str, Any]:
    """What fills the parts, in the active language where it is the page that speaks."""
    return {
        "words": WORDS,
        "origin": "dissent.example.org",
        "case": "0d7c2a9e51b04f6f8a3b6d9c1e2f4a5b",
        "date": in_words(date(2027, 1, 11)),
        "clocks": [_clock(*row) for row in _clocks()],
        "events": _events(),
        "pairs": _pairs(),
        "readers": _readers(),
        "files": _files(),
        "faults": [{"field": "sample-text", "text": gettext("Write what you disagree with, and why.")}],
    }


def _clocks() -> list[tuple[str, str, str, str, str]]:
    due = gettext("Due by the end of {due}, by {owner}.")
    met = gettext("Met on {met}; it was due by the end of {due}.")
    monday, friday, late = "Monday, 30 November 2026", "Friday, 27 November 2026", "Wednesday, 2 December 2026"
    owed, soon = due.format(due="Monday, 11 January 2027", owner=OFFICE), due.format(due=monday, owner=OFFICE)
    aim = gettext("Aimed at {aim}.").format(aim=friday)
    reply, acknowledgement = gettext("Reply"), gettext("Acknowledgement")
    extended = gettext("Extended: due by the end of {due}, by {owner}. Promised was {promised}.")
    return [
        (reply, "running", gettext("running"), owed, aim),
        (acknowledgement, "due soon", gettext("due soon"), soon, ""),
        (reply, "extended", gettext("extended"), extended.format(due=late, owner=OFFICE, promised=monday), ""),
        (acknowledgement, "overdue", gettext("overdue"), soon, ""),
        (acknowledgement, "met", gettext("met"), met.format(met=friday, due=monday), ""),
        (acknowledgement, "met late", gettext("met late"), met.format(met=late, due=monday), ""),
        (reply, "ended by withdrawal", gettext("ended by withdrawal"), owed, ""),
    ]


def _clock(name: str, state: str, said: str, due: str, aim: str) -> dict[str, str]:
    return {"name": name, "state": state, "said": said, "due": due, "aim": aim}


def _events() -> list[dict[str, Any]]:
    when = gettext("In the record since {when}")
    return [
        {"what": gettext("The log received your filing"), "when": when.format(when="25 November 2026, 12:00 UTC")},
        {
            "what": gettext("{who} fetched item {item}").format(who=OFFICE, item=1),
            "when": when.format(when="25 November 2026, 15:20 UTC"),
            "note": gettext("The key did; nobody can say that a person read."),
        },
        {
            "what": gettext("You wrote"),
            "when": gettext("Promised on {when}; follows at the next tick").format(when="26 November 2026, 09:05 UTC"),
            "said": ARABIC,
            "mine": True,
        },
        {
            "what": gettext("{who} wrote").format(who=OFFICE),
            "when": when.format(when="26 November 2026, 10:40 UTC"),
            "said": INDONESIAN,
            "fault": gettext("This differs from what was recorded ({fact}); do not rely on it.").format(fact="body"),
        },
    ]


def _pairs() -> list[dict[str, str]]:
    claim = gettext("Claim {n}")
    return [
        {"number": claim.format(n=1), "claim": CLAIM, "kind": gettext("Answered"), "answer": INDONESIAN},
        {
            "number": claim.format(n=2),
            "claim": ARABIC,
            "kind": gettext("Referred to {to}").format(to="the budget office"),
            "answer": "The budget office will compare the two sums and publish the comparison.",
        },
        {
            "number": claim.format(n=3),
            "claim": CLAIM,
            "kind": gettext("Declined"),
            "answer": "The clinics are supplied.",
        },
    ]


def _readers() -> list[dict[str, Any]]:
    return [
        {"title": OFFICE, "holder": "Ana Ruiz"},
        {"title": "Under Secretary", "holder": gettext("filled; the holder's name is not published")},
        {"title": "Inspector", "holder": gettext("vacant: nobody can read with this seat now"), "vacant": True},
    ]


def _files() -> list[dict[str, Any]]:
    document, text, author, program = FAMILIES["document"], FAMILIES["text"], WHAT["author"], WHAT["program"]
    return [
        {
            "name": "traffic-count.pdf",
            "size": "84 kB",
            "carries": gettext(document).format(format="PDF"),
            "tells": [
                gettext(author).format(value="A. Writer"),
                gettext(program).format(value="Office 7"),
            ],
        },
        {
            "name": "جدول.csv",
            "size": "2 kB",
            "carries": gettext(text),
        },
    ]


urlpatterns = [
    path("favicon.ico", icon),
    *(path(f"{code}/looks/", looks, {"language": code}) for code, _ in settings.LANGUAGES),
]
