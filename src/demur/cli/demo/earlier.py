# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs `demur` as of another day: `python -m demur.cli.demo.earlier SECONDS …`, for the past of a throw-away channel.

A channel that was founded a minute ago has no late case to show. So the demo's first programs, clients and server alike, run with a clock
that is set back, as on a machine of that day; nothing in the product knows of it, and only a practice channel is ever run so.
"""

import sys
import time


def run(arguments: list[str]) -> None:
    """Set this process's clock back by the first argument, seconds, and run `demur` with the others."""
    back, now = int(arguments[0]), time.time
    time.time = lambda: now() - back  # what this process starts is forked from it, and so lives in the same day

    from demur.cli.main import run as demur  # noqa: PLC0415 -- only once the clock is set

    sys.argv = ["demur", *arguments[1:]]
    demur()


if __name__ == "__main__":
    run(sys.argv[1:])
