# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to before the officers changed the seats: what they signed since stands in the record, and is in force again."""

import json
import shutil
import sqlite3
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur import canonical
from demur.charter.officers import sign_statement
from demur.seal.keyfile import OfficerKey, read
from serving import Done, Founded, practice_channel

pytestmark = pytest.mark.adversary


@dataclass
class World(Founded):
    """Backed up with all seats filled; then the political seat was vacated, and Amina, who knows the channel, filed."""

    backup: Path
    signed: Path

    def vacated(self) -> Path:
        """The seats in force without the political one, as the practice officer signs them."""
        with urllib.request.urlopen(f"{self.channel.url}/api/v1/directory") as answer:
            statement = json.load(answer)["roster"]["entry"]
        kept = [row for row in statement["seats"] if row["seat"] != "political"]
        statement = {name: value for name, value in statement.items() if name != "officers"}
        statement |= {"serial": statement["serial"] + 1, "seats": kept}
        key = read(self.channel.key("officer").read_bytes(), passphrase=None)
        assert isinstance(key, OfficerKey)
        signed = self.home / "seats.signed"
        signed.write_bytes(canonical.dump(sign_statement(statement, key.signing)))
        return signed

    def restore(self) -> None:
        self.run("restore", self.backup, self.channel.directory)
        self.channel.start()

    def political(self, *, code: int) -> Done:
        return self.run("desk", *self.channel.known, "--key", self.channel.key("political"), "list", code=code)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home, backup = tmp_path / "home", tmp_path / "backup"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        made = World(channel=channel, home=home, backup=backup, signed=home / "seats.signed")
        made.run("trust", "add", channel.url, "--channel", channel.file)
        made.political(code=0)
        made.run("backup", channel.directory, backup)
        made.vacated()
        channel.stop()
        made.run("seat", "fill", channel.directory, made.signed)
        channel.start()
        made.political(code=1)
        made.run("file", "--server", channel.url, "--yes", "-o", "amina", "text.txt")
        channel.stop()
        yield made


def test_a_revoked_holder_stays_revoked_and_nobody_is_told_that_the_log_went_back(world: World) -> None:
    world.restore()
    assert "vacant" in world.political(code=1).err
    world.run("file", "--server", world.channel.url, "--yes", "-o", "bima", "text.txt")
    world.run("file", "--again", "amina.key")
    world.run("status", "amina.key")
    assert not list(world.home.glob("*.evidence"))
    world.channel.stop()
    world.run("seat", "fill", world.channel.directory, world.signed)  # the same again changes nothing


def test_seats_whose_row_is_gone_are_filled_again_from_the_officers_file(world: World) -> None:
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        rows.execute("delete from people_statement where kind = 'seats' and number = 2")
    world.run("seat", "fill", world.channel.directory, world.signed)
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        told = rows.execute(
            "select count(*) from people_statement s join entries_entry e using (leaf_hash) where s.number = 2"
        ).fetchone()
    assert told == (1,)
    world.channel.start()
    world.political(code=1)


def test_rules_that_no_officer_signed_are_not_taken_back(world: World) -> None:
    from demur.charter.channel import ChannelFile
    from demur.record.entry import readable_entry
    from demur.site.retaken import take_back_statements

    channel = ChannelFile.parse(world.channel.file.read_text()).channel
    signed = canonical.load_object(world.signed.read_bytes())
    forged = {**signed, "serial": 3}
    copy = world.home / "rows.sqlite3"
    shutil.copy(world.channel.directory / "demur.sqlite3", copy)
    with sqlite3.connect(copy) as rows:
        assert take_back_statements(rows, [readable_entry(forged), readable_entry(signed)], channel) == 0
        rows.execute("delete from people_statement where number = 2")
        assert take_back_statements(rows, [readable_entry(forged), readable_entry(signed)], channel) == 1
