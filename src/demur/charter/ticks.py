# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the record is published: the charter's ticks (PROTOCOL section 4). Pure; POSIX seconds.

Publishing at fixed times, in random order, is what keeps a badge reader's log from telling who filed. A tick always falls on
the last minute of each of the custodian's days, so that an act promised that day can still count for that day.
"""

from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from demur.charter.freeze import Frozen

AT_ONCE: Final = "0"
LENGTHS: Final = {"hour": 3600, "day": 86_400}
LAST_MINUTE: Final = 60  # seconds before midnight at which the forced tick falls


def publishes_at_once(frozen: Frozen) -> bool:
    """Whether the charter's tick is zero: small and practice channels."""
    return frozen.charter.tick == AT_ONCE


def next_tick(frozen: Frozen, after: int) -> int:
    """The first tick later than `after`; `after` itself where everything is published at once."""
    if publishes_at_once(frozen):
        return after
    zones: list[tzinfo] = [calendar.zone for calendar in frozen.calendars.values()]
    forced = min(
        _last_minute(zone, after) for zone in zones or [UTC]
    )  # a signed charter may have none that can be read
    length = LENGTHS[frozen.charter.tick]
    return forced if frozen.charter.tick == "day" else min(forced, after - after % length + length)


def _last_minute(zone: tzinfo, after: int) -> int:
    """The first start of a day's last minute in a calendar's zone that is later than `after`."""
    day = datetime.fromtimestamp(after, tz=zone).date()
    for ahead in (1, 2):
        midnight = datetime.combine(day + timedelta(days=ahead), time(), tzinfo=zone)
        found = int(midnight.astimezone(UTC).timestamp()) - LAST_MINUTE
        if found > after:
            return found
    raise AssertionError("a day ends within two days")
