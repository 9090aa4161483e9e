# SPDX-License-Identifier: AGPL-3.0-or-later
"""The machine was off when the tick came, or the officers changed the tick meanwhile: an honest log is never convicted of a broken
promise, whichever command comes next.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from demur.charter.builtin import builtin_text
from demur.client.errors import BadEvidence
from demur.client.evidence import broken_promise, verify_evidence
from demur.client.receipt import Receipt
from serving import Done, Founded, demur, later, real_channel

pytestmark = pytest.mark.story
DAILY = builtin_text("demur-default")
HOURLY = DAILY.replace('tick = "day"', 'tick = "hour"')
LOOKS = ("seat list", "policy show", "policy request", "charter request", "doctor", "doctor --deep", "backup")
NEW_KEYS = ("--accept-new-key", "custodian", "--accept-new-key", "head")
SIGNS = ("tick", "seat fill", "charter adopt", "policy adopt")


@dataclass
class World(Founded):
    """A real channel with an hourly tick, in which somebody filed ten minutes past the hour; its server is down. `now` is that time, in
    seconds from the true one.
    """

    receipt: Receipt
    now: int

    @property
    def directory(self) -> Path:
        return self.channel.directory

    @property
    def over(self) -> int:
        """Seconds to a time at which what was promised is over."""
        return self.receipt.opened_promise().not_after - int(time.time()) + 120

    def at(self, by: int, *words: str | Path) -> Done:
        """A command that ends well, `by` seconds from the true time."""
        done = demur(*words, home=self.home, more=later(by))
        assert done.code == 0, (words, done.err)
        return done

    def officer(self, *words: str | Path) -> None:
        self.run(*words[:2], "--key", "officer.key", "--channel", self.channel.file, "--yes", *words[2:])

    def rows(self, question: str) -> list[tuple[bytes, ...]]:
        with contextlib.closing(sqlite3.connect(self.directory / "demur.sqlite3")) as rows:
            return rows.execute(question).fetchall()

    @property
    def waiting(self) -> int:
        return len(self.rows('select 1 from entries_entry where "index" is null'))

    def accusations(self) -> Iterator[str]:
        """What every checkpoint that was ever signed could be made into, by somebody who has the promise."""
        leaves = [leaf for (leaf,) in self.rows('select leaf_hash from entries_entry order by "index"')]
        shown = leaves[len(leaves) - self.rows('select max("index") + 1 from entries_entry')[0][0] :]
        for size, note in self.rows("select size, note from entries_checkpoint"):
            own = self.receipt
            yield broken_promise(channel=own.channel, promise=own.promise, checkpoint=note, leaves=shown[:size])

    def is_convicted(self) -> bool:
        for accusation in self.accusations():
            try:
                verify_evidence(accusation.encode(), self.receipt.channel)
            except BadEvidence:
                continue
            return True
        return False


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("after-the-tick")
    (place / "hourly.toml").write_text(HOURLY)
    now = (600 - int(time.time())) % 3600  # these tests may take some minutes, and no tick is to come meanwhile
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        for name, value in later(now).items():
            patch.setenv(name, value)
        channel = stack.enter_context(real_channel(place, charter=str(place / "hourly.toml")))
        home = place / "home"
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        Founded(channel=channel, home=home).run("file", *channel.known, *NEW_KEYS, "--yes", "-o", "mine", "text.txt")
        channel.stop()
        world = World(channel=channel, home=home, receipt=Receipt.parse((home / "mine.receipt").read_bytes()), now=now)
        prepare(world)
        yield world


def prepare(world: World) -> None:
    """What the officers sign while the server is down: a daily tick, another head, another policy."""
    (world.home / "daily.toml").write_text(DAILY)
    world.run("charter", "request", world.directory, "daily.toml", "-o", "second.request")
    world.officer("charter", "sign", "second.request", "-o", "second.signed")
    world.run("key", "new", "--no-passphrase", "-o", "new.key")
    world.run(
        "seat", "fill", "--request", "--seat", "head", "--key", "new.key", "--holder", "new head", "--channel",
        world.channel.file, "-o", "new.request",
    )  # fmt: skip
    world.officer(
        "seat",
        "sign",
        "--charter",
        "charter.signed",
        "--after",
        "seats.signed",
        "new.request",
        "-o",
        "new-seats.signed",
    )
    world.officer("seat", "sign", "--charter", "second.signed", "--after", "seats.signed", "-o", "second-seats.signed")
    world.run("witness", "new", "union", "--name", "union.example", "--address", "http://127.0.0.1:9")
    world.run(
        "policy", "request", world.directory, "--witness", "union/witness.card", "--quorum", "0", "-o", "policy.request"
    )
    world.officer("policy", "sign", "policy.request", "-o", "policy.signed")


@pytest.fixture
def world(founded: World) -> Iterator[World]:
    """The same each time, down and with what was promised waiting."""
    kept = founded.directory.with_name("kept")
    shutil.copytree(founded.directory, kept, symlinks=True)
    try:
        assert founded.waiting == 2
        yield founded
    finally:
        shutil.rmtree(founded.directory)
        kept.rename(founded.directory)


@pytest.mark.parametrize("command", SIGNS)
def test_whatever_is_signed_after_a_promise_is_over_holds_what_was_promised(world: World, command: str) -> None:
    files = {"seat fill": "new-seats.signed", "charter adopt": "second.signed", "policy adopt": "policy.signed"}
    world.at(world.over, *command.split(), world.directory, *([files[command]] if command in files else []))
    assert not world.is_convicted()
    assert world.waiting == 0
    assert (
        len(world.rows("select 1 from entries_cover")) > 32
    )  # a tick like any other: filled to the charter's constant


@pytest.mark.parametrize("command", LOOKS)
def test_a_look_signs_nothing(world: World, command: str) -> None:
    before = world.rows("select size, note from entries_checkpoint order by size")
    more = {"policy request": "-o look.policy", "charter request": "daily.toml -o look.charter", "backup": "out"}
    name, *option = command.split(" --")
    words = [*name.split(), world.directory, *more.get(command, "").split(), *(f"--{word}" for word in option)]
    done = demur(*words, home=world.home, more=later(world.over))
    assert done.code == (1 if name == "doctor" else 0), done.err  # which says that promised entries wait
    assert world.rows("select size, note from entries_checkpoint order by size") == before
    assert not world.is_convicted()


def test_a_longer_tick_makes_no_promise_longer(world: World) -> None:
    """Filed under an hourly tick; then the officers adopt a daily one, and the server beats on."""
    world.at(world.now, "charter", "adopt", world.directory, "second.signed")
    world.at(world.now, "seat", "fill", world.directory, "second-seats.signed")
    assert world.waiting == 2
    world.at(world.over, "tick", world.directory)
    assert not world.is_convicted()
    assert world.waiting == 0


def test_what_is_not_yet_due_waits_whatever_else_is_published(world: World) -> None:
    world.at(world.now, "seat", "fill", world.directory, "new-seats.signed")
    world.at(world.now, "policy", "adopt", world.directory, "policy.signed")
    assert world.waiting == 2


def test_a_clock_that_ran_ahead_convicts_nobody_once_it_is_right_again(world: World) -> None:
    """A checkpoint states a time two days from now, and so does each that follows; then somebody files, and the head changes."""
    world.at(world.now + 2 * 86_400, "tick", world.directory)
    ahead = len(world.rows("select 1 from entries_checkpoint"))
    world.channel.start()
    world.run("file", *world.channel.known, *NEW_KEYS, "--yes", "-o", "second", "text.txt")
    world.channel.stop()
    filed = replace(world, receipt=Receipt.parse((world.home / "second.receipt").read_bytes()))
    assert filed.waiting == 2
    assert not filed.is_convicted()
    filed.at(filed.now, "seat", "fill", filed.directory, "new-seats.signed")
    assert len(filed.rows("select 1 from entries_checkpoint")) > ahead
    assert not filed.is_convicted()
    assert filed.waiting == 0
