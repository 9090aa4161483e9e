# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lane in which passphrases are hashed, one after the other: whoever floods it keeps others from signing in for a while, and nobody
from filing, reading or answering.
"""

import re
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from demur.site.lanes import TOO_MANY, Answer, Lane

RETRY: Final = 5  # seconds after which a place is likely to be free
_HASHING: Final = re.compile(r"/([a-z]{2,3})/desk/(?:in|first|account)/")


def signing_lane() -> Lane:
    """The lane of this process."""
    full = {code: _full(code) for code, _ in settings.LANGUAGES}
    first = next(iter(full.values()))

    def refuse(scope: Any) -> Answer:
        found = _HASHING.fullmatch(scope.path)
        return full.get(found[1] if found else "", first)

    return Lane(_takes, refuse, name="sign-in")


def _takes(scope: Any) -> bool:
    return scope.method == "POST" and _HASHING.fullmatch(scope.path) is not None


def _full(language: str) -> Answer:
    with translation.override(language):
        text = gettext("Many sign in at this moment. Go back and try again in {n} seconds.").format(n=RETRY)
    headers = [
        ("content-type", "text/plain; charset=utf-8"),
        ("content-language", language),
        ("cache-control", "no-store"),
        ("retry-after", str(RETRY)),
        ("server", "demur"),
    ]
    return Answer(TOO_MANY, headers, f"{text}\n".encode())
