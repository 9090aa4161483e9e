# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lanes of this server. In one, passphrases are hashed, one after the other; in the others, pages without script are sent what was
typed, and what is larger, such as files, which are looked into. Whoever floods one keeps others from the same for a while, and nobody from
filing otherwise, reading or answering: a made file of a megabyte costs seconds, and does not stand before a letter.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from demur.site.lanes import TOO_MANY, Answer, Lane, declared

RETRY: Final = 5  # seconds after which a place is likely to be free
_HASHING: Final = re.compile(r"/([a-z]{2,3})/desk/(?:in|first|account)/")
_LOOKING: Final = re.compile(r"/([a-z]{2,3})/file/plain/")
LIGHT: Final = 64 * 1024  # bytes of a page with a long letter; one with a file is sent along with the next pages too
_SHEETS: Final = 64  # that wait: what was typed should not be refused before many others are


def signing_lane() -> Lane:
    """That of signing in."""
    return _lane("sign-in", _HASHING, _sign_in)


def sheet_lane() -> Lane:
    """That of the page without script, where a letter is sent."""
    return _lane("sheets", _LOOKING, _sheet, most=LIGHT, waiting=_SHEETS)


def file_lane() -> Lane:
    """That of the page without script, where files or much text is sent, and looked into here."""
    return _lane("files", _LOOKING, _sheet, waiting=_SHEETS)


def _lane(
    name: str, path: re.Pattern[str], sentence: Callable[[], str], *, most: int | None = None, **more: int
) -> Lane:
    """The lane of what is sent to `path`, of `most` bytes if that is given."""
    full = {code: _full(code, sentence) for code, _ in settings.LANGUAGES}
    first = next(iter(full.values()))

    def takes(scope: Any) -> bool:
        if scope.method != "POST" or path.fullmatch(scope.path) is None:
            return False
        return most is None or declared(scope.headers) <= most

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
