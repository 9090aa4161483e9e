# SPDX-License-Identifier: AGPL-3.0-or-later
"""What `demur serve` runs: the WSGI application behind the gateway that gathers requests, and the process that prepares filings."""

import os
from typing import Final, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demur.site.settings")
django.setup(set_prefix=False)

from demur.site.ahead import Ahead  # noqa: E402 -- needs Django set up

_ahead = Ahead.start()  # before the application, which starts threads

from demur.site.gateway import Application, Gateway  # noqa: E402 -- as above
from demur.site.signing_lane import file_lane, sheet_lane, signing_lane  # noqa: E402 -- as above
from demur.site.wsgi import application as _wsgi  # noqa: E402 -- as above

if _ahead is not None:
    _ahead.begin()

THREADS: Final = "DEMUR_THREADS"  # the environment's name for how many threads answer requests

application = Gateway(
    cast(Application, _wsgi),
    threads=int(os.environ.get(THREADS, "4")),
    shortcut=_ahead,
    lanes=[signing_lane(), sheet_lane(), file_lane()],
)
