# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a log may sign: asked before a server starts, without starting anything, so that a refusal is one sentence and not a crash."""

import sqlite3
from contextlib import closing
from pathlib import Path

from demur.record.errors import RecordError
from demur.record.tiles import PosixTiles, read_checkpoint_size
from demur.site.configuration import NoInstallation
from demur.site.seen import seen_by_witnesses


def check_floor(directory: Path) -> None:
    """Raises NoInstallation where the rows in `directory` are behind what was signed: serving them would end in two records.

    Asked are the rows, the tiles, and the witnesses: a machine that was set back whole knows no better than its yesterday.
    """
    database = directory / "demur.sqlite3"
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as rows:
            size = int(rows.execute('SELECT coalesce(max("index") + 1, 0) FROM entries_entry').fetchone()[0])
            floors = rows.execute("SELECT floor FROM entries_head").fetchall()
        published = read_checkpoint_size(PosixTiles(directory / "record"))
    except sqlite3.OperationalError:
        return  # tables of an older version, which are brought up to date at the start
    except RecordError as error:
        raise NoInstallation(str(error)) from None
    witnessed, _ = seen_by_witnesses(directory)
    floor = max([published, witnessed, *(int(row[0]) for row in floors)])
    if size < floor:
        raise NoInstallation(
            f"The record was signed up to {floor} entries and the rows hold {size}; run `demur restore` with a mirror of "
            "the record before anything is signed."
        )
