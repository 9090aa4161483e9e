# SPDX-License-Identifier: AGPL-3.0-or-later
"""The log under random histories: whatever happens in whatever order, old checkpoints and proofs go on holding."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from record_samples import KEYS, NOW, ORIGIN

from demur.record.checkpoint import Checkpoint, sign_checkpoint
from demur.record.merkle import CompactRange, consistency_proof, leaf_hash, verify_consistency
from demur.record.merkle import inclusion_proof as prove
from demur.record.policy import Policy
from demur.record.proof import Proof
from demur.record.tiles import PosixTiles, TileHashes, publish, read_checkpoint_size, write_checkpoint

POLICY = Policy.for_log(KEYS.vkeys)


class History(RuleBasedStateMachine):
    """Rows, the edge stored beside them, tiles on disk; appended to, published, killed half-way, reopened, rebuilt."""

    @initialize()
    def empty(self) -> None:
        """A log that has recorded nothing."""
        self.directory = Path(tempfile.mkdtemp())
        self.store = PosixTiles(self.directory)
        self.rows: list[bytes] = []
        self.edge = CompactRange().to_bytes()
        self.signed: list[Checkpoint] = []
        self.notes: list[str] = []

    @rule(count=st.integers(1, 300))
    def append(self, count: int) -> None:
        """Entries come in; the edge is read and written as by a process that knows nothing else."""
        edge = CompactRange.from_bytes(self.edge)
        for _ in range(count):
            self.rows.append(f"entry {len(self.rows)}".encode())
            edge.append(leaf_hash(self.rows[-1]))
        self.edge = edge.to_bytes()

    @rule()
    def sign(self) -> None:
        """A checkpoint is signed and stored; nothing is on disk yet."""
        edge = CompactRange.from_bytes(self.edge)
        if edge.size and (not self.signed or self.signed[-1].size < edge.size):
            self.signed.append(Checkpoint(origin=ORIGIN, size=edge.size, root=edge.root()))
            self.notes.append(sign_checkpoint(self.signed[-1], KEYS, now=NOW + len(self.notes)))

    @precondition(lambda self: self.signed)
    @rule(whole=st.booleans())
    def publish(self, whole: bool) -> None:
        """The last signed checkpoint goes to disk, or the power goes before its last step."""
        done = read_checkpoint_size(self.store)
        publish(self.store, old_size=done, new_size=self.signed[-1].size, entries=lambda a, b: self.rows[a:b])
        if whole:
            write_checkpoint(self.store, self.notes[-1])

    @precondition(lambda self: self.notes)
    @rule(data=st.data())
    def publish_late(self, data: st.DataObject) -> None:
        """A slow process publishes a checkpoint that others may have overtaken; the record does not go back."""
        before = read_checkpoint_size(self.store)
        at = data.draw(st.integers(0, len(self.notes) - 1))
        if self.signed[at].size <= before:
            write_checkpoint(self.store, self.notes[at])
        assert read_checkpoint_size(self.store) == before

    @rule()
    def reopen(self) -> None:
        """The process ends and another starts."""
        self.store = PosixTiles(self.directory)

    @precondition(lambda self: self.signed)
    @rule()
    def rebuild(self) -> None:
        """The tiles are lost and made again from the rows."""
        done = read_checkpoint_size(self.store)
        shutil.rmtree(self.directory / "tile", ignore_errors=True)
        self.store = PosixTiles(self.directory)
        publish(self.store, old_size=0, new_size=done, entries=lambda a, b: self.rows[a:b])

    @precondition(lambda self: read_checkpoint_size(self.store) > 0)
    @rule(data=st.data())
    def prove(self, data: st.DataObject) -> None:
        """Any entry is proven in any signed tree that is published, and every older tree is extended by it."""
        size = read_checkpoint_size(self.store)
        at = data.draw(st.sampled_from([n for n, tree in enumerate(self.signed) if tree.size <= size]))
        tree = self.signed[at]
        index = data.draw(st.integers(0, tree.size - 1))
        read = TileHashes(self.store, tree.size).read
        proof = Proof(index=index, hashes=tuple(prove(index, tree.size, read)), checkpoint_text=self.notes[at])
        assert Proof.parse(proof.text).verify(leaf_hash(self.rows[index]), POLICY).checkpoint == tree
        for old in self.signed[:at]:
            verify_consistency(old.size, old.root, tree.size, tree.root, consistency_proof(old.size, tree.size, read))

    @invariant()
    def the_published_checkpoint_is_one_that_was_signed(self) -> None:
        """No reader is ever shown a tree that the log did not sign."""
        size = read_checkpoint_size(self.store)
        assert size == 0 or size in {tree.size for tree in self.signed}

    def teardown(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.directory, ignore_errors=True)


History.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestHistory = pytest.mark.stateful(History.TestCase)
