# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python reads this at its start where `serving.later` put it on its path: its clock then shows a later time, and where a test says so the
server gets no process beside it ("none"), or one that dies at its birth ("dies"); its texts come from another catalogue; it is slow between
two statements ("slow"), or reads the time of what it signs before that ("apart"); its database has a clock of its own, so many
seconds ahead; or the page without script believes every reply, reports none and contradicts nobody.
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

_MOMENTS = os.environ.get("DEMUR_TEST_MOMENTS", "")
if _MOMENTS:
    import random

    from demur.entries import moments

    _honest = moments.at_one_moment

    def slowly(read):  # a machine that stands still now and then between two statements
        time.sleep(random.choice((0, 0, 0.4, 1.3)))
        return read()

    def apart(read, clock):  # the planted hole: the time when the request begins, the count when it ends
        at = clock()
        return slowly(read), at

    def together(read, clock):
        return _honest(lambda: slowly(read), clock)

    moments.at_one_moment = {"slow": together, "apart": apart}[_MOMENTS]

_DATABASE = int(os.environ.get("DEMUR_TEST_DATABASE_LATER", "0"))
if _DATABASE:
    from demur.entries import moments

    moments.AgreeingClocks.__init__.__kwdefaults__["database"] = lambda: lambda: time.time() + _DATABASE

if os.environ.get("DEMUR_TEST_BELIEVES"):
    # The planted hole: what the author's client finds is neither told nor held against the clocks.
    from demur.client import following, reporting

    reporting.report_all = lambda author, thread, **how: iter(())
    following._reports = lambda *read: ()
