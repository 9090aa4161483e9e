# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far a record had come, by those who countersigned it: asked before a log that may be of yesterday signs anything.

Read from the files of an installation or a backup, without starting either.
"""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from demur.charter.channel import ChannelFile
from demur.charter.errors import CharterError
from demur.record.errors import RecordError
from demur.record.policy import Policy
from demur.site.configuration import NoInstallation
from demur.witness.asking import addresses, last_size
from demur.witness.errors import NoAnswer


def seen_by_witnesses(directory: Path) -> tuple[int, list[str]]:
    """The largest size that a witness of the channel in `directory` has cosigned, and the addresses of those who gave no answer.

    Raises NoInstallation for a directory that cannot be read.
    """
    try:
        channel = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).channel
        database = f"{(directory / 'demur.sqlite3').resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as rows:
            last = rows.execute("SELECT note FROM entries_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
            policies = [channel.first_policy, *_changed(rows)]
    except (OSError, UnicodeDecodeError, CharterError, sqlite3.Error):
        raise NoInstallation(f"{directory} is not a whole installation or backup; use another.") from None
    places = sorted({url for policy in policies for url in addresses(policy)})
    if last is None or not places:
        return 0, []
    with ThreadPoolExecutor(max_workers=min(len(places), 16)) as pool:
        sizes = list(pool.map(lambda url: _size(url, last[0]), places))
    return max(size or 0 for size in sizes), [url for url, size in zip(places, sizes, strict=True) if size is None]


def _changed(rows: sqlite3.Connection) -> Iterator[Policy]:
    """The policies that were adopted later, in force or not: whoever they name may have seen more."""
    for (text,) in rows.execute("SELECT text FROM people_statement WHERE kind = 'policy'"):
        try:
            yield Policy.parse(str(json.loads(text)["policy"]))
        except (ValueError, KeyError, RecordError):
            continue


def _size(url: str, note: str) -> int | None:
    try:
        return last_size(url, note)
    except (NoAnswer, RecordError):
        return None
