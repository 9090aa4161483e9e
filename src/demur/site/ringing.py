# SPDX-License-Identifier: AGPL-3.0-or-later
"""When the doorbell is rung: after a tick that published something to read, and daily while something is due. No clock depends on it.

It follows ticks and not filings, so that the hour of a mail tells no hour of a filing beyond what the record shows anyway. What leaves the
machine leaves from a thread of its own: a bell that hangs must not hold up the record.
"""

import logging
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from demur.dissent.models import Event
from demur.dissent.queries import counts
from demur.entries.installation import Installation
from demur.entries.models import Entry
from demur.notices.delivering import deliver_due
from demur.notices.doorbell import Doorbell
from demur.notices.pulling import puller
from demur.notices.ringing import ring_for

EVERY = 60  # seconds between two looks at what is due
_LOG: Final = logging.getLogger("demur")


class Ringing:
    """Rings one installation's doorbell, if it has one."""

    def __init__(self, doorbell: Doorbell | None) -> None:
        """Nothing rings yet."""
        self._doorbell = doorbell
        self._looked = 0
        self._delivering: threading.Thread | None = None

    def ring(self, ground: Installation, *, since: int, now: int) -> None:
        """Ring for what was published from entry `since` on, and for what is due; begin to deliver what waits, and return."""
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
        self._deliver(ground, self._doorbell, now=now)

    def wait(self) -> None:
        """Until what was begun is delivered, or has failed: for commands, which end afterwards."""
        if self._delivering is not None:
            self._delivering.join()

    def _deliver(self, ground: Installation, doorbell: Doorbell, *, now: int) -> None:
        """One delivery at a time; what comes to wait meanwhile is delivered by a later beat."""
        if self._delivering is not None and self._delivering.is_alive():
            return
        deliver = partial(_delivered, ground, doorbell, now=now)
        self._delivering = threading.Thread(target=deliver, name="doorbell", daemon=True)
        self._delivering.start()


def _delivered(ground: Installation, doorbell: Doorbell, *, now: int) -> None:
    # It touches rows only through the writer, whose thread has the connection.
    try:
        deliver_due(now=now, deliver=puller(doorbell, now=now, random=os.urandom), write=ground.writer.write)
    except Exception as error:  # noqa: BLE001 -- the next beat tries again, and says nothing of whom it rang
        _LOG.error("doorbell: %s", type(error).__name__)


def _to_read(since: int) -> int:
    """How many events of an author were published from entry `since` on: filings, and what authors wrote later."""
    leaves = Entry.objects.filter(index__gte=since).values_list("leaf_hash", flat=True)
    texts = Event.objects.filter(leaf_hash__in=leaves).values_list("text", flat=True)
    return sum('"seat":""' in text for text in texts)
