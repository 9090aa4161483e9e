# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may read an installation's files: its owner alone. They hold ciphertext, openings and the log's keys, and a folder that was opened
for one of them would show all.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS: Final = 0o077
_FILE, _FOLDER = 0o600, 0o700
ROOT: Final = (
    "This runs as root, so whoever breaks into it has the whole machine; make an account for it that may do nothing else, give it the "
    "installation (chown -R), and run it as that."
)


def keep_private() -> None:
    """Whatever this process makes from now on is its owner's alone."""
    os.umask(_OTHERS)


def runs_as_root() -> bool:
    """Whether this process may do everything on its machine."""
    return os.geteuid() == 0


def open_to_others(directory: Path) -> list[Path]:
    """The files and folders at and below `directory` that others than their owner may read, write or enter."""
    return [path for path, mode in _walk(directory) if mode & _OTHERS]


def tighten(directory: Path) -> list[Path]:
    """Close them; those that cannot be closed, because they are another's, are returned."""
    left = []
    for path, mode in _walk(directory):
        if mode & _OTHERS:
            try:
                path.chmod(_FOLDER if stat.S_ISDIR(mode) else _FILE)
            except OSError:
                left.append(path)
    return left


def _walk(directory: Path) -> Iterator[tuple[Path, int]]:
    """Each folder and plain file with its mode. Links are not followed: what they lead to is not ours to change."""
    pending = [directory]
    while pending:
        path = pending.pop()
        with suppress(OSError):  # gone meanwhile, as the side files of a database are
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                yield path, mode
                pending += path.iterdir()
            elif stat.S_ISREG(mode):
                yield path, mode
