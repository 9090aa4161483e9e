# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing on a person's own disk: whole or not at all, readable by them alone, never over something that is there.

A receipt or key half written is worse than none: it looks like one. Therefore a temporary file beside it, flushed to
the disk, then a link to its name, which fails if the name is taken.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from demur.client.errors import FileInTheWay

PRIVATE = 0o600


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, mode 0600. Raises FileInTheWay, or OSError for a full or read-only disk."""
    temporary = _beside(path, data)
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise FileInTheWay(
            f"The file {path} exists already, and nothing is overwritten; give another name with -o."
        ) from None
    except PermissionError:
        # File systems without hard links (FAT on a stick): the check and the rename are then two steps.
        refuse_existing(path)
        temporary.replace(path)
        return
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def replace_own(path: Path, data: bytes) -> None:
    """Put a newer version of Demur's own file (a receipt that gained a proof) in the place of the older one, mode
    0600.
    """
    _beside(path, data).replace(path)
    _sync_folder(path.parent)


@contextmanager
def open_new(path: Path) -> Iterator[BinaryIO]:
    """A file to be written in pieces, mode 0600, flushed to the disk at the end; gone again if anything fails.

    For working files only: what stands under a name of its own is written whole, by `write_new`. One that a killed command left is
    overwritten.
    """
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), PRIVATE)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def refuse_existing(*paths: Path) -> None:
    """Raises FileInTheWay if any of `paths` exists: said before anything is sealed or sent."""
    for path in paths:
        if path.exists() or path.is_symlink():
            raise FileInTheWay(
                f"The file {path} exists already, and nothing is overwritten; give another name with -o."
            )


def check_name(path: Path) -> None:
    """Raises FileInTheWay if `path` names no file but a folder, such as `.`: the names of files are made from it."""
    if path.name in {"", ".."}:
        raise FileInTheWay(f"{str(path)!r} is a folder; give the name that the file shall have, with -o.")


def _beside(path: Path, data: bytes) -> Path:
    check_name(path)
    temporary = path.with_name(f".{path.name[:60]}.{secrets.token_hex(6)}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
