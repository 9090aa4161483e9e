# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a file can be written, found out before something is sent that cannot be taken back.

A withdrawal that is recorded and then reported as "Read-only file system" looks like one that failed: it is done
twice, or believed undone. So the folder is tried first, with as many bytes as will be needed, and nothing is sent where
they do not fit.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from demur.client.errors import NotWritable
from demur.client.files import open_new

SPARE: Final = 64 * 1024  # bytes: what a receipt gains by one act (promise, head, proof) many times over
_BLOCK: Final = 1 << 20


@contextmanager
def reserved(path: Path, size: int) -> Iterator[None]:
    """Hold `size` bytes of the disk free for files that will be written beside `path`, until the block ends or `path` is written.

    Raises NotWritable if they are not there, or if the folder takes no file.
    """
    held = path.with_name(f".{path.name[:60]}.room")
    block = os.urandom(min(size, _BLOCK))  # zeros would take no room on a disk that packs what it is given
    try:
        with open_new(held) as file:
            for start in range(0, size, _BLOCK):
                file.write(block[: size - start])
    except OSError as error:
        raise NotWritable(
            f"{path} could not be written ({error.strerror or error}), so nothing was done; make room, or put the files "
            "where you may write."
        ) from None
    try:
        yield
    finally:
        held.unlink(missing_ok=True)


def check_room(path: Path, size: int = SPARE) -> None:
    """Raises NotWritable unless a file of `size` bytes can be written beside `path` now."""
    with reserved(path, size):
        pass


def check_folder(folder: Path) -> None:
    """As `check_room` for a folder that may have to be made: its nearest ancestor that exists is tried. Makes nothing."""
    at = folder.absolute()
    while not at.exists() and at != at.parent:
        at = at.parent
    if not at.is_dir():
        raise NotWritable(
            f"{at} is no folder, so nothing can be written to {folder}, and nothing was done; name another place."
        )
    check_room(at / (folder.name or "folder"))
