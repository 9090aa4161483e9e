# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `demur serve` runs: the WSGI application behind the gateway that gathers what requests bring."""

import os
from typing import Final, cast

from demur.site.gateway import Application, Gateway
from demur.site.wsgi import application as _wsgi

THREADS: Final = "DEMUR_THREADS"  # the environment's name for how many threads answer requests

application = Gateway(cast(Application, _wsgi), threads=int(os.environ.get(THREADS, "4")))
