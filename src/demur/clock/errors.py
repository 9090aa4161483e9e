# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be refused about time.

ClockError
 +-- BeyondCalendar    a date that the frozen calendar does not hold
 +-- NotAClock         a clock whose parts do not fit
      +-- NoZone       a time zone that nobody knows, or of which this machine has no table
"""

from demur.errors import DemurError


class ClockError(DemurError):
    """Root of this family."""


class BeyondCalendar(ClockError):  # noqa: N818 -- named as the fact
    """A date that the frozen calendar does not hold."""


class NotAClock(ClockError):  # noqa: N818 -- named as the fact
    """A clock whose parts do not fit."""


class NoZone(NotAClock):
    """A time zone that nobody knows, or of which this machine has no table."""
