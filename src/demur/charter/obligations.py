# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which clocks run for a case, and when each is due: from the frozen charter and the starts. Pure; POSIX seconds."""

from collections.abc import Mapping

from demur.charter.freeze import Frozen
from demur.charter.model import KEPT_CLOCKS
from demur.clock.deadlines import Due, due, earliest


def clocks(frozen: Frozen, starts: Mapping[str, int | None]) -> dict[str, Due]:
    """The due dates of the clocks that this version keeps and that have started.

    `starts` gives `received` and, once it happened, `ack`; `ack.limit` is worked out, so that a missed acknowledgement cannot stretch the
    reply (EU 2019/1937 Art. 9(1)(f)). Raises BeyondCalendar.
    """
    known = dict(starts)
    result: dict[str, Due] = {}
    for name in sorted(KEPT_CLOCKS & set(frozen.charter.clocks)):  # "ack" before "reply", which may start from it
        rule = frozen.charter.clocks[name]
        started = earliest(known, rule.starts)
        if started is None:
            continue
        result[name] = due(rule.span, started, frozen.calendars[rule.calendar])
        known[f"{name}.limit"] = result[name].limit
    return result
