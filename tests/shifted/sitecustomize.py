# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python reads this at its start where `serving.later` put it on its path: its clock then shows a later time, and where a test says so the
server gets no process beside it ("none"), or one that dies at its birth ("dies").
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
