# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may touch an installation's directory at the same time: one server, any number of commands beside it, and a restore only alone.

The locks are the kernel's, on the directories themselves (flock): they end with the process that holds them, however it ends, and leave
no file that somebody would have to delete after a crash.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from demur.site.configuration import NoInstallation

_HELD: Final[list[int]] = []  # until this process ends


def hold(directory: Path) -> None:
    """Keep `directory` from being replaced while this process lives. Raises NoInstallation while a restore replaces it."""
    _HELD.append(
        _locked(directory, fcntl.LOCK_SH, f"{directory} is being restored by another process; wait until it ended.")
    )


def hold_as_server(directory: Path) -> None:
    """As `hold`, and as the one server of `directory`. Raises NoInstallation if another serves it."""
    hold(directory)
    sentence = (
        f"Another process serves {directory} already; end it first. Two servers of one record would know two states."
    )
    _HELD.append(_locked(directory / "keys", fcntl.LOCK_EX, sentence))


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Hold `directory` against every other process that uses it; one that is not there is held by nobody. Raises NoInstallation."""
    if not directory.exists():
        yield
        return
    sentence = f"Another process uses {directory}; end the server and every command that works on it first."
    handle = _locked(directory, fcntl.LOCK_EX, sentence)
    try:
        yield
    finally:
        os.close(handle)


def _locked(directory: Path, kind: int, sentence: str) -> int:
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise NoInstallation(
            f"{directory} cannot be opened ({error.strerror}); name the installation's directory."
        ) from None
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise NoInstallation(sentence) from None
    return handle
