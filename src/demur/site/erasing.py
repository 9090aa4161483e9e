# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erasing a case: in the rows, in the files beside them, in what the database's file still holds, and in every backup by its key.

First the key goes, so that a machine that dies in between has erased the case in all backups and can be told again; then the rows, in one
transaction; then the bytes. The server may run meanwhile.
"""

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demur.dissent.actions.erase import ErasedNow, check_erasable, erase_case, items_of
from demur.dissent.models import Case, SealedFile
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.site.backup_form import DATABASE
from demur.site.shred import SHRED_FILE, Shred

_PIECE: Final = 1024 * 1024
_TRIES: Final = 60  # of half a second: somebody may be reading a page of the rows


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What was erased. `overwritten` is whether the write-ahead log was emptied too: a reader that never ends can keep it."""

    done: ErasedNow
    overwritten: bool


def erase(directory: Path, case: Case, ground: Installation, uploads: Uploads, *, at: int) -> Erasure:
    """Erase `case`. Raises NotPossible while an entry of it waits for its tick, and then nothing was touched."""
    shred = Shred.read(directory / SHRED_FILE)
    check_erasable(case)  # before anything that cannot be undone
    shred.without(case.id, items_of(case).values()).write(directory / SHRED_FILE)
    done = erase_case(case=case, ground=ground, at=at)
    for sha256 in done.uploads:
        if not SealedFile.objects.filter(sha256=sha256, data=None).exists():
            _overwrite(uploads.kept(sha256))
    return Erasure(done=done, overwritten=_emptied(directory / DATABASE))


def _overwrite(path: Path) -> None:
    """Zeros over a file, on the disk before its name goes. A disk that writes elsewhere than it is told may keep the old bytes."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return  # lost before
    try:
        left = os.fstat(handle).st_size
        while left > 0:
            left -= os.write(handle, bytes(min(_PIECE, left)))
        os.fsync(handle)
    finally:
        os.close(handle)
    path.unlink()


def _emptied(database: Path) -> bool:
    """Write what the write-ahead log holds into the database's file, where deleted rows are zeros, and empty it."""
    with closing(sqlite3.connect(database, timeout=20)) as rows:
        for left in reversed(range(_TRIES)):
            busy, _, _ = rows.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return True
            if left:
                time.sleep(0.5)
    return False
