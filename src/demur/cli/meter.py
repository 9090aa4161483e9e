# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far a long step has come: one line that counts, where a person watches; silence where nobody does."""

import sys
import time
from typing import Final

import click

_STEP: Final = 0.2  # seconds between two looks


class Meter:
    """Called with how many of `whole` bytes are done."""

    def __init__(self, what: str, whole: int) -> None:
        """`what` is being done, in words."""
        self._what = what
        self._whole = max(whole, 1)
        self._last = 0.0
        self._shown = sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        """Show it, at most five times a second, and at the end."""
        now = time.monotonic()
        if not self._shown or (now - self._last < _STEP and done < self._whole):
            return
        self._last = now
        end = "\n" if done >= self._whole else ""
        click.echo(f"\rdemur: {self._what}: {min(100 * done // self._whole, 100)}%{end}", err=True, nl=False)
