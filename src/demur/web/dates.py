# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days on pages: whole, in letters, in the reader's language, and never broken at a line's end. As `assets/pages/web/ui.js` writes them.

The same wording without a translation, for the command line, is `clock/wording.py`. A day is that of the office that must act; no sentence
says UTC.
"""

from datetime import date, datetime, tzinfo
from typing import Final

from django.utils import formats

DAY: Final = "l, j\u00a0F\u00a0Y"  # the weekday too: people plan by it, and no order of numbers can be misread
MOMENT: Final = f"{DAY}, H:i"


def in_words(day: date) -> str:
    """A day, such as "Wednesday, 2 December 2026"."""
    return formats.date_format(day, DAY)


def day_at(at: int, zone: tzinfo) -> str:
    """The day on which `at` (POSIX seconds) falls in `zone`."""
    return in_words(datetime.fromtimestamp(at, tz=zone).date())


def moment_at(at: int, zone: tzinfo) -> str:
    """A moment by the clock on the wall in `zone`, which is named."""
    return f"{formats.date_format(datetime.fromtimestamp(at, tz=zone), MOMENT)} ({zone})"
