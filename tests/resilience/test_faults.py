# SPDX-License-Identifier: AGPL-3.0-or-later
"""The process dies, or the disk fills, at every durable step of a filing's way to the record, one after the other."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur.charter.channel import Channel as Known
from demur.charter.channel import ChannelFile
from demur.client.directory import read_directory
from demur.client.filing import prepare
from demur.client.http import Server
from demur.client.wish import Wish
from demur.dissent.documents.dissent import from_text
from demur.record.checkpoint import Checkpoint
from demur.record.note import Note
from demur.record.promise import open_promise
from serving import demur, practice_channel

pytestmark = pytest.mark.adversary
TEXT = b"The crossing\n\nThe count was wrong.\n"
FAULTY = Path(__file__).with_name("faulty.py")


@dataclass(frozen=True)
class World:
    """A practice directory that nobody serves, and a filing sealed for it."""

    directory: Path
    bundle: Path
    known: Known


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("faults")
    with practice_channel(place) as channel:
        known = ChannelFile.parse(channel.file.read_text()).channel
        server, now = Server(channel.url), int(time.time())
        wish = Wish(dissent=from_text(TEXT, name="text.txt"), original=TEXT)
        prepared = prepare(
            wish,
            read_directory(server, known, now=now),
            address=channel.url,
            limits=server.get_json("/api/v1/limits"),
            now=now,
            random=os.urandom,
        )
        channel.stop()
        bundle = place / "filing.bundle"
        bundle.write_bytes(prepared.bundle)
        yield World(directory=channel.directory, bundle=bundle, known=known)


def run(directory: Path, bundle: Path, step: int, how: str) -> tuple[int, str]:
    """How many durable steps there were, and what came of it; "killed" where the process ended at its step."""
    environment = {**os.environ, "DEMUR_DIR": str(directory)}
    command = [sys.executable, str(FAULTY), str(directory), str(bundle), str(step), how]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 9:
        return step, "killed"
    assert done.returncode == 0, done.stderr
    count, came = done.stdout.split()
    return int(count), came


def shown(directory: Path) -> dict[int, str]:
    """Root by size of every checkpoint that is stored or published."""
    with sqlite3.connect(directory / "demur.sqlite3") as rows:
        notes = [note for (note,) in rows.execute("select note from entries_checkpoint")]
    notes.append((directory / "record" / "checkpoint").read_text())
    trees = [Checkpoint.parse(Note.parse(note).text) for note in notes]
    roots = {tree.size: tree.root.hex() for tree in trees}
    assert len({(tree.size, tree.root) for tree in trees}) == len(roots), "two roots for one size"
    return roots


@pytest.mark.parametrize("how", ["exit", "full"])
def test_at_every_durable_step_nothing_is_lost_doubled_or_forked(world: World, tmp_path: Path, how: str) -> None:
    whole, _ = run_on_copy(world, tmp_path / "whole", 0, how)
    assert whole >= 6  # the commit of the filing, that of the tick, tiles, bundle, checkpoint
    outcomes = [run_on_copy(world, tmp_path / f"{how}-{step}", step, how)[1] for step in range(1, whole + 1)]
    assert set(outcomes) == ({"killed"} if how == "exit" else set(outcomes) - {"done"})


def run_on_copy(world: World, directory: Path, step: int, how: str) -> tuple[int, str]:
    shutil.copytree(world.directory, directory)
    bundle = directory.with_suffix(".bundle")
    shutil.copy(world.bundle, bundle)
    steps, came = run(directory, bundle, step, how)
    promised = bundle.with_suffix(".promise")
    first = promised.read_text() if promised.exists() else ""
    before = shown(directory)

    # The machine is back, or there is room again: the client sends the same filing once more.
    assert run(directory, bundle, 0, how)[1] == "done"
    after = shown(directory)
    assert all(after[size] == root for size, root in before.items())
    with sqlite3.connect(directory / "demur.sqlite3") as rows:
        assert rows.execute("select count(*) from dissent_case").fetchone() == (1,)
        leaves = [bytes(leaf) for (leaf,) in rows.execute("select leaf_hash from entries_entry")]
        assert rows.execute('select count(*) from entries_entry where "index" is null').fetchone() == (0,)
    assert len(leaves) == len(set(leaves)) == 6  # charter, seats, what is kept, the pages' files; two of the filing
    for note in {first, promised.read_text()} - {""}:
        assert set(open_promise(note, world.known.log_verifier).entries) <= set(leaves)
    examined = demur("doctor", directory, "--deep", home=directory.parent / "home")
    assert examined.code == 0, (step, examined.out)
    shutil.rmtree(directory)
    return steps, came
