# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to yesterday: the log refuses to fork, receipts of today still verify, and authors bring their cases back."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import Channel, Done, demur, practice_channel

pytestmark = pytest.mark.adversary


def file_as(channel: Channel, home: Path, name: str, *more: str) -> None:
    home.mkdir(exist_ok=True)
    (home / f"{name}.txt").write_text(f"The crossing, told by {name}\n\nThe count was wrong.\n")
    done = demur("file", *channel.known, "--yes", "--json", "-o", name, *more, f"{name}.txt", home=home)
    assert done.code == 0, done.err


@dataclass
class World:
    """Amina filed before the backup, Bima after it. The server is stopped."""

    channel: Channel
    home: Path
    backup: Path

    def restore(self, *more: str | Path, code: int = 0) -> Done:
        done = demur("restore", self.backup, self.channel.directory, "--json", *more, home=self.home)
        assert done.code == code, done.err
        return done


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with practice_channel(tmp_path) as channel:
        home = tmp_path / "home"
        file_as(channel, home, "amina")
        backup = tmp_path / "backup"
        done = demur("backup", channel.directory, backup, "--json", home=home)
        assert done.code == 0, done.err
        assert done.json["cases"] == 1
        file_as(channel, home, "bima")
        channel.stop()
        yield World(channel=channel, home=home, backup=backup)


def checkpoint_size(channel: Channel) -> int:
    return int((channel.directory / "record" / "checkpoint").read_text().splitlines()[1])


def test_what_was_published_since_is_taken_back_and_marked(world: World) -> None:
    size = checkpoint_size(world.channel)
    told = world.restore().json
    assert (told["size"], told["floor"], told["taken"]) == (size, size, 2)
    world.channel.start()
    done = demur("verify", "bima.receipt", "--channel", world.channel.file, home=world.home)
    assert (done.code, done.err) == (0, "")

    lost = demur("status", "bima.key", home=world.home)
    assert lost.code == 1
    assert "--again" in lost.err
    back = demur("file", "--again", "bima.key", "--json", home=world.home)
    assert (back.code, back.json["missing"]) == (0, True), back.err
    assert demur("file", "--again", "bima.key", "--json", home=world.home).json["missing"] is False
    status = demur("status", "bima.key", home=world.home)
    assert status.code == 0, status.err
    listed = demur(
        "desk", *world.channel.known, "--key", world.channel.key("custodian"), "list", "--json", home=world.home
    )
    assert listed.code == 0, listed.err
    assert len(listed.json["cases"]) == 2
    world.channel.stop()
    assert demur("tick", world.channel.directory, home=world.home).code == 0
    deep = demur("doctor", world.channel.directory, "--deep", home=world.home)
    assert deep.code == 0, deep.out
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        data = [bytes(row[0]) for row in rows.execute("select data from entries_entry")]
    assert sum(b'"type":"gap"' in row for row in data) == 1


def test_without_the_published_entries_the_log_refuses_to_sign(world: World) -> None:
    shutil.rmtree(world.channel.directory / "record")
    told = world.restore().json
    assert told["taken"] == 0  # nobody is left who knows: no tiles, no witness
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        rows.execute("update entries_head set floor = 99")
    done = demur("tick", world.channel.directory, home=world.home)
    assert done.code == 1
    assert "signed up to 99 entries" in done.err
    served = demur("serve", world.channel.directory, "--listen", "127.0.0.1:1", home=world.home)
    assert served.code == 1
    assert "signed up to 99 entries" in served.err


def test_a_mirror_serves_where_the_tiles_are_gone(world: World, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    shutil.copytree(world.channel.directory / "record", mirror)
    shutil.rmtree(world.channel.directory / "record")
    assert world.restore("--mirror", mirror).json["taken"] == 2


def test_a_mirror_of_another_log_is_refused(world: World, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "checkpoint").write_text("elsewhere.example\n3\n" + "A" * 43 + "=\n\n— elsewhere.example AAAAAAAA\n")
    before = sorted(path.name for path in world.channel.directory.iterdir())
    done = world.restore("--mirror", mirror, code=1)
    assert "another mirror" in done.err
    assert sorted(path.name for path in world.channel.directory.iterdir()) == before


def test_a_damaged_backup_replaces_nothing(world: World) -> None:
    database = world.backup / "demur.sqlite3"
    data = bytearray(database.read_bytes())
    data[len(data) // 2] ^= 1
    database.write_bytes(data)
    before = (world.channel.directory / "demur.sqlite3").read_bytes()
    assert "damaged" in world.restore(code=1).err
    assert (world.channel.directory / "demur.sqlite3").read_bytes() == before


def test_a_shredded_case_is_gone_from_the_backup(world: World) -> None:
    shred = world.backup.with_name("backup.shred")
    assert len(shred.read_text().splitlines()) == 1
    shred.write_text("")
    told = world.restore().json
    assert told["shredded"] > 0
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        texts = rows.execute("select length(text), length(r) from dissent_event").fetchall()
        files = rows.execute("select length(data) from dissent_sealedfile").fetchall()
    assert set(texts) == {(0, 0)}
    assert set(files) == {(0,)}


def test_a_backup_holds_no_opening_in_clear(world: World) -> None:
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        r, header = rows.execute(
            "select e.r, c.header from dissent_event e join dissent_case c on c.id = e.case_id order by e.id limit 1"
        ).fetchone()
    data = (world.backup / "demur.sqlite3").read_bytes()
    assert r.encode() not in data
    assert header[40:120].encode() not in data
    assert not (world.backup / "keys" / "shred").exists()


def test_a_backup_is_never_overwritten(world: World) -> None:
    done = demur("backup", world.channel.directory, world.backup, home=world.home)
    assert done.code == 1
    assert "no backup is overwritten" in done.err


def test_large_files_come_back(tmp_path: Path) -> None:
    with practice_channel(tmp_path, charter="demur-default") as channel:
        home = tmp_path / "home"
        home.mkdir()
        (home / "large.bin").write_bytes(os.urandom(3_000_000))
        file_as(channel, home, "amina", "--attach", str(home / "large.bin"), "--as-is")
        backup = tmp_path / "backup"
        assert demur("backup", channel.directory, backup, home=home).code == 0
        channel.stop()
        shutil.rmtree(channel.directory)
        done = demur("restore", backup, channel.directory, home=home)
        assert done.code == 0, done.err
        channel.start()
        desk = ["desk", *channel.known, "--key", channel.key("custodian")]
        listed = demur(*desk, "list", "--json", home=home)
        assert listed.code == 0, listed.err
        case = listed.json["cases"][0]["case"]
        fetched = demur(*desk, "fetch", case, "-o", "out", home=home)
        assert fetched.code == 0, fetched.err
        assert (home / "out" / "attachment-1-large.bin").read_bytes() == (home / "large.bin").read_bytes()


def test_a_receipt_is_completed_from_a_mirror_without_the_server(world: World, tmp_path: Path) -> None:
    receipt = (world.home / "bima.receipt").read_text()
    stripped = receipt[: receipt.index("proof")] if "\nproof" in receipt else receipt
    assert stripped
    from demur.client.receipt import Receipt

    whole = Receipt.parse(receipt.encode())
    promised = Receipt(channel=whole.channel, promise=whole.promise, heads=whole.heads)
    (tmp_path / "promised.receipt").write_text(promised.text)
    done = demur(
        "receipt", "complete", tmp_path / "promised.receipt", "--mirror", world.channel.directory / "record", "--json",
        home=world.home,
    )  # fmt: skip
    assert (done.code, done.json["state"]) == (0, "recorded"), done.err
    verified = demur("verify", tmp_path / "promised.receipt", "--channel", world.channel.file, home=world.home)
    assert verified.code == 0, verified.err
