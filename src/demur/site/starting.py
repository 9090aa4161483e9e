# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens before the first request: tables brought to this version, and promises made good that a crash left open."""

import time

from django.db import connections

from demur.entries.installation import Installation
from demur.entries.ticking import tick
from demur.site.boot import migrate
from demur.site.installed import installation


def start() -> None:
    """Bring tables, record and tiles up to date. Raises whatever would make serving wrong."""
    migrate()
    publish_waiting(installation())
    connections.close_all()


def publish_waiting(ground: Installation) -> None:
    """Publish every promised entry now."""
    now = int(time.time())
    tick(origin=ground.channel.origin, keys=ground.keys, store=ground.store, now=now, shuffler=ground.shuffler)
