# SPDX-License-Identifier: AGPL-3.0-or-later
"""A case with a large attachment, lost at a restore: it comes back whole, or everybody is told, and the installation can be backed up."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import Done, Founded, practice_channel

pytestmark = pytest.mark.adversary


@dataclass
class World(Founded):
    """Backed up empty, then Amina filed with a large attachment, then restored. It serves."""

    place: Path

    def again(self) -> Done:
        return self.run("file", "--again", "amina.key", "--json")

    def fetch(self, place: str, *, code: int = 0) -> Done:
        case = self.run("status", "amina.key", "--json").json["case"]
        desk = ["desk", *self.channel.known, "--key", self.channel.key("custodian")]
        return self.run(*desk, "fetch", case, "-o", place, code=code)

    def missing(self) -> list[int]:
        with sqlite3.connect(self.channel.directory / "demur.sqlite3") as rows:
            return [row[0] for row in rows.execute("select missing from dissent_sealedfile where data is null")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path, charter="demur-default") as channel:
        home = tmp_path / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        (home / "large.bin").write_bytes(os.urandom(3_000_000))
        made = World(channel=channel, home=home, place=tmp_path)
        made.run("backup", channel.directory, tmp_path / "empty")
        made.run(
            "file", *channel.known, "--yes", "--as-is", "--attach", "large.bin", "-o", "amina", "text.txt"
        )  # fmt: skip
        channel.stop()
        made.run("restore", tmp_path / "empty", channel.directory)
        channel.start()
        yield made


def test_the_attachment_comes_back_byte_for_byte_with_the_case(world: World) -> None:
    told = world.again().json
    assert (told["missing"], told["attachments_lost"]) == (True, 0)
    assert world.missing() == [0]
    world.fetch("out")
    assert (world.home / "out" / "attachment-1-large.bin").read_bytes() == (world.home / "large.bin").read_bytes()
    world.run("backup", world.channel.directory, world.place / "later")


def test_without_the_sealed_copy_everybody_is_told_and_backups_go_on(world: World) -> None:
    aside = world.home / "aside"
    (world.home / "amina.sealed-1").rename(aside)
    (world.home / "amina.sealed-2").write_bytes(aside.read_bytes()[:-1] + b"x")  # a damaged copy is no copy
    told = world.run("file", "--again", "amina.key")
    assert "Large attachments that the channel lacks" in told.out
    assert world.missing() == [1]
    told = world.fetch("out", code=1)
    assert "attachment 1, large.bin (3000000 bytes), is not on the server" in told.err
    assert "Only its author can send it again, with `demur file --again`" in told.err
    assert (world.home / "out" / "original-text.txt").read_bytes() == (world.home / "text.txt").read_bytes()
    assert not list((world.home / "out").glob("*large*"))

    world.run("backup", world.channel.directory, world.place / "later")
    world.channel.stop()
    assert "lost at a restore" in world.run("doctor", world.channel.directory, "--deep", code=1).out
    world.run("restore", world.place / "later", world.channel.directory)
    world.channel.start()
    assert world.missing() == [1]

    aside.rename(world.home / "amina.sealed-1")
    told = world.again().json
    assert (told["missing"], told["attachments_lost"]) == (False, 0)
    assert world.missing() == [0]
    written = world.fetch("out").out  # into the same folder: the rest is added, and what was there stays
    assert (world.home / "out" / "attachment-1-large.bin").read_bytes() == (world.home / "large.bin").read_bytes()
    assert "attachment-1-large.bin" in written
    (world.home / "out" / "original-text.txt").write_text("mine")
    assert "nothing is overwritten" in world.fetch("out", code=1).err
