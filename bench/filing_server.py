# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves an application as `demur serve` does: `python -m bench.filing_floor PORT`."""

import sys

from granian import Granian
from granian.constants import Interfaces

from demur.cli.serve import BACKPRESSURE

THREADS = 4  # as `demur serve` by default


def serve(application: str) -> None:
    """Serve `application` ("module:name") on the port named first on the command line, until interrupted."""
    Granian(
        application,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        websockets=False,
        log_access=False,
        log_enabled=False,
    ).serve()
