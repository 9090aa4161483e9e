# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tick: gives promised entries their places, signs the new size, publishes it. Order, which is all the safety there is:

1. In one transaction: places in random order, the new right edge, the signed checkpoint. Nobody has seen the signature yet,
   so a crash here leaves no second root for a size.
2. After the commit: tiles and bundles, each written, synced and renamed; the checkpoint file last.

A crash between 1 and 2 is made good by the next `publish`, which starts from what is on disk.
"""

from collections.abc import Iterator

from django.db import transaction

from demur.entries.installation import Shuffler
from demur.entries.models import Checkpoint, Entry, Head
from demur.record.checkpoint import Checkpoint as TreeHead
from demur.record.checkpoint import sign_checkpoint
from demur.record.cosignature import LogKeys
from demur.record.merkle import CompactRange
from demur.record.tiles import PosixTiles, publish, read_checkpoint_size, write_checkpoint

_BATCH = 1024


def tick(*, origin: str, keys: LogKeys, store: PosixTiles, now: int, shuffler: Shuffler) -> Checkpoint | None:
    """Publish every promised entry; returns the new checkpoint, or None if nothing waited.

    `now` is POSIX seconds; a clock set back cannot make a checkpoint older than the one before it.
    """
    checkpoint = _sequence(origin=origin, keys=keys, now=now, shuffler=shuffler)
    publish_stored(store)
    return checkpoint


@transaction.atomic
def _sequence(*, origin: str, keys: LogKeys, now: int, shuffler: Shuffler) -> Checkpoint | None:
    head, _ = Head.objects.select_for_update().get_or_create(id=Head.SOLE, defaults={"edge": CompactRange().to_bytes()})
    waiting = list(Entry.objects.filter(index=None))
    if not waiting:
        return None
    shuffler.shuffle(waiting)
    edge = CompactRange.from_bytes(bytes(head.edge))
    for entry in waiting:
        entry.index = edge.size
        edge.append(bytes(entry.leaf_hash))
    Entry.objects.bulk_update(waiting, ["index"], batch_size=_BATCH)
    head.edge = edge.to_bytes()
    head.save()
    last = Checkpoint.objects.order_by("-size").first()
    at = max(now, last.time if last else 0)
    note = sign_checkpoint(TreeHead(origin=origin, size=edge.size, root=edge.root()), keys, now=at)
    return Checkpoint.objects.create(size=edge.size, root=edge.root(), note=note, time=at)


def publish_stored(store: PosixTiles) -> None:
    """Bring the tiles on disk up to the last stored checkpoint. Idempotent; safe beside another process."""
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        return
    done = read_checkpoint_size(store)
    if done < last.size:
        publish(store, old_size=done, new_size=last.size, entries=entries_between)
        write_checkpoint(store, last.note)


def entries_between(start: int, end: int) -> Iterator[bytes]:
    """The data of entries with start <= index < end, in order."""
    rows = (
        Entry.objects.filter(index__gte=start, index__lt=end)
        .order_by("index")
        .values_list("data", flat=True)
        .iterator(chunk_size=_BATCH)
    )
    return (bytes(row) for row in rows)
