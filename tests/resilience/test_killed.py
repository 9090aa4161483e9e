# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine dies again and again while four people file: no receipt lies, nothing is filed twice, no record is forked."""

import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from demur.charter.channel import ChannelFile
from demur.client.directory import InForce, read_directory
from demur.client.errors import ClientError
from demur.client.filing import PreparedFiling, prepare
from demur.client.http import Server
from demur.client.lookups import Record, wait_for_proofs
from demur.client.submitting import Filed, submit
from demur.client.wish import Wish
from demur.dissent.documents.dissent import from_text
from demur.record.checkpoint import Checkpoint
from demur.record.note import Note
from serving import Channel, demur, practice_channel

pytestmark = pytest.mark.adversary

CLIENTS = 4
FILINGS = 300
KILLS = 8
LEAST = 4  # trees that somebody saw
LAST = FILINGS - 40  # the filing after which nothing is killed any more, so that every kill finds the clients at work
TEXT = b"The crossing\n\nThe count was wrong.\n"


def clock() -> int:
    return int(time.time())


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with practice_channel(tmp_path) as served:
        yield served


def sealed(channel: Channel, in_force: InForce, count: int) -> list[PreparedFiling]:
    wish = Wish(dissent=from_text(TEXT, name="text.txt"), original=TEXT)
    limits = Server(channel.url).get_json("/api/v1/limits")
    return [
        prepare(wish, in_force, address=channel.url, limits=limits, now=clock(), random=os.urandom)
        for _ in range(count)
    ]


def kill(channel: Channel) -> None:
    """The power goes: the server and every process it started."""
    assert channel.process is not None
    os.killpg(channel.process.pid, signal.SIGKILL)
    channel.process.wait()
    channel.process = None


class Storm:
    """Four people who file until each filing is answered, somebody who reads every checkpoint, and the power that goes."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.known = ChannelFile.parse(channel.file.read_text()).channel
        in_force = read_directory(Server(channel.url), self.known, now=clock())
        self.waiting = sealed(channel, in_force, FILINGS)
        self.wanted = {filing.draft["case"] for filing in self.waiting}
        self.done: list[Filed] = []
        self.notes: set[str] = set()
        self.over = threading.Event()
        self.killed = 0

    def client(self) -> None:
        server = Server(self.channel.url, timeout=5)
        while self.waiting:
            with suppress(IndexError):
                self.file(server, self.waiting.pop())

    def file(self, server: Server, filing: PreparedFiling) -> None:
        while True:
            try:
                self.done.append(submit(server, filing, self.known, now=clock))
                return
            except ClientError:
                time.sleep(0.05)

    def watcher(self) -> None:
        server = Server(self.channel.url, timeout=2)
        while not self.over.is_set():
            with suppress(ClientError):
                self.notes.add(server.get("/checkpoint").decode())
            time.sleep(0.03)

    def rage(self) -> None:
        clients = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        watching = threading.Thread(target=self.watcher)
        chance = random.Random(20261123)
        for thread in [*clients, watching]:
            thread.start()
        # Spread by filings, not by seconds: however fast the machine is, every kill hits the run.
        for done in sorted(chance.sample(range(LAST), KILLS)):
            while len(self.done) < done and any(thread.is_alive() for thread in clients):
                time.sleep(0.001)
            time.sleep(chance.uniform(0, 0.04))
            self.killed += all(thread.is_alive() for thread in clients)
            kill(self.channel)
            self.channel.start()
        for thread in clients:
            thread.join(120)
        self.over.set()
        watching.join()


def test_killed_at_random_moments_it_loses_nothing_and_doubles_nothing(channel: Channel) -> None:
    storm = Storm(channel)
    storm.rage()

    assert (len(storm.done), storm.killed) == (FILINGS, KILLS)
    record = Record(server=Server(channel.url), channel=storm.known)
    for filed in storm.done:
        proofs = wait_for_proofs(record, filed.receipt.opened_promise().entries, tries=50)
        assert proofs is not None
        assert filed.receipt.with_proofs(proofs).verify(storm.known, now=clock()).recorded
    check_rows(storm)
    check_one_record(record, storm.notes)

    channel.stop()
    home = channel.directory.parent / "home"
    assert demur("tick", channel.directory, "--json", home=home).json["waiting"] == 0
    examined = demur("doctor", channel.directory, "--deep", home=home)
    assert examined.code == 0, examined.out


def check_rows(storm: Storm) -> None:
    """Each filing once, and every promise that was given has its entries."""
    with sqlite3.connect(storm.channel.directory / "demur.sqlite3") as rows:
        cases = [case for (case,) in rows.execute("select id from dissent_case")]
        leaves = {bytes(leaf) for (leaf,) in rows.execute("select leaf_hash from entries_entry")}
        entries = rows.execute("select count(*) from entries_entry").fetchone()[0]
    assert (len(cases), set(cases)) == (FILINGS, storm.wanted)
    assert (
        entries == len(leaves) == 2 * FILINGS + 4
    )  # two for each filing; charter, seats, what is kept, and the pages' files
    for filed in storm.done:
        assert set(filed.receipt.opened_promise().entries) <= leaves


def check_one_record(record: Record, notes: set[str]) -> None:
    """Every checkpoint that was ever shown is of the record that stands now."""
    trees = sorted({Checkpoint.parse(Note.parse(note).text) for note in notes}, key=lambda tree: tree.size)
    assert len({tree.size for tree in trees}) == len(trees), "two roots were shown for one size"
    last = Checkpoint.parse(Note.parse(record.server.get("/checkpoint").decode()).text)
    assert len(trees) >= LEAST
    for tree in trees:
        record.check_consistency(tree, last)
