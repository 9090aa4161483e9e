# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any history of filings, ticks, lost witnesses, crashes and restores: one root for each size, and every promise kept or kept waiting."""

import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from record_tools import CHANNEL, KEYS, WITNESS

from demur.entries.errors import BelowFloor
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Cover, Entry, Head
from demur.entries.ticking import Tick, publish_checkpoint, publish_stored, sequence, store_cosigned
from demur.entries.writer import Alone
from demur.entries.writing import append
from demur.record.entry import case_entry, readable_entry
from demur.record.errors import TileError
from demur.record.merkle import consistency_proof, verify_consistency
from demur.record.note import Note
from demur.record.tiles import PosixTiles, TileHashes, read_checkpoint_size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stateful]
START = 1_795_430_000
TABLES = (Entry, Checkpoint, Cover, Head)


class Log(RuleBasedStateMachine):
    """One log on real rows and real tiles; its witness comes and goes."""

    @initialize()
    def found(self) -> None:
        for table in TABLES:
            table.objects.all().delete()
        self.folder = Path(tempfile.mkdtemp())
        self.now = START
        self.witnessed = True
        self.promised: list[bytes] = []
        self.roots: dict[int, bytes] = {}  # every root that anybody could have seen signed
        self.backup: dict[Any, list[dict[str, Any]]] | None = None
        self.lost: set[bytes] = set()
        self.ground = Installation(
            channel=CHANNEL,
            address="http://127.0.0.1",
            keys=KEYS,
            store=PosixTiles(self.folder),
            random=os.urandom,
            shuffler=random.Random(7),
            grace=300,
            writer=Alone(),
            files=self.folder,
            policy_now=lambda: CHANNEL.policy_object,
        )

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @rule()
    def file(self) -> None:
        """Two entries in one transaction, and a promise of both."""
        with transaction.atomic():
            leaves = [leaf for _ in range(2) for leaf in append(case_entry(os.urandom(32)))]
        self.ground.promise(tuple(leaves), at=self.now, tick=self.now)
        self.promised += leaves

    @rule()
    def file_and_fail(self) -> None:
        """An act that is refused after it appended leaves nothing."""
        with pytest.raises(ZeroDivisionError):
            self.append_and_fail()

    @transaction.atomic
    def append_and_fail(self) -> None:
        append(case_entry(os.urandom(32)))
        raise ZeroDivisionError

    @rule()
    def adopt(self) -> None:
        with transaction.atomic():
            value = {"v": 1, "type": "charter", "origin": KEYS.origin, "text": os.urandom(8).hex()}
            self.promised += append(readable_entry(value))

    @rule()
    def lose_or_find_the_witness(self) -> None:
        self.witnessed = not self.witnessed

    @rule()
    def set_the_clock(self) -> None:
        self.now += random.Random(len(self.promised)).choice([-100_000, -1, 1, 60, 90_000])

    def sequenced(self, *, fill: int = 0, readable: bool = False) -> Checkpoint | None:
        floor = max(read_checkpoint_size(self.ground.store), Head.objects.values_list("floor", flat=True).first() or 0)
        size = Entry.objects.exclude(index=None).count()
        if size < floor:
            with pytest.raises(BelowFloor):
                sequence(self.ground, Tick(now=self.now, fill=fill, readable_only=readable))
            return None
        return sequence(self.ground, Tick(now=self.now, fill=fill, readable_only=readable))

    @rule()
    def crash_after_signing(self) -> None:
        """Signed and stored, and the machine dies before a tile is written."""
        self.sequenced()

    @rule()
    def crash_before_the_checkpoint(self) -> None:
        """Tiles are there, the checkpoint file is not."""
        self.sequenced(fill=4)
        self.tiles()

    @rule()
    def tick(self) -> None:
        self.publish(self.sequenced(fill=8))

    @rule()
    def tick_of_what_is_readable(self) -> None:
        self.publish(self.sequenced(readable=True))

    def tiles(self) -> Checkpoint | None:
        """The tiles, as far as the rows go; None where rows and tiles are of different days, and publishing stops."""
        if Entry.objects.exclude(index=None).count() < read_checkpoint_size(self.ground.store):
            return None
        try:
            return publish_stored(self.ground.store)
        except TileError:
            return None

    def publish(self, _: Checkpoint | None) -> None:
        last = self.tiles()
        if last is None:
            return
        if self.witnessed and not last.cosigned:
            note = Note.parse(last.note)
            last = store_cosigned(
                self.ground, last, note.adding(WITNESS.sign_at(note.text, max(self.now, 1))).serialized
            )
        publish_checkpoint(self.ground.store, last.note)

    @rule()
    def back_up(self) -> None:
        self.backup = {table: list(table.objects.values()) for table in TABLES}

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore_the_rows_of_then(self) -> None:
        """The disk of then, beside the tiles of today: what was promised since is gone from the rows."""
        assert self.backup is not None
        for table in TABLES:
            table.objects.all().delete()
            table.objects.bulk_create(table(**row) for row in self.backup[table])
        self.lost |= set(self.promised) - {bytes(leaf) for leaf in Entry.objects.values_list("leaf_hash", flat=True)}
        # What was signed and never shown died with the disk: nobody can hold it against the log.
        shown = read_checkpoint_size(self.ground.store)
        kept = {row.size for row in Checkpoint.objects.all()}
        self.roots = {size: root for size, root in self.roots.items() if size <= shown or size in kept}

    @invariant()
    def one_root_for_a_size(self) -> None:
        if not hasattr(self, "ground"):
            return
        for row in Checkpoint.objects.all():
            assert self.roots.setdefault(row.size, bytes(row.root)) == bytes(row.root), "two roots for one size"

    @invariant()
    def no_entry_twice_and_no_promise_forgotten(self) -> None:
        if not hasattr(self, "ground"):
            return
        leaves = [bytes(leaf) for leaf in Entry.objects.values_list("leaf_hash", flat=True)]
        assert len(leaves) == len(set(leaves))
        assert set(self.promised) - self.lost <= set(leaves)
        places = list(Entry.objects.exclude(index=None).values_list("index", flat=True))
        assert sorted(places) == list(range(len(places)))

    @invariant()
    def times_never_fall(self) -> None:
        if not hasattr(self, "ground"):
            return
        stated = [
            CHANNEL.first_policy.accept(row.note).times["log-pq"] if row.cosigned else 0
            for row in Checkpoint.objects.order_by("size")
        ]
        known = [time for time in stated if time]
        assert known == sorted(known)

    @invariant()
    def what_is_published_grew_from_all_before(self) -> None:
        if not hasattr(self, "ground"):
            return
        size = read_checkpoint_size(self.ground.store)
        for older, root in self.roots.items():
            if 0 < older < size:
                hashes = TileHashes(self.ground.store, size)
                proof = list(consistency_proof(older, size, hashes.read))
                verify_consistency(older, root, size, self.roots[size], proof)


def test_any_history_keeps_one_record() -> None:
    run_state_machine_as_test(
        Log,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
