# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serves an application as `demur serve` does: `python -m bench.filing_floor PORT`."""

import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from demur.cli.serve import CONNECTIONS
from demur.site.gateway import Application, Gateway

THREADS = 4  # as `demur serve` by default


def serve(application: str) -> None:
    """Serve `application` ("module:name") on the port named first on the command line, until interrupted."""
    Granian(
        application,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        workers=1,
        http=HTTPModes.http1,
        backpressure=CONNECTIONS,
        websockets=False,
        log_access=False,
        log_enabled=False,
    ).serve()


def behind_gateway(application: Application) -> Gateway:
    """`application` with as many threads, and its bodies gathered as those of `demur serve` are."""
    return Gateway(application, threads=THREADS)
