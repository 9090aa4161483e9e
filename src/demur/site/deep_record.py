# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record's own rows under `demur doctor --deep`: entries, checkpoints, right edge, statements, covers; and every entry is claimed.

A case that was removed with all its rows leaves its entries behind, for the signed root covers them: an entry that no event, author's
commitment or cover claims, outside a declared gap, counts as deleted (PROTOCOL section 8). What cannot be told from the rows: that an
older checkpoint was removed between two others, and that a cover was added to an inbox.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from django.db.models import Exists, OuterRef

from demur import canonical
from demur.dissent.models import Case, Event
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Cover, Entry, Head
from demur.people.models import Statement
from demur.record.entry import Hidden, Readable, case_entry, commit, cover_event, read_entry, readable_entry
from demur.record.errors import RecordError
from demur.record.merkle import HASH_SIZE, CompactRange, leaf_hash
from demur.record.policy import Policy
from demur.record.policyfile import LOG_PQ
from demur.record.tiles import WIDTH, read_checkpoint_size, read_tile, width_of

_NUMBER: Final = {Statement.CHARTER: "version", Statement.KEEPS: "time"}  # of the others it is the serial
_MISSING: Final = 1000  # missing entries that are told one by one


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One row that is not what the record says. `index` is the entry it belongs to, None where no entry can be named."""

    index: int | None
    sentence: str


def place_of(leaf: bytes) -> int | None:
    """Where the entry with this leaf hash stands; None if it does not, or not yet."""
    return Entry.objects.filter(leaf_hash=leaf).values_list("index", flat=True).first()


def record_faults(ground: Installation) -> Iterator[Fault]:
    """Every fault of the record's own rows."""
    yield from _entries(ground)
    yield from _checkpoints(ground)
    yield from _statements()
    yield from _covers(ground)
    yield from _unclaimed()


def _entries(ground: Installation) -> Iterator[Fault]:
    """Rows of entries against themselves and against the tiles, which were published with the signed root."""
    tiles = _Leaves(ground)
    rows = Entry.objects.exclude(index=None).order_by("index").values_list("index", "data", "leaf_hash")
    expected = 0
    for place, data, kept in rows.iterator(chunk_size=1024):
        index = int(place or 0)
        for missing in range(expected, index):
            yield Fault(index=missing, sentence=f"Entry {missing} of the record is missing among the rows.")
        expected = index + 1
        published = tiles.leaf(index)
        if leaf_hash(bytes(data)) != bytes(kept) or (published is not None and published != bytes(kept)):
            yield Fault(index=index, sentence=f"Entry {index} of the record was changed by hand.")
    for missing in islice(range(expected, read_checkpoint_size(ground.store)), _MISSING):
        yield Fault(index=missing, sentence=f"Entry {missing} of the published record is missing among the rows.")
    for data, kept in Entry.objects.filter(index=None).values_list("data", "leaf_hash"):
        if leaf_hash(bytes(data)) != bytes(kept):
            yield Fault(index=None, sentence="An entry that waits for its tick was changed by hand.")


@dataclass
class _Leaves:
    """Leaf hashes as published, a tile at a time."""

    ground: Installation
    _tiles: dict[int, bytes] = field(default_factory=dict)

    def leaf(self, index: int) -> bytes | None:
        n, at = divmod(index, WIDTH)
        if n not in self._tiles:
            size = read_checkpoint_size(self.ground.store)
            width = width_of(0, n, size)
            self._tiles = {n: (read_tile(self.ground.store, 0, n, width) or b"") if width > 0 else b""}
        return self._tiles[n][at * HASH_SIZE : (at + 1) * HASH_SIZE] or None


def _checkpoints(ground: Installation) -> Iterator[Fault]:
    """Every stored checkpoint is signed by the log, and its root is that of the entries; the right edge is theirs too."""
    rows = iter(Checkpoint.objects.order_by("size"))
    edge, wanted = CompactRange(), next(rows, None)
    leaves = Entry.objects.exclude(index=None).order_by("index").values_list("leaf_hash", flat=True)
    for leaf in leaves.iterator(chunk_size=1024):
        edge.append(bytes(leaf))
        while wanted is not None and wanted.size == edge.size:
            yield from _checkpoint(wanted, edge.root(), ground)
            wanted = next(rows, None)
    if wanted is not None:
        yield Fault(
            index=wanted.size - 1, sentence=f"The checkpoint of {wanted.size} entries has fewer rows than it signs."
        )
    head = Head.objects.filter(id=Head.SOLE).first()
    if head is not None and bytes(head.edge) != edge.to_bytes():
        yield Fault(index=edge.size - 1 if edge.size else None, sentence="The tree's right edge was changed by hand.")


def _checkpoint(row: Checkpoint, root: bytes, ground: Installation) -> Iterator[Fault]:
    own = Policy.for_log((ground.channel.ed25519_vkey, ground.channel.mldsa_vkey))
    try:
        signed = own.accept(row.note)
    except RecordError:
        yield Fault(index=row.size - 1, sentence=f"The checkpoint of {row.size} entries is not signed by this log.")
        return
    try:
        judged, cosigned = ground.policy.accept(row.note).time, True
    except RecordError:
        judged, cosigned = signed.times[LOG_PQ], False
    if (signed.checkpoint.size, signed.checkpoint.root, bytes(row.root)) != (row.size, root, root):
        yield Fault(
            index=row.size - 1, sentence=f"The checkpoint of {row.size} entries has another root than they give."
        )
    elif (row.time, row.cosigned) != (judged, cosigned):
        yield Fault(
            index=row.size - 1,
            sentence=f"The time of the checkpoint of {row.size} entries, or whether it counts, was changed by hand.",
        )


def _statements() -> Iterator[Fault]:
    for row in Statement.objects.order_by("id"):
        leaf = bytes(row.leaf_hash)
        try:
            statement = canonical.load_object(row.text.encode())
            same = leaf_hash(readable_entry(statement)) == leaf
        except (canonical.CanonicalError, RecordError):
            statement, same = {}, False
        told = (statement.get("type"), statement.get(_NUMBER.get(row.kind, "serial")))
        if not same or told != (row.kind, row.number) or not Entry.objects.filter(leaf_hash=leaf).exists():
            yield Fault(
                index=place_of(leaf), sentence=f"The {row.kind} statement number {row.number} was changed by hand."
            )


def _covers(ground: Installation) -> Iterator[Fault]:
    for row in Cover.objects.order_by("n").iterator(chunk_size=1024):
        leaf, opened = bytes(row.leaf_hash), b""
        with suppress(ValueError, RecordError):  # no opening at all is told below
            opened = leaf_hash(case_entry(commit(cover_event(ground.channel.origin, row.n), bytes.fromhex(row.r))))
        if opened != leaf or not Entry.objects.filter(leaf_hash=leaf).exists():
            yield Fault(index=place_of(leaf), sentence=f"The opening of cover {row.n} was changed by hand.")


def _unclaimed() -> Iterator[Fault]:
    """Hidden entries that nothing claims, and statements without their row: what they were about was removed."""
    authors = {_commitment(case) for case in Case.objects.only("commitment").iterator(chunk_size=1024)}
    claimed = Exists(Event.objects.filter(leaf_hash=OuterRef("leaf_hash"))) | Exists(
        Cover.objects.filter(leaf_hash=OuterRef("leaf_hash"))
    )
    rows = (
        Entry.objects.exclude(index=None).exclude(claimed).order_by("index").values_list("index", "data", "leaf_hash")
    )
    gaps: list[Collection[int]] = []
    left: list[tuple[int, str]] = []
    for index, data, leaf in rows.iterator(chunk_size=1024):
        try:
            entry = read_entry(bytes(data))
        except RecordError:
            continue  # told before: its bytes are not those that were recorded
        if isinstance(entry, Readable) and entry.value.get("type") in _DECLARED:
            gaps.append(_declared(entry.value))
        elif sentence := _lost(entry, bytes(leaf), authors):
            left.append((int(index or 0), sentence))
    yield from (
        Fault(index=place, sentence=sentence.format(index=place))
        for place, sentence in left
        if not any(place in gap for gap in gaps)
    )


def _declared(value: Mapping[str, Any]) -> Collection[int]:
    """The places that an entry declares lost, or erased on purpose; each is in the record for all to see."""
    return range(int(value["first"]), int(value["size"])) if value["type"] == "gap" else frozenset(value["entries"])


def _lost(entry: Hidden | Readable, leaf: bytes, authors: set[bytes]) -> str:
    """What to say of an entry that no event and no cover claims; "" where that is right."""
    if isinstance(entry, Hidden):
        return "" if leaf in authors else "What entry {index} is about, a case or a cover, was removed by hand."
    if entry.value.get("type") not in _KINDS or Statement.objects.filter(leaf_hash=leaf).exists():
        return ""
    return "The statement of entry {index} was removed by hand."


_DECLARED: Final = frozenset({"gap", "erased"})
_KINDS: Final = frozenset({Statement.CHARTER, Statement.SEATS, Statement.POLICY, Statement.KEEPS})


def _commitment(case: Case) -> bytes:
    try:
        return leaf_hash(case_entry(bytes.fromhex(case.commitment)))
    except (ValueError, RecordError):
        return b""
