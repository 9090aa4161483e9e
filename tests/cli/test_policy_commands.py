# SPDX-License-Identifier: AGPL-3.0-or-later
"""A channel gains a witness: by file exchange, under the policy before; old receipts hold, old policies are refused."""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur.witness.server import serve
from demur.witness.state import Witness
from serving import Channel, demur, free_port, practice_channel


@dataclass
class World:
    """A practice channel without a witness; `card` is that of one that runs."""

    channel: Channel
    home: Path
    card: Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home, port = tmp_path / "home", free_port()
        directory = tmp_path / "witness"
        done = demur(
            "witness", "new", directory, "--name", "union.example", "--address", f"http://127.0.0.1:{port}", home=home
        )
        assert done.code == 0, done.err
        assert demur("witness", "add", directory, channel.file, home=home).code == 0
        server = serve(Witness.read(directory), "127.0.0.1", port, now=lambda: int(time.time()))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        try:
            yield World(channel=channel, home=home, card=directory / "witness.card")
        finally:
            server.shutdown()
            server.server_close()


def ok(*words: str | Path, home: Path) -> str:
    done = demur(*words, home=home)
    assert done.code == 0, done.err
    return done.out


def file_as(world: World, name: str) -> None:
    ok("file", *world.channel.known, "--yes", "-o", name, "text.txt", home=world.home)


def gain_a_witness(world: World) -> None:
    directory, home = world.channel.directory, world.home
    world.channel.stop()
    ok("policy", "request", directory, "--witness", world.card, "-o", "policy.request", home=home)
    key = directory / "practice" / "officer.key"
    ok(
        "policy", "sign", "--key", key, "--channel", world.channel.file, "--yes", "policy.request", "-o", "policy.signed",
        home=home,
    )  # fmt: skip
    assert "number 1 is in force" in ok("policy", "adopt", directory, "policy.signed", home=home)
    assert "demands a witness" in ok("policy", "show", directory, home=home)
    world.channel.start()


def test_a_channel_gains_a_witness_and_old_receipts_hold(world: World) -> None:
    file_as(world, "before")
    old = (world.home / "before.receipt").read_bytes()
    gain_a_witness(world)
    file_as(world, "after")

    later = ok("verify", "after.receipt", "--channel", world.channel.file, home=world.home)
    assert "union.example" in later or "union" in later
    assert "unwitnessed" not in later
    earlier = ok("verify", "before.receipt", "--channel", world.channel.file, home=world.home)
    assert "unwitnessed" in earlier
    assert (world.home / "before.receipt").read_bytes() == old
    ok("status", "before.key", home=world.home)
    ok("verify", "before.receipt", "--channel", world.channel.file, home=world.home)
    listed = ok("desk", *world.channel.known, "--key", world.channel.key("custodian"), "list", home=world.home)
    assert listed.count("received") == 2


def test_a_server_that_serves_the_old_policy_again_is_refused(world: World) -> None:
    ok("trust", "add", world.channel.url, "--channel", world.channel.file, home=world.home)
    file_as(world, "before")
    world.channel.stop()
    yesterday = world.channel.directory.with_name("yesterday")
    shutil.copytree(world.channel.directory, yesterday)
    gain_a_witness(world)
    file_as(world, "after")

    world.channel.stop()
    shutil.rmtree(world.channel.directory)
    yesterday.rename(world.channel.directory)
    world.channel.start()
    done = demur("file", *world.channel.known, "--yes", "-o", "third", "text.txt", home=world.home)
    assert done.code == 1
    assert "policy" in done.err
    again = demur("status", "after.key", home=world.home)
    assert again.code == 1
    assert "old" in again.err


def test_a_change_that_no_officer_signed_is_not_adopted(world: World) -> None:
    directory, home = world.channel.directory, world.home
    ok("policy", "request", directory, "--witness", world.card, "-o", "policy.request", home=home)
    done = demur("policy", "adopt", directory, "policy.request", home=home)
    assert done.code == 1
    assert "No officer signed" in done.err
