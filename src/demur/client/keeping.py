# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a channel's server has announced that it keeps, each proven in the record (`spec/entry.md`, `keeps`).

A server cannot announce something afterwards: an entry's place says since when. It can hide an entry, and then it is held to less and is
at fault for what it does beyond it; that it hides one is seen by whoever reads the record whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.channel import Channel
from demur.client.errors import BadAnswer, ServerRefused
from demur.client.http import Server
from demur.client.lookups import NOT_FOUND
from demur.record.entry import readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import leaf_hash
from demur.record.proof import Proof

ADDRESS: Final = "/api/v1/keeps"
MOST: Final = 1000  # entries of one channel
MOST_NAMES: Final = 1000
MOST_LETTERS: Final = 200


@dataclass(frozen=True, kw_only=True)
class Keeps:
    """One announcement: its place in the record, the size of the first checkpoint that held it, its own time (POSIX seconds), the version
    of acts, and what it names.
    """

    index: int
    published: int
    time: int
    acts: int
    types: frozenset[str]
    duties: frozenset[str]
    documents: Mapping[str, int]


def read_keeps(server: Server, channel: Channel) -> tuple[Keeps, ...]:
    """Every announcement of the channel's server, in the order of the record; none from a server that is older than the first.

    Raises BadAnswer where one is not proven, and what `Server.get` raises.
    """
    try:
        rows = server.get_json(ADDRESS).get("keeps")
    except ServerRefused as error:
        if error.status == NOT_FOUND:
            return ()
        raise
    if not isinstance(rows, list) or len(rows) > MOST:
        raise BadAnswer("What the server says it keeps is no list; try again later.")
    found = [_proven(row, channel) for row in rows]
    if len({row.index for row in found}) != len(found):
        raise BadAnswer("The server shows one entry of what it keeps twice; try again later.")
    return tuple(sorted(found, key=lambda row: row.index))


def announced(keeps: Sequence[Keeps], size: int) -> Keeps | None:
    """The announcement in force for an entry whose first checkpoint has `size` entries; None where there is none.

    Entries of one tick stand in random order: what was published with an entry was announced in time wherever it stands, and of two the
    newer is the one with the later time of its own.
    """
    before = [row for row in keeps if row.published <= size]
    return max(before, key=lambda row: row.time, default=None)


def _proven(row: object, channel: Channel) -> Keeps:
    entry = row.get("entry") if isinstance(row, dict) else None
    proof = row.get("proof") if isinstance(row, dict) else None
    if not isinstance(entry, dict) or not isinstance(proof, str):
        raise BadAnswer("What the server says it keeps lacks an entry or its proof; try again later.")
    try:
        parsed = Proof.parse(proof)
        size = parsed.verify(leaf_hash(readable_entry(entry)), channel.policy_object).checkpoint.size
    except (RecordError, canonical.CanonicalError) as error:
        raise BadAnswer(f"What the server says it keeps is not in its record: {error}") from None
    if (entry["type"], entry["origin"]) != ("keeps", channel.origin):
        raise BadAnswer("What the server shows as what it keeps is another entry of its record; try again later.")
    return read_entry_of(entry, index=parsed.index, published=size)


def read_entry_of(entry: Mapping[str, Any], *, index: int, published: int) -> Keeps:
    """The announcement in a `keeps` entry; members that are not known are passed over. Raises BadAnswer."""
    acts, time, documents = entry.get("acts"), entry.get("time"), entry.get("documents")
    types, duties = _names(entry.get("types")), _names(entry.get("duties"))
    if not isinstance(acts, int) or not isinstance(time, int) or isinstance(acts, bool) or isinstance(time, bool):
        acts = time = 0
    if acts < 1 or types is None or duties is None or not isinstance(documents, dict):
        raise BadAnswer(
            "An entry that says what the server keeps lacks a part or has one of another kind; tell oversight."
        )
    known = {name: version for name, version in documents.items() if type(version) is int}
    return Keeps(index=index, published=published, time=time, acts=acts, types=types, duties=duties, documents=known)


def _names(value: object) -> frozenset[str] | None:
    """A list of names; None for anything else."""
    if not isinstance(value, list) or len(value) > MOST_NAMES:
        return None
    good = all(isinstance(name, str) and 0 < len(name) <= MOST_LETTERS for name in value)
    return frozenset(value) if good else None
