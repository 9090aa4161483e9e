# SPDX-License-Identifier: AGPL-3.0-or-later
"""The request as the rooms see it: with the installation it came to and the time it came, and without who sent it."""

import re
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest

from demur.client.http import Server
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation

# In the environment of a request that a page without script makes here: no header of a sender can put it there. Such a filing shows no work
# for its bytes, since its sender's browser cannot; how many there can be is bounded by their lane.
HERE: Final = "demur.here"
_DESK: Final = re.compile(r"/[a-z]{2,3}/desk/")


def at_the_desk(path: str) -> bool:
    """Whether an address is one of the desk's pages: the only ones whose cookie is read or set."""
    return _DESK.match(path) is not None


class DemurRequest(HttpRequest):
    """Set up by `demur.site.middleware`: the rooms read no settings and no clock."""

    ground: Installation
    at: int  # POSIX seconds, when the request came
    clock: Callable[[], int]  # what the clock says now, for what is signed together with a time
    wake: Callable[[], None]  # asks the ticker to look now
    secret: bytes  # what this installation alone knows: challenges are made from it
    uploads: Uploads
    here: Callable[[], Server]  # this server as a client sees it, for pages that seal where no script does
