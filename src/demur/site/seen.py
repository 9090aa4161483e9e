# SPDX-License-Identifier: AGPL-3.0-or-later
"""How far a record had come, by those who countersigned it: asked before a restored log signs anything."""

import sqlite3
from contextlib import closing
from pathlib import Path

from demur.charter.channel import ChannelFile
from demur.record.errors import RecordError
from demur.site.backup import BadBackup
from demur.witness.asking import addresses, last_size
from demur.witness.errors import NoAnswer


def seen_by_witnesses(backup: Path) -> tuple[int, list[str]]:
    """The largest size that a witness of the backup's channel has seen, and the addresses of those who gave no answer. Raises BadBackup."""
    try:
        channel = ChannelFile.parse((backup / "channel.toml").read_text(encoding="utf-8")).channel
        with closing(sqlite3.connect(backup / "demur.sqlite3")) as rows:
            last = rows.execute("SELECT note FROM entries_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    except (OSError, UnicodeDecodeError, sqlite3.Error):
        raise BadBackup(f"{backup} is not a whole backup; use another.") from None
    if last is None:
        return 0, []
    sizes, unheard = [0], []
    for url in addresses(channel.policy_object):
        try:
            sizes.append(last_size(url, last[0]))
        except (NoAnswer, RecordError):
            unheard.append(url)
    return max(sizes), unheard
