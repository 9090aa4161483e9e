# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charters, seats, policies, and lists of assets and of what is kept that were put on the record after a backup, taken back from it at a
restore; and what the checkpoint under which they were taken back is worth.

They are readable entries, so nothing of them is lost with the rows. Left out, a holder who was revoked would be in force again, and
everybody who has seen the revocation would hold proof that the log went back.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.officers import check_statement
from demur.record.entry import Readable, read_entry
from demur.record.errors import PolicyError, RecordError
from demur.record.merkle import leaf_hash
from demur.record.policy import Policy
from demur.site.reproven import judge, proven_channel

# type of a statement -> what numbers it
_COUNTED: Final = {"charter": "version", "seats": "serial", "policy": "serial", "assets": "serial", "keeps": "time"}
_BY_THE_LOG: Final = frozenset({"assets", "keeps"})  # what the log says of itself: no officer signs it


def take_back_statements(rows: sqlite3.Connection, entries: Sequence[bytes], channel: Channel) -> int:
    """Give each statement in `entries` its row again, rules only where the officers of `channel` signed them; returns how many were
    missing.
    """
    missing = 0
    for data in entries:
        statement = _statement(data, channel)
        if statement is None:
            continue
        kind = str(statement["type"])
        text = canonical.dump(statement).decode()
        missing += rows.execute(
            "INSERT OR IGNORE INTO people_statement (kind, number, leaf_hash, text) VALUES (?, ?, ?, ?)",
            (kind, statement[_COUNTED[kind]], leaf_hash(data), text),
        ).rowcount
    return missing


def judged(rows: sqlite3.Connection, note_text: str, channel: Channel) -> tuple[str, int, bool]:
    """A checkpoint that the log of `channel` signed, as it is kept beside `rows`, to which it does not yet belong: its note, its time, and
    whether the policy in force there accepts it. Where it does not, the time is the log's own, and the witnesses are asked again.

    The note keeps what it proves: whoever showed it may have added lines, and each would stand in the way of a true one to come. Raises
    PolicyError where the log did not sign it.
    """
    policy = proven_channel(rows, channel)[0].policy_object
    found = judge(note_text, policy, Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey)))
    if found is None:
        raise PolicyError("The checkpoint is not signed by the channel's log; use one of this channel.")
    return found


def _statement(data: bytes, channel: Channel) -> dict[str, Any] | None:
    try:
        entry = read_entry(data)
        if not isinstance(entry, Readable) or entry.value.get("type") not in _COUNTED:
            return None
        statement = dict(entry.value)
        if statement["type"] not in _BY_THE_LOG:
            check_statement(statement, channel)
    except (RecordError, CharterError):
        return None  # an entry of a kind to come, or one that no officer signed: it was never in force
    return statement if type(statement.get(_COUNTED[str(statement["type"])])) is int else None
