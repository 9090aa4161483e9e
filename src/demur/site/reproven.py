# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes of the trust policy, proven again after a restore by the checkpoints that proved them before.

A change is in force because a checkpoint under the policy before it holds its entry (`spec/policy.md`, "Change"), and tiles show only the
newest checkpoint, which may be signed under the new policy alone. So every checkpoint that is at hand is tried: those of the rows, of
`policies` beside the tiles, of receipts. None is believed for where it comes from: its root must be that of the rows, and the chain must
hold as a client checks it. What cannot be proven is not in force, for no client would believe it.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.errors import CharterError
from demur.charter.policies import check_change, with_change
from demur.record.checkpoint import Checkpoint
from demur.record.errors import PolicyError, RecordError, TileError
from demur.record.merkle import HASH_SIZE, consistency_proof, inclusion_proof, level_above, tree_root
from demur.record.note import Note
from demur.record.policy import Policy
from demur.record.policyfile import LOG_PQ
from demur.record.proof import Proof
from demur.record.tiles import subtree_hash
from demur.site.outward import Way
from demur.witness.asking import addresses, gather

_CHANGES: Final = (
    'SELECT s.text, e."index", (SELECT c.note FROM entries_checkpoint c WHERE c.size > e."index" AND c.cosigned ORDER BY c.size LIMIT 1)'
    " FROM people_statement s JOIN entries_entry e ON e.leaf_hash = s.leaf_hash"
    " WHERE s.kind = 'policy' AND e.\"index\" IS NOT NULL ORDER BY s.number"
)


class RowHashes:
    """Subtree hashes of the tree that rows hold, for proofs where no tiles are laid out. Read whole: 64 bytes an entry."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        """From the entries that have their place. Raises sqlite3.Error."""
        leaves = rows.execute('SELECT leaf_hash FROM entries_entry WHERE "index" IS NOT NULL ORDER BY "index"')
        self._levels = [b"".join([bytes(leaf) for (leaf,) in leaves])]
        while len(self._levels[-1]) >= 2 * HASH_SIZE:
            below = self._levels[-1]
            self._levels.append(level_above(below[: len(below) // (2 * HASH_SIZE) * 2 * HASH_SIZE]))

    @property
    def size(self) -> int:
        """How many entries the rows hold."""
        return len(self._levels[0]) // HASH_SIZE

    def read(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**level leaves from leaf index * 2**level on. Raises TileError."""
        if level >= len(self._levels):
            raise TileError("A subtree was asked for that the tree does not hold whole; ask within the tree's size.")
        return subtree_hash(self._levels[level], index, 1)

    def prove(self, old: int, new: int) -> list[bytes]:
        """The hashes that show the tree of `new` entries to extend that of `old`. Raises RecordError."""
        return list(consistency_proof(old, new, self.read))


def proven_channel(rows: sqlite3.Connection, channel: Channel, notes: Iterable[str] = ()) -> tuple[Channel, int]:
    """`channel` with the changes that the checkpoints in `rows` and in `notes` prove, each by the smallest of them; and the number of the
    first change that stands in the record and that nothing proves, 0 where there is none.
    """
    changes = rows.execute(_CHANGES).fetchall()
    if not changes:
        return channel, 0
    hashes, notes = RowHashes(rows), list(notes)
    for text, index, note in changes:
        try:
            statement = canonical.load_object(str(text).encode())
            check_change(statement, channel)
        except (CharterError, canonical.CanonicalError):
            return channel, 0  # rows that were changed by hand: `doctor --deep` says which
        after = _with_change(channel, statement, int(index), [*notes, *([str(note)] if note else [])], hashes)
        if after is None:
            return channel, len(channel.changes) + 1
        channel = after
    return channel, 0


def settle(rows: sqlite3.Connection, channel: Channel, notes: Sequence[str]) -> tuple[Channel, int]:
    """As `proven_channel`; keeps beside `rows` the checkpoints that prove, and judges anew those for which another policy counts now, or
    of which `notes` hold more signatures.
    """
    before, _ = proven_channel(rows, channel)
    after, unproven = proven_channel(rows, channel, notes)
    for change, policy in zip(after.changes, _policies(after), strict=False):
        _keep(rows, Proof.parse(change.proof).checkpoint_text, policy)
    new = after.changes[len(before.changes) :]
    _judge_again(rows, after.policy_object, notes, beyond=new[0].size if new else None)
    return after, unproven


def asked(rows: sqlite3.Connection, policy: Policy, way: Way) -> list[str]:
    """The last checkpoint of `rows` with what the witnesses of `policy` sign of it when they are asked now; nothing before the first."""
    last = rows.execute("SELECT note FROM entries_checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    if last is None:
        return []
    prove = RowHashes(rows).prove
    found = gather(str(last[0]), addresses(policy), prove=prove, known={}, connect=way.connect, timeout=way.timeout)
    return [found.note]


def notes_of_rows(rows: sqlite3.Connection) -> list[str]:
    """The notes by which the changes that `rows` hold were proven. Raises sqlite3.Error."""
    return [str(note) for _, _, note in rows.execute(_CHANGES) if note]


def notes_of_changes(data: bytes) -> list[str]:
    """The notes in a mirror's `policies`; none of a file that is something else."""
    with suppress(canonical.CanonicalError, RecordError, KeyError, TypeError, AttributeError):
        return [Proof.parse(row["proof"]).checkpoint_text for row in canonical.load_object(data)["policies"]]
    return []


def _policies(channel: Channel) -> list[Policy]:
    """Every policy of `channel` by its own text, from the first on."""
    return [channel.first_policy, *(Policy.parse(change.policy.text) for change in channel.changes)]


def _with_change(
    channel: Channel, statement: Mapping[str, Any], index: int, notes: Sequence[str], hashes: RowHashes
) -> Channel | None:
    before = _policies(channel)[-1]
    fitting = [(tree.size, note) for note in notes if (tree := _checkpoint(note)) and index < tree.size <= hashes.size]
    for size, note in sorted(fitting):
        with suppress(CharterError, RecordError):
            proven = before.proven(note)
            if Checkpoint.parse(Note.parse(proven).text).root == tree_root(size, hashes.read):
                path = tuple(inclusion_proof(index, size, hashes.read))
                return with_change(channel, statement, Proof(index=index, hashes=path, checkpoint_text=proven).text)
    return None


def _checkpoint(note: str) -> Checkpoint | None:
    try:
        return Checkpoint.parse(Note.parse(note).text)
    except RecordError:
        return None


def _keep(rows: sqlite3.Connection, note: str, policy: Policy) -> None:
    """Give a checkpoint that `policy` accepts its row."""
    accepted = policy.accept(note)
    rows.execute(
        "INSERT INTO entries_checkpoint (size, root, note, time, cosigned) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT (size) DO UPDATE SET note = excluded.note, time = excluded.time, cosigned = 1",
        (accepted.checkpoint.size, accepted.checkpoint.root, note, accepted.time),
    )


def _judge_again(rows: sqlite3.Connection, policy: Policy, notes: Sequence[str], *, beyond: int | None) -> None:
    own = Policy.for_log((policy.log_vkey, policy.log_pq_vkey))
    shown: dict[tuple[int, bytes], list[str]] = {}
    for note in notes:
        tree = _checkpoint(note)
        if tree is not None:
            shown.setdefault((tree.size, tree.root), []).append(note)
    for size, root, kept, cosigned in rows.execute(
        "SELECT size, root, note, cosigned FROM entries_checkpoint"
    ).fetchall():
        others = [] if cosigned else shown.get((size, bytes(root)), [])
        if others or (beyond is not None and size > beyond):
            judged = [judgement for note in [kept, *others] if (judgement := judge(str(note), policy, own)) is not None]
            best = max(judged, key=lambda row: row[2])
            rows.execute("UPDATE entries_checkpoint SET note = ?, time = ?, cosigned = ? WHERE size = ?", (*best, size))


def judge(note_text: str, policy: Policy, own: Policy) -> tuple[str, int, bool] | None:
    """What a checkpoint's note proves under `policy`, its time, and whether it is accepted; the log's own time where it is not. None for
    one that is not signed by the log, whose two keys `own` demands.
    """
    try:
        note = policy.proven(note_text)
        stated = own.accept(note).times[LOG_PQ]
    except RecordError:
        return None
    try:
        return note, policy.accept(note).time, True
    except PolicyError:
        return note, stated, False
