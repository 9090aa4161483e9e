# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ring: put a notice into the outbox. Nothing leaves the machine here, so nothing here can fail for the bell's sake."""

from typing import Final

from django.db import connection

from demur.notices.kinds import Kind
from demur.notices.models import Notice

DAY: Final = 86400


def ring(*, key: str, kind: Kind, at: int, again: bool = False) -> None:
    """Note in the open transaction that the custodian is to be rung; the same `key` a second time changes nothing.

    With `again` a second time is a new occasion: what was sent or died waits anew, with all its tries. `at` is POSIX
    seconds; only its day is kept. Raises RuntimeError outside a transaction: a notice stands or falls with its cause.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("The doorbell was rung outside the transaction of its cause.")
    row, new = Notice.objects.get_or_create(key=key, defaults={"kind": kind, "day": at // DAY})
    if again and not new:
        # While a delivery is under way, this tells it that what it carries is not all (see `delivering`).
        row.state, row.attempts = Notice.WAITING, 0
        row.save()
