# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charters, seats, policies and lists of assets that were put on the record after a backup, taken back from it at a restore; and what the
checkpoint under which they were taken back is worth.

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
from demur.record.policyfile import LOG_PQ

# type of a statement -> what numbers it
_COUNTED: Final = {"charter": "version", "seats": "serial", "policy": "serial", "assets": "serial"}
_BY_THE_LOG: Final = "assets"  # what the log says of itself: no officer signs it


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

    The note keeps what it proves: whoever showed it may have added lines, and each would stand in the way of a true one to come.
    """
    own, policy = Policy.for_log((channel.ed25519_vkey, channel.mldsa_vkey)), _in_force(rows, channel)
    note = policy.proven(note_text)
    try:
        return note, policy.accept(note).time, True
    except PolicyError:
        return note, own.accept(note).times[LOG_PQ], False


def _in_force(rows: sqlite3.Connection, channel: Channel) -> Policy:
    """The policy by which the next checkpoint of `rows` is judged: a change counts once the policy before it accepts a checkpoint that
    holds it.
    """
    policy = channel.first_policy
    holding = (
        "SELECT c.note FROM entries_checkpoint c JOIN entries_entry e ON e.leaf_hash = ?"
        ' WHERE c.size > e."index" AND c.cosigned ORDER BY c.size LIMIT 1'
    )
    changes = rows.execute(
        "SELECT text, leaf_hash FROM people_statement WHERE kind = 'policy' ORDER BY number"
    ).fetchall()
    for text, leaf in changes:
        found = rows.execute(holding, (leaf,)).fetchone()
        try:
            if found is None:
                return policy
            policy.accept(str(found[0]))
            policy = Policy.parse(str(canonical.load_object(str(text).encode())["policy"]))
        except (RecordError, canonical.CanonicalError, KeyError):
            return policy  # rows that were changed by hand: `doctor --deep` says which
    return policy


def _statement(data: bytes, channel: Channel) -> dict[str, Any] | None:
    try:
        entry = read_entry(data)
        if not isinstance(entry, Readable) or entry.value.get("type") not in _COUNTED:
            return None
        statement = dict(entry.value)
        if statement["type"] != _BY_THE_LOG:
            check_statement(statement, channel)
    except (RecordError, CharterError):
        return None  # an entry of a kind to come, or one that no officer signed: it was never in force
    return statement if type(statement.get(_COUNTED[str(statement["type"])])) is int else None
