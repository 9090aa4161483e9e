# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the administrator may know of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from demur.notices.actions.ring import DAY
from demur.notices.models import Notice


@dataclass(frozen=True, kw_only=True)
class Outbox:
    """The notices that wait for their next try, and those that had their last."""

    waiting: Sequence[Notice]
    dead: Sequence[Notice]


def outbox() -> Outbox:
    """Everything that was not delivered, oldest first."""
    rows = Notice.objects.exclude(state=Notice.SENT).order_by("day", "kind")
    return Outbox(
        waiting=[row for row in rows if row.state == Notice.WAITING],
        dead=[row for row in rows if row.state == Notice.DEAD],
    )


def day_of(notice: Notice) -> str:
    """The day on which it was rung, as YYYY-MM-DD in UTC."""
    return datetime.fromtimestamp(notice.day * DAY, tz=UTC).date().isoformat()
