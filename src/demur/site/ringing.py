# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the doorbell is rung: after a tick that published something to read, and daily while something is due. No clock depends on it.

It follows ticks and not filings, so that the hour of a mail tells no hour of a filing beyond what the record shows anyway.
"""

import os
from collections.abc import Callable
from functools import partial

from demur.dissent.models import Event
from demur.dissent.queries import counts
from demur.entries.installation import Installation
from demur.entries.models import Entry
from demur.notices.delivering import deliver_due
from demur.notices.doorbell import Doorbell
from demur.notices.pulling import puller
from demur.notices.ringing import ring_for

EVERY = 60  # seconds between two looks at what is due


class Ringing:
    """Rings one installation's doorbell, if it has one."""

    def __init__(self, doorbell: Doorbell | None) -> None:
        """Nothing rings yet."""
        self._doorbell = doorbell
        self._looked = 0

    def ring(self, ground: Installation, *, since: int, now: int) -> None:
        """Ring for what was published from entry `since` on, and for what is due; deliver what waits."""
        if self._doorbell is None:
            return
        new = _to_read(since)
        due = overdue = 0
        if now - self._looked >= EVERY or now < self._looked:
            self._looked = now
            found = counts(now=now)
            due, overdue = found.due_soon, found.overdue
        if new or due or overdue:
            act: Callable[[], None] = partial(ring_for, new, due, overdue, at=now)
            ground.writer.write(act)
        deliver_due(now=now, deliver=puller(self._doorbell, now=now, random=os.urandom), write=ground.writer.write)


def _to_read(since: int) -> int:
    """How many events of an author were published from entry `since` on: filings, and what authors wrote later."""
    leaves = Entry.objects.filter(index__gte=since).values_list("leaf_hash", flat=True)
    texts = Event.objects.filter(leaf_hash__in=leaves).values_list("text", flat=True)
    return sum('"seat":""' in text for text in texts)
