# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a log may sign: asked before a server starts, without starting anything, so that a refusal is one sentence and not a crash."""

import sqlite3
from contextlib import closing
from pathlib import Path

from demur.record.errors import RecordError
from demur.record.tiles import PosixTiles, read_checkpoint_size, read_floor
from demur.site.configuration import NoInstallation
from demur.site.disputes import Disputes
from demur.site.seen import Said, said_by_witnesses


def check_floor(directory: Path, *, now: int) -> list[str]:
    """Raises NoInstallation where the rows in `directory` are behind what was signed: serving them would end in two records.

    Asked are the rows, the tiles, and the witnesses: a machine that was set back whole knows no better than its yesterday. What is to
    be told otherwise, a sentence for each: a witness that was not heard may know better, and the log starts without its word.
    """
    size, floor = _by_files(directory)
    if size < floor:
        raise NoInstallation(
            f"The record was signed up to {floor} entries and the rows hold {size}; run `demur restore` with a mirror of "
            "the record before anything is signed."
        )
    said = said_by_witnesses(directory)
    disputes = Disputes.read(directory)
    note_said(disputes, said, now=now)
    disputes.check()
    silent = {url: f"was not heard ({why})" for url, why in said.unheard.items()}
    refusing = {url: f"answered, and did not cosign what this log holds ({why})" for url, why in said.unsigned.items()}
    return [
        f"the witness at {url} {what}: if this machine was set back, nobody noticed yet; it is asked again before anything is signed"
        for url, what in sorted([*silent.items(), *refusing.items()])
    ] + [
        f"{row.sentence} It was overruled, and is not believed; have the officers name another."
        for row in disputes.rows
        if row.overruled
    ]


def note_said(disputes: Disputes, said: Said, *, now: int) -> list[str]:
    """Keep what the witnesses said, on the disk before anything follows from it; the addresses of those whose dispute is news."""
    news = [url for url, size in said.disputed.items() if disputes.raised(url, size=size, held=said.held, now=now)]
    settled = [url for url in said.agree if disputes.settled(url)]
    if news or settled:
        disputes.write()
    return news


def _by_files(directory: Path) -> tuple[int, int]:
    """How many entries the rows hold, and up to how many the record is known to have been signed."""
    database = check_rows(directory)
    try:
        tiles = PosixTiles(directory / "record")
        published = max(read_floor(tiles), read_checkpoint_size(tiles))
        with closing(_read_only(database)) as rows:
            size = int(rows.execute('SELECT coalesce(max("index") + 1, 0) FROM entries_entry').fetchone()[0])
            return size, max(published, kept_floor(rows))
    except sqlite3.Error:
        raise NoInstallation(f"The rows in {database} cannot be read; run `demur restore` with a backup.") from None
    except RecordError as error:
        raise NoInstallation(str(error)) from None


def check_rows(directory: Path) -> Path:
    """The database of an installation that was founded; nothing of it is made or changed. Raises NoInstallation where it is missing, holds
    no tables, or cannot be read.

    `demur init` leaves no installation without tables. Made anew under the same keys, they would be a second record from the first
    entry on.
    """
    database = directory / "demur.sqlite3"
    if not database.exists():
        raise NoInstallation(
            f"The rows of the installation ({database}) are missing; run `demur restore` with a backup."
        )
    try:
        with closing(_read_only(database)) as rows:
            founded = rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries_entry'").fetchone()
    except sqlite3.Error:
        raise NoInstallation(f"The rows in {database} cannot be read; run `demur restore` with a backup.") from None
    if founded is None:
        raise NoInstallation(f"The rows of {database} are gone, tables and all; run `demur restore` with a backup.")
    return database


def _read_only(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)


def kept_floor(rows: sqlite3.Connection) -> int:
    """The largest size that the rows say was signed, whoever holds the entries. Raises sqlite3.Error."""
    columns = {str(row[1]) for row in rows.execute("PRAGMA table_info(entries_head)")}
    if "floor" not in columns:
        return 0  # rows of an older version, which are brought up to date at the start
    return int(rows.execute("SELECT coalesce(max(floor), 0) FROM entries_head").fetchone()[0])
