# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens before the first request: tables brought to this version, what a crash left open made good, the ticker started."""

import time
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connections

from demur.entries.installation import Installation
from demur.entries.ticking import Tick
from demur.site.boot import migrate
from demur.site.configuration import read_configuration
from demur.site.installed import installation
from demur.site.ticker import Ticker, beat, publish_now
from demur.site.witnesses import Witnesses

_RUNNING: Final[list[Ticker]] = []


def start() -> None:
    """Bring tables, record and tiles up to date, and let the ticker run. Raises whatever would make serving wrong."""
    migrate()
    ground = installation()
    beat(ground, now=int(time.time()), witnesses=Witnesses(ground))
    connections.close_all()
    ticker = Ticker(ground, doorbell=read_configuration(Path(settings.DEMUR_DIR)).doorbell)
    ticker.start()
    _RUNNING.append(ticker)


def wake() -> None:
    """Ask the ticker to look now; without one (in a command) nothing happens."""
    for ticker in _RUNNING:
        ticker.wake()


def publish_readable(ground: Installation) -> None:
    """Publish what anybody may read at once: charters, rosters, policies. What is secret waits for its tick."""
    publish_now(ground, Tick(now=int(time.time()), readable_only=True), witnesses=Witnesses(ground))
