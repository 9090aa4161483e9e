# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tick: gives promised entries their places, signs the new size, publishes it. Order, which is all the safety there is:

1. In one transaction (`sequence`): places in random order, covers, the new right edge, the signed checkpoint. Nobody has seen the
   signature yet, so a crash here leaves no second root for a size.
2. After the commit (`publish_stored`): tiles and bundles, each written, synced and renamed.
3. Witnesses are asked (`demur.site.ticker`), and what they sign is stored (`store_cosigned`) before it is shown.
4. The checkpoint file last (`publish_checkpoint`).

A crash between two steps is made good by doing the rest again, which starts from what is stored.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.db import connection, transaction

from demur.entries.covers import add_covers
from demur.entries.errors import BelowFloor
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Entry, Head
from demur.entries.queries import last_stated, waiting_readable
from demur.record.checkpoint import Checkpoint as TreeHead
from demur.record.checkpoint import sign_checkpoint
from demur.record.errors import RecordError
from demur.record.merkle import CompactRange
from demur.record.tiles import PosixTiles, publish, read_checkpoint_size, read_floor, write_checkpoint

_BATCH = 1024


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What a tick shall do: `fill` is the charter's constant of entries (0: no covers); `readable_only` publishes charters
    and rosters, which anybody may read at once, and leaves what is secret for its time.
    """

    now: int
    fill: int = 0
    readable_only: bool = False


@transaction.atomic(savepoint=False)
def sequence(ground: Installation, tick: Tick) -> Checkpoint | None:
    """Give every promised entry its place and sign the new size; None if nothing waited and nothing is to be filled.

    Raises BelowFloor where a larger record than these rows is known to have been signed, ClocksApart.
    """
    ground.check_clocks()
    head, _ = Head.objects.select_for_update().get_or_create(id=Head.SOLE, defaults={"edge": CompactRange().to_bytes()})
    edge = CompactRange.from_bytes(bytes(head.edge))
    _check_floor(ground, head, edge.size)
    waiting = _waiting(tick)
    if not tick.readable_only:
        waiting += add_covers(ground, already=len(waiting), fill=tick.fill)
        head.ticked = tick.now
    if not waiting:
        head.save()
        return None
    ground.shuffler.shuffle(waiting)
    places = []
    for row, leaf in waiting:
        places.append((edge.size, row))
        edge.append(leaf)
    with connection.cursor() as cursor:
        cursor.executemany('UPDATE entries_entry SET "index" = %s WHERE id = %s', places)
    head.edge = edge.to_bytes()
    head.save()
    return _signed(ground, edge, now=tick.now)


def _waiting(tick: Tick) -> list[tuple[int, bytes]]:
    """Row and leaf hash of the entries that have no place yet."""
    rows = waiting_readable() if tick.readable_only else Entry.objects.filter(index=None)
    return [(pk, bytes(leaf)) for pk, leaf in rows.values_list("pk", "leaf_hash")]


def _check_floor(ground: Installation, head: Head, size: int) -> None:
    # Rows that were restored to yesterday while tiles or a witness know today: signing now would be a second record.
    floor = max(head.floor, read_floor(ground.store), read_checkpoint_size(ground.store))
    if size < floor:
        raise BelowFloor(
            f"The record was signed up to {floor} entries and the rows hold {size}; run `demur restore` with a mirror "
            "of the record before anything is signed."
        )


def _signed(ground: Installation, edge: CompactRange, *, now: int) -> Checkpoint:
    # The log's own last word, not a witness's: a clock set back must not let a larger tree state an earlier time.
    at = max(now, last_stated(ground.keys))
    head = TreeHead(origin=ground.channel.origin, size=edge.size, root=edge.root())
    note = sign_checkpoint(head, ground.keys, now=at)
    time, cosigned = _judged(ground, note, at)
    return Checkpoint.objects.create(size=edge.size, root=edge.root(), note=note, time=time, cosigned=cosigned)


def _judged(ground: Installation, note: str, stated: int) -> tuple[int, bool]:
    """The time of a checkpoint and whether it meets the policy; the log's own time while it does not."""
    try:
        return ground.policy.accept(note).time, True
    except RecordError:
        return stated, False


def publish_stored(store: PosixTiles) -> Checkpoint | None:
    """Bring the tiles on disk up to the last stored checkpoint, and return it. Idempotent; safe beside another process."""
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        return None
    done = read_checkpoint_size(store)
    if done < last.size:
        publish(store, old_size=done, new_size=last.size, entries=entries_between)
    return last


def publish_checkpoint(store: PosixTiles, note: str) -> None:
    """Show a checkpoint whose tiles are on disk and whose row is stored."""
    write_checkpoint(store, note)


@transaction.atomic(savepoint=False)
def store_cosigned(ground: Installation, checkpoint: Checkpoint, note: str) -> Checkpoint:
    """Keep what witnesses signed of `checkpoint`, before it is shown: the lines of `note` that hold under the policy, one of each key."""
    row = Checkpoint.objects.select_for_update().get(size=checkpoint.size)
    with suppress(RecordError):  # what cannot be read adds nothing to what is kept
        row.note = ground.policy.proven(note)
    row.time, row.cosigned = _judged(ground, row.note, checkpoint.time)
    row.save()
    return row


def entries_between(start: int, end: int) -> Iterator[bytes]:
    """The data of entries with start <= index < end, in order."""
    rows = (
        Entry.objects.filter(index__gte=start, index__lt=end)
        .order_by("index")
        .values_list("data", flat=True)
        .iterator(chunk_size=_BATCH)
    )
    return (bytes(row) for row in rows)
