# SPDX-License-Identifier: AGPL-3.0-or-later
"""Restored to yesterday: the log refuses to fork, receipts of today still verify, and authors bring their cases back."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from serving import Channel, Done, demur, free_port, practice_channel

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


def record_of(channel: Channel) -> dict[int, str]:
    """Root by size of every checkpoint in the rows."""
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        return dict(rows.execute("select size, hex(root) from entries_checkpoint"))


def test_rows_that_are_left_serve_where_the_tiles_are_gone(world: World) -> None:
    signed = record_of(world.channel)
    shutil.rmtree(world.channel.directory / "record")
    told = world.restore().json
    assert (told["taken"], told["size"], told["floor"]) == (2, max(signed), max(signed))
    world.channel.start()
    file_as(world.channel, world.home, "citra")
    world.channel.stop()
    after = record_of(world.channel)
    assert {size: root for size, root in after.items() if size in signed} == {
        size: root for size, root in signed.items() if size in after
    }
    assert max(signed) in after


def test_the_floor_that_was_kept_is_kept(world: World) -> None:
    """Restored once without the entries, it may not be restored a second time into forgetting."""
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        rows.execute("update entries_head set floor = 99")
    assert world.restore().json["floor"] == 99
    done = demur("tick", world.channel.directory, home=world.home)
    assert done.code == 1
    assert "signed up to 99 entries" in done.err
    served = demur("serve", world.channel.directory, "--listen", "127.0.0.1:1", home=world.home)
    assert served.code == 1
    assert "signed up to 99 entries" in served.err


def test_rows_that_are_damaged_are_told_and_done_without(world: World) -> None:
    for path in world.channel.directory.glob("demur.sqlite3*"):
        path.write_bytes(b"no database at all" * 100)
    done = world.restore()
    assert done.json["taken"] == 2  # from the tiles
    assert "cannot be read" in done.err


def test_a_backup_that_shows_more_than_its_rows_sets_the_floor(world: World, tmp_path: Path) -> None:
    """Made while a tick came in between: its checkpoint is of today, its rows of yesterday."""
    size = checkpoint_size(world.channel)
    shutil.copy(world.channel.directory / "record" / "checkpoint", world.backup / "record" / "checkpoint")
    sign_manifest_again(world)
    elsewhere = tmp_path / "elsewhere"
    done = demur("restore", world.backup, elsewhere, "--json", home=world.home)
    assert done.code == 0, done.err
    assert (done.json["floor"], done.json["size"]) == (size, size - 2)
    refused = demur("tick", elsewhere, home=world.home)
    assert refused.code == 1
    assert f"signed up to {size} entries" in refused.err


def sign_manifest_again(world: World) -> None:
    """As a backup of that moment would be signed."""
    from demur import canonical
    from demur.record.note import Ed25519NoteSigner, Note, sign_note

    manifest = world.backup / "backup.json"
    body = canonical.load_object(Note.parse(manifest.read_text()).text.strip().encode())
    for name in body["files"]:
        body["files"][name] = hashlib.sha256((world.backup / name).read_bytes()).hexdigest()
    seed = bytes.fromhex((world.channel.directory / "keys" / "log.ed25519").read_text())
    signer = Ed25519NoteSigner(body["origin"], seed)
    manifest.write_text(sign_note(canonical.dump(body).decode() + "\n", [signer]))


FILED_MEANWHILE = """
import subprocess, sys, time
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from demur.site.backup import back_up
def progress(step):
    if step.startswith("wrapping"):
        subprocess.run([sys.executable, "-m", "demur", *sys.argv[3:]], check=True)
back_up(Path(sys.argv[1]), Path(sys.argv[2]), ground, now=int(time.time()), progress=progress)
"""


def test_a_case_filed_during_a_backup_leaves_rows_and_checkpoint_of_one_record(tmp_path: Path) -> None:
    with practice_channel(tmp_path) as channel:
        home = tmp_path / "home"
        file_as(channel, home, "amina")
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        filing = ["file", *channel.known, "--yes", "-o", "bima", "text.txt"]
        subprocess.run(
            [sys.executable, "-c", FILED_MEANWHILE, channel.directory, tmp_path / "backup", *filing],
            env={**os.environ, "DEMUR_HOME": str(home)}, cwd=home, check=True, capture_output=True,
        )  # fmt: skip
        shown = int((tmp_path / "backup" / "record" / "checkpoint").read_text().splitlines()[1])
        with sqlite3.connect(tmp_path / "backup" / "demur.sqlite3") as rows:
            held = rows.execute('select max("index") + 1 from entries_entry').fetchone()[0]
        assert shown <= held < checkpoint_size(channel)


def test_two_records_that_one_log_signed_are_not_made_one(world: World, tmp_path: Path) -> None:
    """The copy that was served beside it signed another record; which one the world believes is not for restore to choose."""
    copy = Channel(directory=tmp_path / "copy", port=free_port(), output=tmp_path / "copy.log")
    done = demur("restore", world.backup, copy.directory, home=world.home)
    assert done.code == 0, done.err
    copy.start()
    file_as(copy, world.home, "citra")
    copy.stop()
    before = (world.channel.directory / "demur.sqlite3").read_bytes()
    refused = world.restore("--mirror", copy.directory / "record", code=1)
    assert "signed two records" in refused.err
    assert (world.channel.directory / "demur.sqlite3").read_bytes() == before


def test_nothing_is_restored_under_a_running_server(world: World) -> None:
    world.channel.start()
    refused = world.restore(code=1)
    assert "Another process uses" in refused.err
    world.channel.stop()
    world.restore()


def test_another_channel_is_not_replaced(world: World, tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as other:
        refused = demur("restore", world.backup, other.directory, home=world.home)
        assert refused.code == 1
        assert "name another directory" in refused.err


def test_only_what_was_signed_is_laid_out(world: World) -> None:
    """Who can write to the place where backups lie cannot have a file of his, or one of the machine's, put into the installation."""
    (world.backup / "extra.txt").write_text("mine")
    (world.backup / "practice" / "passwd").symlink_to("/etc/passwd")
    (world.backup / "demur.sqlite3-journal").write_bytes(os.urandom(4096))
    (world.backup / "demur.sqlite3-wal").write_bytes(os.urandom(4096))
    world.restore()
    names = {path.name for path in world.channel.directory.rglob("*")}
    assert names.isdisjoint({"extra.txt", "passwd", "demur.sqlite3-journal"})
    assert "demur.sqlite3" in names


@pytest.mark.parametrize("name", ["demur.toml", "practice"])
def test_a_link_in_place_of_what_was_signed_is_refused(world: World, tmp_path: Path, name: str) -> None:
    (world.backup / name).rename(tmp_path / "aside")
    (world.backup / name).symlink_to(tmp_path / "aside")
    assert "missing or damaged" in world.restore(code=1).err


def test_a_password_of_the_doorbell_comes_back_or_is_asked_for(world: World, tmp_path: Path) -> None:
    directory = world.channel.directory
    settings = directory / "demur.toml"
    mail = '\n[doorbell]\nsmtp = "127.0.0.1:2525"\nfrom = "a@example.org"\nto = "b@example.org"\nuser = "bell"\ntls = "none"\n'
    before = settings.read_text()
    (directory / "keys" / "doorbell.password").write_text("knock")
    (directory / "keys" / "doorbell.password").chmod(0o600)
    settings.write_text(before + mail + 'password_file = "keys/doorbell.password"\n')
    assert demur("backup", directory, tmp_path / "with", home=world.home).code == 0
    settings.write_text(before + mail + f'password_file = "{tmp_path / "elsewhere"}"\n')
    assert demur("backup", directory, tmp_path / "without", home=world.home).code == 0
    shutil.rmtree(directory)

    told = demur("restore", tmp_path / "with", directory, home=world.home)
    assert (told.code, "password" in told.err) == (0, False), told.err
    assert (directory / "keys" / "doorbell.password").read_text() == "knock"
    assert (directory / "keys" / "doorbell.password").stat().st_mode & 0o077 == 0
    told = demur("restore", tmp_path / "without", tmp_path / "again", home=world.home)
    assert "password file" in told.err


@pytest.mark.parametrize("rows", [None, b"", b"no database at all" * 100], ids=["missing", "empty", "garbage"])
def test_rows_that_are_gone_are_not_begun_anew_whoever_looks_first(world: World, rows: bytes | None) -> None:
    """Under the same keys a new beginning is a second record; so no look makes tables, and none that finds them missing calls them old."""
    directory, database = world.channel.directory, world.channel.directory / "demur.sqlite3"
    for path in directory.glob("demur.sqlite3*"):
        path.unlink()
    if rows is not None:
        database.write_bytes(rows)
    shutil.rmtree(directory / "record")
    for command in (
        ["serve", directory, "--listen", "127.0.0.1:1"],
        ["doctor", directory],
        ["backup", directory, world.home / "second"],
        ["charter", "request", directory, "demur-default", "-o", world.home / "charter-2.request"],
        ["tick", directory],
        ["serve", directory, "--listen", "127.0.0.1:1"],
    ):
        refused = demur(*command, home=world.home)
        assert (refused.code, refused.err.count("\n")) == (1, 1), (command[0], refused.err)
        assert "demur restore" in refused.err
        assert (database.read_bytes() if database.exists() else None) == rows
    world.restore()


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


def test_a_shredded_case_is_left_out_and_everything_else_goes_on(world: World) -> None:
    shred = world.backup.with_name("backup.shred")
    assert len(shred.read_text().splitlines()) == 1
    shred.write_text("")
    before = (world.channel.directory / "demur.sqlite3").read_bytes()
    refused = world.restore(code=1).err
    assert "no key for 1 cases" in refused
    assert "--erased 1" in refused
    assert (world.channel.directory / "demur.sqlite3").read_bytes() == before

    told = world.restore("--erased", "1").json
    assert (told["erased"], told["cases"]) == (1, 0)
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        for table in ("dissent_case", "dissent_event", "dissent_sealedfile"):
            assert rows.execute(f"select count(*) from {table}").fetchone() == (0,)
    assert demur("tick", world.channel.directory, home=world.home).code == 0
    examined = demur("doctor", world.channel.directory, "--deep", home=world.home)
    assert examined.code == 0, examined.out
    world.channel.start()
    with urllib.request.urlopen(f"{world.channel.url}/en/", timeout=10) as page:
        assert page.status == 200
    desk = ["desk", *world.channel.known, "--key", world.channel.key("custodian"), "list"]
    assert demur(*desk, home=world.home / "citra").code == 0
    world.channel.stop()


def test_a_shred_file_older_than_the_cases_erases_nothing(world: World) -> None:
    shred = world.backup.with_name("backup.shred")
    older = world.home / "older.shred"
    older.write_text("")
    assert "use the newest shred file" in world.restore("--shred", str(older), code=1).err
    assert shred.exists()


def test_a_backup_holds_no_opening_in_clear(world: World) -> None:
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        r, header = rows.execute(
            "select e.r, c.header from dissent_event e join dissent_case c on c.id = e.case_id order by e.id limit 1"
        ).fetchone()
    data = (world.backup / "demur.sqlite3").read_bytes()
    assert r.encode() not in data
    assert header[40:120].encode() not in data
    assert not (world.backup / "keys" / "shred").exists()


def test_what_seats_keep_for_themselves_is_in_no_backup(world: World) -> None:
    with sqlite3.connect(world.channel.directory / "demur.sqlite3") as rows:
        rows.execute(
            "insert into people_keptblob (seat, holder, name, sha256, size, data) values ('custodian', ?, ?, ?, 14, ?)",
            ("cd" * 32, "ab" * 32, "ef" * 32, b"a sealed draft"),
        )
    done = demur("backup", world.channel.directory, world.home / "second", home=world.home)
    assert done.code == 0, done.err
    assert b"a sealed draft" not in (world.home / "second" / "demur.sqlite3").read_bytes()


def test_a_backup_is_never_overwritten(world: World) -> None:
    done = demur("backup", world.channel.directory, world.backup, home=world.home)
    assert done.code == 1
    assert "no backup is overwritten" in done.err


def test_no_backup_lies_inside_what_it_is_a_backup_of(world: World) -> None:
    directory = world.channel.directory
    for inside in (directory / "copy", directory / "files" / "copy", directory.parent / "." / directory.name / "copy"):
        done = demur("backup", directory, inside, home=world.home)
        assert (done.code, "lies inside the installation" in done.err) == (1, True), done.err
        assert not inside.exists()


@pytest.mark.parametrize("name", ["disputes.json", "record/checkpoint"])
def test_what_could_not_be_restored_is_not_called_a_good_backup(world: World, tmp_path: Path, name: str) -> None:
    directory, copy = world.channel.directory, tmp_path / "second"
    kept = (directory / name).read_bytes() if (directory / name).exists() else b""
    (directory / name).write_bytes(b"\xff damaged")
    refused = demur("backup", directory, copy, home=world.home)
    assert (refused.code, refused.err.splitlines()[-1].count(name)) == (1, 1), refused.err
    assert not copy.exists()
    (directory / name).write_bytes(kept or b'{"disputes":[],"type":"disputes","v":1}')

    # One that an earlier release called good names itself, not the place where it was unpacked.
    assert demur("backup", directory, copy, home=world.home).code == 0
    (copy / name).write_bytes(b"\xff damaged")
    sign_manifest_again(World(channel=world.channel, home=world.home, backup=copy))
    refused = demur("restore", copy, tmp_path / "elsewhere", home=world.home)
    assert (refused.code, f"{name} of the backup {copy}" in refused.err) == (1, True), refused.err


def test_a_damaged_database_is_told_in_a_sentence_by_whatever_is_run(world: World) -> None:
    """Pages that a disk has turned, from the middle on: the file opens, and breaks where it is read."""
    directory = world.channel.directory
    with sqlite3.connect(directory / "demur.sqlite3") as rows:
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows.close()
    data = bytearray((directory / "demur.sqlite3").read_bytes())
    for start in range(len(data) // 8192 * 4096, len(data), 4096):
        data[start : start + 200] = bytes(range(200))
    (directory / "demur.sqlite3").write_bytes(data)
    for command in (
        ["doctor", directory],
        ["doctor", directory, "--deep"],
        ["backup", directory, world.home / "second"],
        ["charter", "request", directory, "demur-default", "-o", world.home / "charter-2.request"],
    ):
        refused = demur(*command, home=world.home)
        assert (refused.code, "Traceback" in refused.err) == (1, False), refused.err
    told = demur("doctor", directory, home=world.home).out
    assert told.count("The database file is damaged") == 1
    assert not (world.home / "second").exists()


def test_no_backup_is_replaced_written_into_or_moved_aside(world: World, tmp_path: Path) -> None:
    """`restore BACKUP BACKUP`, or the two names exchanged, must not end the last copy of everything."""
    other, inner = tmp_path / "other", world.channel.directory / "copies" / "backup"
    shutil.copytree(world.backup, other)
    shutil.copytree(world.backup, inner)
    shutil.copy(world.backup.with_name("backup.shred"), inner.with_name("backup.shred"))
    before = sorted(tmp_path.rglob("*"))
    for source, target, said in (
        (world.backup, world.backup, "is a backup"),
        (world.backup, world.backup / "inside", "is a backup"),
        (world.backup, world.backup / "record", "is a backup"),
        (world.backup, other, "is a backup"),
        (inner, world.channel.directory, "move it away first"),
    ):
        refused = demur("restore", source, target, home=world.home)
        assert (refused.code, said in refused.err) == (1, True), refused.err
        assert sorted(tmp_path.rglob("*")) == before
    assert "is a backup" in demur("restore", "..", ".", home=world.backup / "record").err


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
