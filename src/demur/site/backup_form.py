# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may stand in a backup. Whoever can write to one can sign it, for the log's keys lie in it: nothing that becomes a path, a table or a
command is believed because of its signature.
"""

import re
import sqlite3
from collections.abc import Iterable
from typing import Final

from demur.site.configuration import NoInstallation
from demur.site.shred import SHRED_FILE

DATABASE: Final = "demur.sqlite3"
_NAMES: Final = re.compile(
    r"channel\.toml|demur\.toml|charter\.request|disputes\.json|demur\.sqlite3|record/checkpoint|keys/log\.(?:ed25519|ml-dsa-44)"
    r"|practice/[A-Za-z0-9][A-Za-z0-9._-]{0,99}|files/sealed/[0-9a-f]{2}/[0-9a-f]{64}"
)
# Whose values become the name of a file or of a key: the table, the column, and how many hex digits it has.
_HEX: Final = (
    ("dissent_case", "id", 32),
    ("dissent_sealedfile", "case_id", 32),
    ("dissent_sealedfile", "sha256", 64),
    ("dissent_event", "case_id", 32),
)
_KINDS: Final = frozenset({"table", "index"})


class BadBackup(NoInstallation):
    """A backup that is not whole, or not of this channel."""


def check_names(names: Iterable[str], password_files: Iterable[str]) -> None:
    """Raises BadBackup for a file that no backup holds; `password_files` are those that its own configuration names."""
    more = {
        name for name in password_files if not name.startswith((DATABASE, "record/", "files/")) and name != SHRED_FILE
    }
    for name in names:
        if not _NAMES.fullmatch(name) and name not in more:
            raise BadBackup(
                f"The backup lists {name[:80]!r}, which no backup of Demur holds; it was changed after it was made, so use another."
            )


def check_tables(rows: sqlite3.Connection) -> None:
    """Raises BadBackup where the copied database would do more than hold rows, or a value that becomes a path is none."""
    for kind, name in rows.execute("SELECT type, name FROM sqlite_master"):
        if kind not in _KINDS:
            raise BadBackup(
                f"The rows of the backup hold the {kind} {str(name)[:80]!r}, which no backup of Demur holds; it was changed after it was "
                "made, so use another."
            )
    for table, column, digits in _HEX:
        odd = (
            f"SELECT 1 FROM {table} WHERE typeof({column}) <> 'text' OR length({column}) <> ?"  # noqa: S608 -- constants
            f" OR {column} GLOB '*[^0-9a-f]*' LIMIT 1"
        )
        if rows.execute(odd, (digits,)).fetchone() is not None:
            raise BadBackup(
                f"The rows of the backup hold a {column} in {table} that is not {digits} hex digits; it was changed after it was made, so "
                "use another."
            )
