# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python reads this at its start where `serving.later` put it on its path: its clock then shows a later time, and where a test says so the
server gets no process beside it ("none"), or one that dies at its birth ("dies"); or its texts come from another catalogue.
"""

import os
import sys
import time

_BY = int(os.environ.get("DEMUR_TEST_LATER", "0"))
_seconds, _nanoseconds = time.time, time.time_ns
time.time = lambda: _seconds() + _BY
time.time_ns = lambda: _nanoseconds() + _BY * 1_000_000_000

_FORK = os.environ.get("DEMUR_TEST_FORK", "")
_fork = os.fork


def fork() -> int:
    beside = sys._getframe(1).f_globals["__name__"] == "demur.site.aside"
    if beside and _FORK == "none":
        raise BlockingIOError(11, "Resource temporarily unavailable")
    pid = _fork()
    if pid == 0 and beside and _FORK == "dies":
        os._exit(1)
    return pid


if _FORK:
    os.fork = fork

_LOCALE = os.environ.get("DEMUR_TEST_LOCALE", "")
if _LOCALE:
    # The pseudo-locale of script/pseudo.py in the place of the product's own catalogues: see tests/web/test_pseudo_locale.py.
    import gettext

    _find = gettext.find

    def find(domain: str, localedir: str | None = None, *more: object, **named: object) -> object:
        ours = str(localedir).endswith("/demur/locale")
        return _find(domain, _LOCALE if ours else localedir, *more, **named)  # type: ignore[arg-type]

    gettext.find = find  # type: ignore[assignment]
