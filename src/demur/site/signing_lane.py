# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lanes of this server. In one, passphrases are hashed, one after the other; in the other, pages without script are sent files, which
are looked into. Whoever floods one keeps others from the same for a while, and nobody from filing otherwise, reading or answering.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from demur.site.lanes import TOO_MANY, Answer, Lane

RETRY: Final = 5  # seconds after which a place is likely to be free
_HASHING: Final = re.compile(r"/([a-z]{2,3})/desk/(?:in|first|account)/")
_LOOKING: Final = re.compile(r"/([a-z]{2,3})/file/plain/")
_SHEETS: Final = 64  # that wait: what was typed should not be refused before many others are


def signing_lane() -> Lane:
    """That of signing in."""
    return _lane("sign-in", _HASHING, _sign_in)


def sheet_lane() -> Lane:
    """That of the page without script, whose files are looked into here."""
    return _lane("sheets", _LOOKING, _sheet, waiting=_SHEETS)


def _lane(name: str, path: re.Pattern[str], sentence: Callable[[], str], **more: int) -> Lane:
    full = {code: _full(code, sentence) for code, _ in settings.LANGUAGES}
    first = next(iter(full.values()))

    def takes(scope: Any) -> bool:
        return scope.method == "POST" and path.fullmatch(scope.path) is not None

    def refuse(scope: Any) -> Answer:
        found = path.fullmatch(scope.path)
        return full.get(found[1] if found else "", first)

    return Lane(takes, refuse, name=name, **more)


def _sign_in() -> str:
    return gettext("Many sign in at this moment. Go back and try again in {n} seconds.").format(n=RETRY)


def _sheet() -> str:
    text = gettext(
        "Many send this page at this moment, and nothing was kept. Go back, where most browsers still have what you typed, and send it "
        "again in {n} seconds."
    )
    return text.format(n=RETRY)


def _full(language: str, sentence: Callable[[], str]) -> Answer:
    with translation.override(language):
        text = sentence()
    headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-language", language),
        ("cache-control", "no-store"),
        ("retry-after", str(RETRY)),
        ("server", "demur"),
    ]
    return Answer(TOO_MANY, headers, f"{text}\n".encode())
