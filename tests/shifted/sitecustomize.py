# SPDX-License-Identifier: AGPL-3.0-or-later
"""Python reads this at its start where `serving.later` put it on its path: its clock then shows a later time."""

import os
import time

_BY = int(os.environ.get("DEMUR_TEST_LATER", "0"))
_seconds, _nanoseconds = time.time, time.time_ns
time.time = lambda: _seconds() + _BY
time.time_ns = lambda: _nanoseconds() + _BY * 1_000_000_000
