# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the bell is rung: for new cases once a tick, for what is due or overdue once a day.

Called at the tick, in its transaction, never by a filing: the time of a notice tells the tick, which is public, and not when
somebody sat at a keyboard. How much is new, due or overdue decides only whether the bell rings, and is not kept.
"""

from datetime import UTC, datetime

from demur.notices.actions.ring import ring
from demur.notices.kinds import Kind


def ring_for(new: int, due: int, overdue: int, *, at: int) -> None:
    """Ring for `new` cases published by this tick, and cases `due` soon or `overdue` at `at` (POSIX seconds).

    Raises RuntimeError outside a transaction.
    """
    day = datetime.fromtimestamp(at, tz=UTC).date().isoformat()
    for kind, count in ((Kind.NEW, new), (Kind.DUE, due), (Kind.OVERDUE, overdue)):
        if count > 0:
            # A tick is one transaction and happens once: a second call that has new cases is another tick.
            ring(key=f"{kind} {day}", kind=kind, at=at, again=kind is Kind.NEW)
