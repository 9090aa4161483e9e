# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can be asked of the record's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final

from django.db.models import OuterRef, QuerySet, Subquery

from demur.entries.models import Checkpoint, Entry
from demur.entries.rows import run
from demur.record.cosignature import LogKeys
from demur.record.merkle import consistency_proof, inclusion_proof
from demur.record.policy import Policy
from demur.record.policyfile import LOG_PQ
from demur.record.proof import Proof
from demur.record.tiles import TileHashes, TileStore, read_checkpoint_size

# What readable entries start with, and the first that comes after all of them.
_AT_ONCE: Final = 500  # hashes in one question
_READABLE: Final = (b"demur/open/v1\0", b"demur/open/v1\1")


def waiting_readable() -> "QuerySet[Entry]":
    """The readable entries that have no place yet."""
    return Entry.objects.filter(index=None, data__gte=_READABLE[0], data__lt=_READABLE[1])


def last_stated(keys: LogKeys) -> int:
    """The time that the log, whose keys these are, stated in its last checkpoint, shown or not (POSIX seconds); 0 before the first.

    It lies ahead of the clock after one that ran ahead was set right: no later checkpoint states an earlier time. Raises RecordError.
    """
    found = run("SELECT note FROM entries_checkpoint ORDER BY size DESC LIMIT 1", [])
    return _stated(keys.vkeys, found[0]) if found else 0


@lru_cache(maxsize=2)  # each filing asks it of the same note
def _stated(vkeys: tuple[str, str], note: str) -> int:
    return Policy.for_log(vkeys).accept(note).times[LOG_PQ]


def published_checkpoint(store: TileStore) -> Checkpoint | None:
    """The largest checkpoint whose tiles are on disk; None before the first tick.

    A checkpoint that is stored but not yet published is not shown: its proofs could not be computed.
    """
    return Checkpoint.objects.filter(size__lte=read_checkpoint_size(store)).order_by("-size").first()


def accepted_checkpoint(store: TileStore) -> Checkpoint | None:
    """The largest published checkpoint that meets the policy: what a client can be asked to believe; None before the first."""
    published = Checkpoint.objects.filter(size__lte=read_checkpoint_size(store), cosigned=True)
    return published.order_by("-size").first()


def holds(leaf: bytes) -> bool:
    """Whether an entry with this leaf hash is in the log, published or promised."""
    return run("SELECT 1 FROM entries_entry WHERE leaf_hash = ?", [leaf]) is not None


def first_checkpoint_holding(leaf: bytes) -> Checkpoint | None:
    """The smallest cosigned checkpoint whose tree holds the entry: its time is how long the entry has been public."""
    entry = Entry.objects.filter(leaf_hash=leaf).exclude(index=None).first()
    if entry is None:
        return None
    return Checkpoint.objects.filter(size__gt=entry.index, cosigned=True).order_by("size").first()


def public_times(leaves: Sequence[bytes], *, size: int | None = None) -> dict[bytes, int]:
    """Since when each of `leaves` is public (POSIX seconds), as `first_checkpoint_holding` tells it, some hundreds in one question. Those
    that no cosigned checkpoint, of at most `size` entries where it is given, holds yet are left out.
    """
    trees = (
        Checkpoint.objects.filter(cosigned=True)
        if size is None
        else Checkpoint.objects.filter(cosigned=True, size__lte=size)
    )
    holding = trees.filter(size__gt=OuterRef("index")).order_by("size").values("time")[:1]
    found: dict[bytes, int] = {}
    for start in range(0, len(leaves), _AT_ONCE):
        entries = Entry.objects.filter(leaf_hash__in=leaves[start : start + _AT_ONCE]).exclude(index=None)
        rows = entries.annotate(since=Subquery(holding)).values_list("leaf_hash", "since")
        found |= {bytes(leaf): time for leaf, time in rows if time is not None}
    return found


def proof_of(leaf: bytes, store: TileStore) -> str | None:
    """The tlog-proof of an entry in the first checkpoint that holds it; None while that is not published.

    The first, because its time is the earliest at which the entry is proven to have been public: what clocks are judged by.
    """
    entry = Entry.objects.filter(leaf_hash=leaf).exclude(index=None).first()
    tree = first_checkpoint_holding(leaf)
    if entry is None or entry.index is None or tree is None or tree.size > read_checkpoint_size(store):
        return None
    hashes = inclusion_proof(entry.index, tree.size, TileHashes(store, tree.size).read)
    return Proof(index=entry.index, hashes=tuple(hashes), checkpoint_text=tree.note).text


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where an entry stands: its leaf hash, its `index`, the `hashes` that prove it, and the size of the tree that they lead to."""

    leaf: bytes
    index: int
    hashes: tuple[bytes, ...]
    size: int


def proofs_of(leaves: Sequence[bytes], store: TileStore) -> tuple[dict[int, str], list[Placed]]:
    """As `proof_of`, of many entries at once: the checkpoints' notes by size, and where each of `leaves` stands that is published.

    Tiles are read once for each tree, however many entries it was the first to hold.
    """
    first = Checkpoint.objects.filter(size__gt=OuterRef("index"), cosigned=True).order_by("size").values("size")[:1]
    entries = Entry.objects.filter(leaf_hash__in=set(leaves)).exclude(index=None).annotate(first=Subquery(first))
    published = read_checkpoint_size(store)
    rows = [
        (bytes(leaf), index, int(size))
        for leaf, index, size in entries.values_list("leaf_hash", "index", "first")
        if index is not None and size is not None and size <= published
    ]
    read = {size: TileHashes(store, size).read for size in {size for *_, size in rows}}
    notes = dict(Checkpoint.objects.filter(size__in=list(read)).values_list("size", "note"))
    placed = [
        Placed(leaf=leaf, index=index, hashes=tuple(inclusion_proof(index, size, read[size])), size=size)
        for leaf, index, size in sorted(rows, key=itemgetter(1))
    ]
    return notes, placed


def consistency(old: int, new: int, store: TileStore) -> list[bytes]:
    """The hashes that show the tree of size `new` to extend that of size `old`. Raises ProofError."""
    return list(consistency_proof(old, new, TileHashes(store, new).read))


def indexes_of(leaves: list[bytes], store: TileStore) -> dict[bytes, int]:
    """Places in the log of those of `leaves` whose proof can be given: published, under a checkpoint that meets the policy."""
    tree = accepted_checkpoint(store)
    shown = Entry.objects.filter(leaf_hash__in=leaves, index__lt=tree.size if tree else 0)
    rows = shown.values_list("leaf_hash", "index")
    return {bytes(leaf): place for leaf, place in rows if place is not None}
