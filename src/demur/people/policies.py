# SPDX-License-Identifier: AGPL-3.0-or-later
"""The trust policy in force: the channel after every change whose entry is proven under the policy before it."""

from dataclasses import replace
from typing import Final

from demur import canonical
from demur.charter.channel import Channel
from demur.charter.policies import with_change
from demur.entries.queries import proof_of
from demur.entries.rows import run
from demur.people.models import Statement
from demur.record.tiles import POLICIES, TileStore

# A change that is in force stays as it is: the key is its entry's hash, which covers the statement.
_PROVEN: Final[dict[bytes, Channel]] = {}


def channel_now(channel: Channel, store: TileStore) -> Channel:
    """`channel` (as its file says) with the changes in force. One question to the rows where nothing is new."""
    newest = run(
        "SELECT leaf_hash FROM people_statement WHERE kind = ? ORDER BY number DESC LIMIT 1", [Statement.POLICY]
    )
    if newest is None:
        return channel
    known = _PROVEN.get(bytes(newest[0]))
    return known if known is not None else _proven(replace(channel, changes=()), store)


def keep_changes(channel: Channel, store: TileStore) -> None:
    """Lay the changes in force, with their proofs, beside the tiles: a log that is restored from a mirror must be able to prove again
    what everybody has seen in force. The same as `GET /api/v1/policies`.
    """
    changes = channel_now(channel, store).changes
    if changes:
        rows = [{"statement": dict(change.statement), "proof": change.proof} for change in changes]
        store.write(POLICIES, canonical.dump({"policies": rows}))


def _proven(channel: Channel, store: TileStore) -> Channel:
    for row in Statement.objects.filter(kind=Statement.POLICY).order_by("number"):
        leaf = bytes(row.leaf_hash)
        if leaf not in _PROVEN:
            proof = proof_of(leaf, store)
            if proof is None:
                break
            _PROVEN[leaf] = with_change(channel, canonical.load_object(row.text.encode()), proof)
        channel = _PROVEN[leaf]
    return channel
