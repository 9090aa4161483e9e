# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens before the first request: tables brought to this version, what a crash left open made good, the ticker started."""

import gc
import logging
import multiprocessing
import os
import threading
import time
from functools import partial
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connections

from demur import __version__
from demur.dissent import keeping
from demur.dissent.kept_state import fold_some, waiting
from demur.entries.installation import Installation
from demur.entries.ticking import publish_stored
from demur.people.actions.publish_assets import publish_assets
from demur.people.actions.publish_keeps import publish_keeps
from demur.site.boot import migrate
from demur.site.configuration import read_configuration
from demur.site.installed import installation
from demur.site.locks import hold
from demur.site.ticker import Ticker
from demur.web.assets import are_built, files

FIRST: Final = 2.0  # seconds that the first answer may wait for the first beat
_RUNNING: Final[list[Ticker]] = []
_LOG: Final = logging.getLogger("demur")


def start() -> None:
    """Bring tables, record and tiles up to date, and let the ticker run. Raises whatever would make serving wrong."""
    _end_with_parent()
    hold(Path(settings.DEMUR_DIR))
    migrate()
    ground = installation()
    record_keeps(ground)
    record_assets(ground)
    publish_stored(ground.store)  # what a crash left out, from the rows alone; nobody is asked
    connections.close_all()
    ticker = Ticker(ground, doorbell=read_configuration(Path(settings.DEMUR_DIR)).doorbell)
    ticker.wake()
    ticker.start()
    # What waits is mostly published before the first answer; a witness that lets the log wait does not keep it from answering.
    ticker.looked.wait(FIRST)
    _RUNNING.append(ticker)
    threading.Thread(target=fold_old, args=(ground,), name="folding", daemon=True).start()
    gc.collect()
    gc.freeze()  # what it holds now it holds to its end; looking through that again and again would cost every filing


def fold_old(ground: Installation) -> int:
    """Fold anew the state of cases that an earlier version kept, or did not keep, in short transactions between which others write;
    returns how many there were. Whoever needs one before its turn folds it from its events.
    """
    done, after, step = 0, "", 0
    try:
        left = waiting()
        while left and (found := ground.writer.write(partial(fold_some, after)))[1]:
            after, step = found
            done += step
            _LOG.info("The state of %d of %d cases is kept beside their events.", done, left)
    finally:
        connections.close_all()
    return done


def record_keeps(ground: Installation) -> None:
    """Put on the record what this version keeps, if the newest entry says otherwise. No act is taken before this has returned."""
    said = keeping.statement(ground.channel.origin)
    ground.writer.write(partial(publish_keeps, said, at=int(time.time())))


def record_assets(ground: Installation) -> None:
    """Put on the record which files browsers will be sent. Nothing is served before this has returned."""
    if not are_built():
        _LOG.warning("The scripts of the pages are not built, so nobody can file in a browser here; run script/setup.")
    said = partial(publish_assets, files(), origin=ground.channel.origin, release=__version__)
    ground.writer.write(said)


def _end_with_parent() -> None:
    """Where a parent process started this one, end when it does, however it ended: nobody would stop a worker that was left behind, and
    it would write beside the next server.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        # As when the power goes: nothing waits for what a thread is doing, and every durable step bears that.
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def wake() -> None:
    """Ask the ticker to look now; without one (in a command) nothing happens."""
    for ticker in _RUNNING:
        ticker.wake()
