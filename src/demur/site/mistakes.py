# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the operator is told of a mistake of ours: what failed and where in the code; never the address, the message or what was sent."""

import logging
import traceback

_LOG = logging.getLogger("demur")


def tell(error: BaseException) -> None:
    """Write it into the log."""
    places = traceback.extract_tb(error.__traceback__)
    _LOG.error("%s at %s", type(error).__name__, ", ".join(f"{p.name}:{p.lineno}" for p in places[-4:]))
