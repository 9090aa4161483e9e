# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any history of filings, ticks, crashes, restores, rows that are set back, and a witness that is lost or forgets: one root for each size
that anybody saw, and every promise kept or kept waiting.

Everything is the real thing: rows, tiles, what `demur serve` asks before it starts, the ticker's steps, a witness that keeps its state on
disk, is asked over HTTP and refuses what it must, a backup of the rows and the steps by which `demur restore` takes back what mirrors hold,
and receipts that clients verify. Who has seen the record remembers all of it, and holds each signature of the log against that.
"""

import os
import random
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from record_tools import KEYS

from demur.charter.channel import Channel, ChannelFile
from demur.client.receipt import Receipt
from demur.dissent.models import Case, Event
from demur.dissent.recording import Recording, draft_event, record_draft
from demur.entries.errors import BelowFloor
from demur.entries.installation import Installation
from demur.entries.models import Checkpoint, Cover, Entry, Head
from demur.entries.ticking import Tick, publish_stored, sequence
from demur.entries.writer import Alone
from demur.entries.writing import append
from demur.people.models import Statement
from demur.record.checkpoint import Checkpoint as TreeHead
from demur.record.entry import case_entry, readable_entry
from demur.record.errors import PolicyError, TileError
from demur.record.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of, verify_consistency
from demur.record.note import Note
from demur.record.policy import Named, Policy
from demur.record.promise import Promise
from demur.record.proof import Proof
from demur.record.tiles import CHECKPOINT, PosixTiles, TileHashes, read_checkpoint_size
from demur.site import restoring
from demur.site.configuration import NoInstallation
from demur.site.disputes import InDispute
from demur.site.floor import check_floor
from demur.site.left import Mirror
from demur.site.ticker import publish_now
from demur.site.witnesses import Witnesses
from demur.witness.server import serve
from demur.witness.state import Witness, found_witness

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.stateful]
START = 1_795_430_000
ADDRESS = "https://dissent.example.org"
CASE = dict.fromkeys(("charter", "author", "bearer", "token", "salt", "filing", "commitment", "last"), "00" * 32)


def checkpoint_alone(read: Mirror, path: str) -> bytes | None:
    """A mirror of which everything is lost but the checkpoint."""
    return read(path) if path == CHECKPOINT else None


class Log(RuleBasedStateMachine):
    """One log on real rows and real tiles; its witness comes, goes and forgets, the machine crashes, is set back, and is restored."""

    @initialize()
    def found(self) -> None:
        for table in (Event, Case, Entry, Checkpoint, Cover, Head, Statement):
            table.objects.all().delete()
        self.folder = Path(tempfile.mkdtemp())
        self.tiles = PosixTiles(self.folder / "record")
        self.now = START
        self.found_witness()
        self.ground = Installation(
            channel=self.channel,
            address=ADDRESS,
            keys=KEYS,
            store=self.tiles,
            random=os.urandom,
            shuffler=random.Random(7),
            grace=300,
            writer=Alone(),
            files=self.folder,
            policy_now=lambda: self.channel.policy_object,
        )
        self.settings = override_settings(DEMUR_DIR=self.folder)
        self.settings.enable()
        self.witnesses = Witnesses(self.ground)
        self.serving = True
        self.laid_over = False  # whether rows were laid over those in use, beside tiles that may know more
        self.forgot = False  # whether the witness was set back: then it may sign what it refused before
        self.promises: list[tuple[str, tuple[bytes, ...]]] = []  # notes, and the leaves that they promise
        self.written: set[bytes] = set()
        self.lost: set[bytes] = set()
        self.receipts: dict[str, Receipt] = {}  # by promise, once recorded
        self.seen: dict[int, bytes] = {}  # every root that was shown, by size; never forgotten
        self.tree: list[bytes] = []  # the leaves of the largest tree that was shown
        self.judged: set[tuple[int, bytes, int]] = (
            set()
        )  # size and root of what was signed, held against how much was seen

    def found_witness(self) -> None:
        self.keeper = self.folder / "witness"
        made = found_witness(self.keeper, "union.example", random=os.urandom)
        made.add(KEYS.note_signer.verifier)
        self.running: ThreadingHTTPServer | None = None
        self.port = 0
        self.witness_comes()
        named = Named(name="union.example", vkeys=made.vkeys, url=f"http://127.0.0.1:{self.port}")
        self.channel = Channel(
            origin=KEYS.origin,
            ed25519_vkey=KEYS.vkeys[0],
            mldsa_vkey=KEYS.vkeys[1],
            officers=("aa" * 32,),
            k=1,
            policy=Policy.for_log(KEYS.vkeys, [named], 1).text,
        )
        file = ChannelFile(channel=self.channel, address=ADDRESS)
        (self.folder / "channel.toml").write_text(file.to_toml())

    def teardown(self) -> None:
        if not hasattr(self, "settings"):
            return
        self.settings.disable()
        self.witness_goes()
        shutil.rmtree(self.folder, ignore_errors=True)
        for receipt in self.receipts.values():
            assert receipt.verify(self.channel, now=self.now).recorded

    # people

    @rule()
    def file(self) -> None:
        """Two entries in one transaction, and a promise of both."""
        own, case_id = case_entry(os.urandom(32)), os.urandom(16).hex()
        case = Case(id=case_id, mailbox=case_id, chain=b"\0" * 32, state="filed", **CASE)
        recording = Recording(ground=self.ground, tick=self.now)
        event = {"seq": 1, "type": "received", "time": self.now}
        with transaction.atomic():
            draft = draft_event(case, event, body="", recording=recording, beside=(leaf_hash(own),))
            case.save()
            row = record_draft(draft, own, ground=self.ground)
        leaves = (leaf_hash(own), row["leaf_hash"])
        self.promises.append((row["promise"], leaves))
        self.written |= set(leaves)

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
            value = {"v": 1, "type": "note", "origin": KEYS.origin, "text": os.urandom(8).hex()}
            self.written |= set(append(readable_entry(value)))

    # the witness

    def witness_comes(self) -> None:
        self.running = serve(Witness.read(self.keeper), "127.0.0.1", self.port, now=lambda: max(self.now, 1))
        self.port = self.running.server_address[1]
        threading.Thread(target=self.running.serve_forever, args=(0.005,), daemon=True).start()

    def witness_goes(self) -> None:
        if self.running is not None:
            self.running.shutdown()
            self.running.server_close()
            self.running = None

    @rule()
    def lose_or_find_the_witness(self) -> None:
        """It crashes, or starts again from what it kept."""
        if self.running is None:
            self.witness_comes()
        else:
            self.witness_goes()

    @rule()
    def copy_what_the_witness_knows(self) -> None:
        shutil.copytree(self.keeper / "logs", self.folder / "remembered", dirs_exist_ok=True)

    @precondition(lambda self: (self.folder / "remembered").exists())
    @rule()
    def set_the_witness_back(self) -> None:
        """Its keeper lays an older copy of its state over it: it may sign another record now, and the log must not show it one."""
        self.witness_goes()
        shutil.rmtree(self.keeper / "logs")
        shutil.copytree(self.folder / "remembered", self.keeper / "logs")
        self.forgot = True
        self.witness_comes()

    # the machine

    @rule(by=st.sampled_from([-100_000, -1, 1, 60, 90_000]))
    def set_the_clock(self, by: int) -> None:
        self.now += by

    @rule(ahead=st.sampled_from([3600, 172_800]), readable=st.booleans())
    def tick_ahead_of_time(self, *, ahead: int, readable: bool) -> None:
        """The clock runs ahead while a tick is signed and is set right; then somebody files, and something readable is published."""
        self.now += ahead
        self.tick(readable=readable)
        self.now -= ahead
        self.file()
        self.adopt()
        self.tick(readable=True)

    def tick_of(self, *, fill: int = 0, readable: bool = False) -> Tick:
        return Tick(now=self.now, fill=fill, readable_only=readable)

    @rule(readable=st.sampled_from([False, False, True]))
    def tick(self, *, readable: bool) -> None:
        if not self.serving:
            self.start()
        if self.serving:
            with suppress(InDispute, BelowFloor), self.tiles_that_know_more():
                publish_now(self.ground, self.tick_of(fill=8, readable=readable), witnesses=self.witnesses)

    @contextmanager
    def tiles_that_know_more(self) -> Iterator[None]:
        """Tiles of a size that was never shown bind nobody, but they are not changed either: then nothing is published before a restore."""
        try:
            yield
        except TileError:
            assert self.laid_over

    def start(self) -> None:
        """What `demur serve` asks first, of the same rows in a file; it refuses, or serves."""
        connection.ensure_connection()
        with closing(sqlite3.connect(self.folder / "demur.sqlite3")) as copy:
            connection.connection.backup(copy)
        try:
            check_floor(self.folder, now=self.now)
            self.serving = True
        except NoInstallation:
            self.serving = False
        self.witnesses = Witnesses(self.ground)  # what it knew of them went with the process

    @rule(fill=st.sampled_from([0, 4]), steps=st.integers(1, 3))
    def crash_in_a_tick(self, fill: int, steps: int) -> None:
        """Signed and stored, and the machine dies: before a tile is written, before a witness is asked, or before its word is kept."""
        if not self.serving:
            return
        with suppress(InDispute, BelowFloor), self.tiles_that_know_more():
            self.witnesses.consult(now=self.now)
            sequence(self.ground, self.tick_of(fill=fill))
            last = publish_stored(self.tiles) if steps > 1 else None
            if last is not None and steps > 2:
                self.witnesses.cosigned(last, now=self.now)
        self.start()

    @rule()
    def back_up(self) -> None:
        connection.ensure_connection()
        with sqlite3.connect(self.folder / "backup.sqlite3") as copy:
            connection.connection.backup(copy)
        copy.close()

    @precondition(lambda self: (self.folder / "backup.sqlite3").exists())
    @rule(whole=st.sampled_from([True, True, False]))
    def restore(self, *, whole: bool) -> None:
        """The rows are lost; what the backup and the mirrors hold is put together as `demur restore` does. If not `whole`, the entries of
        the mirrors are lost too, and their checkpoints alone say how far the record had come.
        """
        self.copy_to_the_mirror()
        mirrors = [self.tiles.read, PosixTiles(self.folder / "mirror").read]
        self.put_together(mirrors if whole else [partial(checkpoint_alone, read) for read in mirrors])
        self.laid_over = False
        self.start()

    @precondition(lambda self: (self.folder / "backup.sqlite3").exists())
    @rule(starts=st.booleans())
    def set_the_rows_back(self, *, starts: bool) -> None:
        """Somebody lays the rows of a backup over those in use, under the running server or before a start; tiles stay as they are."""
        with closing(sqlite3.connect(self.folder / "backup.sqlite3")) as backup:
            self.take_rows(backup)
        self.laid_over = True
        if starts:
            self.start()

    @rule(how=st.sampled_from(["under the server", "restored by a checkpoint alone", "before a start", "restored"]))
    def lose_a_day(self, how: str) -> None:
        """A backup, a day of work, the day is lost in one of the ways above, and work goes on as if nothing had been."""
        self.back_up()
        self.file()
        self.tick(readable=False)
        self.what_anybody_saw_is_of_one_record()  # somebody looks before the day is lost
        if how.startswith("restored"):
            self.restore(whole=how == "restored")
        else:
            self.set_the_rows_back(starts=how == "before a start")
        self.file()
        self.tick(readable=False)

    def copy_to_the_mirror(self) -> None:
        """Somebody mirrors the record as it is shown; nobody mirrors a smaller one over it."""
        shown, kept = (read_checkpoint_size(PosixTiles(self.folder / name)) for name in ("record", "mirror"))
        if shown > kept:
            shutil.copytree(self.folder / "record", self.folder / "mirror", dirs_exist_ok=True)

    def put_together(self, mirrors: list[Mirror]) -> None:
        work = self.folder / "work"
        work.mkdir()
        shutil.copy(self.folder / "backup.sqlite3", work / "demur.sqlite3")
        shutil.copy(self.folder / "channel.toml", work)
        own = restoring._policy(work)
        shown = sorted(restoring._shown(mirrors, own), key=restoring._by_size, reverse=True)
        with closing(sqlite3.connect(work / "demur.sqlite3")) as rows:
            first = rows.execute('SELECT coalesce(max("index") + 1, 0) FROM entries_entry').fetchone()[0]
        size, _ = restoring._take_back(work, shown)
        restoring._check_one_record(work, shown)
        floor = max([size, *(row.checkpoint.size for row in shown)])
        restoring._finish(work, floor=floor, first=first, size=size, gone=(), origin=KEYS.origin, now=self.now)
        with closing(sqlite3.connect(work / "demur.sqlite3")) as restored:
            self.take_rows(restored)
        shutil.rmtree(self.folder / "record", ignore_errors=True)  # tiles are made anew, from the rows
        (work / "record").rename(self.folder / "record")
        shutil.rmtree(work)

    def take_rows(self, source: sqlite3.Connection) -> None:
        connection.ensure_connection()
        source.backup(connection.connection)
        self.lost |= self.written - {bytes(leaf) for leaf in Entry.objects.values_list("leaf_hash", flat=True)}

    # what must hold after every step

    @invariant()
    def what_anybody_saw_is_of_one_record(self) -> None:
        """The checkpoint that is shown grew from every one that was ever shown, or proven to an author; no root is ever forgotten."""
        if not hasattr(self, "ground") or not (self.folder / "record" / "checkpoint").exists():
            return
        head = TreeHead.parse(Note.parse(self.note()).text)
        assert head.size >= max(self.seen, default=0), "the record went back"
        assert self.seen.setdefault(head.size, head.root) == head.root, "two roots were shown for one size"
        if head.size > len(self.tree):
            leaves = self.leaves()[: head.size]
            assert root_of(leaves) == head.root, "what is shown is not what the rows hold"
            assert leaves[: len(self.tree)] == self.tree, "what was shown before was changed"
            self.tree = leaves
        for older, root in self.seen.items():
            if 0 < older < head.size:
                hashes = TileHashes(self.tiles, head.size)
                proof = list(consistency_proof(older, head.size, hashes.read))
                verify_consistency(older, root, head.size, head.root, proof)

    def leaves(self) -> list[bytes]:
        """The leaf hashes of the rows that have a place, in order."""
        rows = Entry.objects.exclude(index=None).order_by("index").values_list("leaf_hash", flat=True)
        return [bytes(leaf) for leaf in rows]

    @invariant()
    def what_is_signed_is_of_the_record_that_was_seen(self) -> None:
        """Whatever the log signed, shown or not: with one more signature in the world somebody could be led to another record."""
        if not hasattr(self, "ground"):
            return
        for size, root in Checkpoint.objects.values_list("size", "root"):
            if (size, bytes(root), len(self.tree)) not in self.judged:
                leaves = self.tree[:size] if size <= len(self.tree) else self.leaves()[:size]
                assert root_of(leaves) == bytes(root), "another root was signed for a size that was seen"
                assert leaves[: len(self.tree)] == self.tree[:size], (
                    "a record was signed that does not start with what was seen"
                )
                self.judged.add((size, bytes(root), len(self.tree)))

    @invariant()
    def a_witness_signs_one_record(self) -> None:
        """Of a size that the witness signed, the log's rows hold no other root with its word; nobody is shown another record beside."""
        if not hasattr(self, "ground") or self.forgot:
            return
        known = Witness.read(self.keeper).log(KEYS.origin).last
        if known is None:
            return
        for row in Checkpoint.objects.filter(size__gte=known.size):
            same = (row.size, bytes(row.root)) == (known.size, known.root)
            assert same or not self.has_its_word(row), "the witness signed two records, or forgot what it signed"

    def has_its_word(self, row: Checkpoint) -> bool:
        with suppress(PolicyError):
            return bool(self.channel.policy_object.accept(row.note).witnesses)
        return False

    @invariant()
    def no_entry_twice_and_no_promise_forgotten(self) -> None:
        if not hasattr(self, "ground"):
            return
        leaves = [bytes(leaf) for leaf in Entry.objects.values_list("leaf_hash", flat=True)]
        assert len(leaves) == len(set(leaves))
        assert self.written - self.lost <= set(leaves)
        places = list(Entry.objects.exclude(index=None).values_list("index", flat=True))
        assert sorted(places) == list(range(len(places)))

    @invariant()
    def times_never_fall(self) -> None:
        if not hasattr(self, "ground"):
            return
        own = Policy.for_log(KEYS.vkeys)
        times = [own.accept(row.note).times["log-pq"] for row in Checkpoint.objects.order_by("size")]
        assert times == sorted(times)

    @invariant()
    def no_promise_is_broken(self) -> None:
        """No checkpoint states a later time than a promise and lacks its entries, unless a restore lost them: nothing convicts the log."""
        if not hasattr(self, "ground"):
            return
        own = Policy.for_log(KEYS.vkeys)
        times = [(row.size, own.accept(row.note).times["log-pq"]) for row in Checkpoint.objects.order_by("size")]
        shown = self.leaves()
        for note, leaves in self.promises:
            late = [size for size, time in times if time > Promise.parse(Note.parse(note).text).not_after]
            if late and not self.lost & set(leaves):
                assert set(leaves) <= set(shown[: late[0]]), "a promise was broken"

    @invariant()
    def every_promise_gets_a_receipt_that_holds(self) -> None:
        """As soon as the tree that is shown holds both entries, under a checkpoint that the policy accepts."""
        if not hasattr(self, "ground") or not (self.folder / "record" / "checkpoint").exists():
            return
        note = self.note()
        try:
            size = self.channel.policy_object.accept(note).checkpoint.size
        except PolicyError:
            return
        places = {bytes(leaf): n for leaf, n in Entry.objects.exclude(index=None).values_list("leaf_hash", "index")}
        hashes = TileHashes(self.tiles, size)
        for promise, leaves in self.promises:
            if promise not in self.receipts and all(places.get(leaf, size) < size for leaf in leaves):
                first, second = (
                    Proof(
                        index=places[leaf],
                        hashes=tuple(inclusion_proof(places[leaf], size, hashes.read)),
                        checkpoint_text=note,
                    ).text
                    for leaf in leaves
                )
                made = Receipt(channel=self.channel, promise=promise, proofs=(first, second))
                assert made.verify(self.channel, now=self.now).recorded
                self.receipts[promise] = made

    def note(self) -> str:
        return (self.folder / "record" / "checkpoint").read_text()


def test_any_history_keeps_one_record() -> None:
    run_state_machine_as_test(
        Log,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_rows_laid_over_a_restore_that_knew_only_how_far_the_record_had_come_sign_nothing() -> None:
    """The floor stands beside the tiles too: whoever sets the rows back by hand, while the witness is away, takes the rows' own memory."""
    log = Log()
    log.found()
    try:
        log.crash_in_a_tick(fill=4, steps=1)
        log.lose_or_find_the_witness()
        log.lose_a_day("restored by a checkpoint alone")
        log.set_the_rows_back(starts=False)
        log.tick(readable=False)
        log.what_anybody_saw_is_of_one_record()
    finally:
        log.teardown()
