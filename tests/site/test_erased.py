# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur erase`: what it says is gone is gone, from rows, files, logs and backups, and does not come back whoever tries."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur.client.authorkey import AuthorKey
from serving import Channel, Done, demur, practice_channel

pytestmark = pytest.mark.adversary

NEW_KEYS = [word for seat in ("custodian", "head") for word in ("--accept-new-key", seat)]
CHARTER = "demur-default"  # the custodian may grant access to another seat


@dataclass
class World:
    """Amina filed with a large file, was answered and granted on; Bima filed too. A backup was made, then Amina's case was erased."""

    channel: Channel
    home: Path
    old: Path  # a backup from before the erasure, its shred file beside it
    case: str
    pieces: dict[str, bytes]  # bytes of the case as they lay in the installation
    erased: Done

    def run(self, *words: str | Path, code: int = 0) -> Done:
        done = demur(*words, home=self.home)
        assert done.code == code, done.err + done.out
        return done


def pieces_of(directory: Path, case: str) -> dict[str, bytes]:
    """Bytes that only this case has: 64 from the middle of each sealed file and inbox item, and its openings."""
    found = {}
    with closing(sqlite3.connect(directory / "demur.sqlite3")) as rows:
        for role, data, sha256 in rows.execute(
            "select role, data, sha256 from dissent_sealedfile where case_id = ?", (case,)
        ):
            place = directory / "files" / "sealed" / sha256[:2] / sha256
            whole = bytes(data) if data is not None else place.read_bytes()
            found[f"{role} {sha256[:8]}"] = whole[len(whole) // 2 :][:64]
        for seq, r in rows.execute("select seq, r from dissent_event where case_id = ?", (case,)):
            found[f"opening of event {seq}"] = str(r).encode()
        (header,) = rows.execute("select header from dissent_case where id = ?", (case,)).fetchone()
        for seat, n, data in rows.execute("select seat, n, data from dissent_inboxitem"):
            if hashlib.sha256(bytes(data)).hexdigest() in header:
                found[f"item {n} of {seat}"] = bytes(data)[len(data) // 2 :][:64]
    found["case id"] = case.encode()
    return found


def holding(directory: Path, pieces: dict[str, bytes]) -> dict[str, list[str]]:
    """Which of these bytes stand in which file of an installation."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    found = {
        name: [str(path.relative_to(directory)) for path in files if piece in path.read_bytes()]
        for name, piece in pieces.items()
    }
    return {name: places for name, places in found.items() if places}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("erased")
    with practice_channel(place, charter=CHARTER) as channel:
        home = place / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        (home / "large.bin").write_bytes(bytes(range(256)) * 6000)
        for name, more in (("amina", ["--attach", "large.bin", "--as-is"]), ("bima", [])):
            done = demur("file", *channel.known, "--yes", "--json", "-o", name, *more, "text.txt", home=home)
            assert done.code == 0, done.err
        case = demur("status", "amina.key", "--json", home=home).json["case"]
        desk = ["desk", *channel.known, "--key", channel.key("custodian")]
        for act in (["acknowledge", case], ["grant", case, "--to", "deputy", "--reason", "She knows the road."]):
            done = demur(*desk, *act, home=home)
            assert done.code == 0, done.err
        old = place / "old"
        assert demur("backup", channel.directory, old, home=home).code == 0
        pieces = pieces_of(channel.directory, case)
        # The server runs on, with rows in its write-ahead log.
        erased = demur("erase", channel.directory, case[:12], "--yes", "--json", home=home)
        assert erased.code == 0, erased.err
        yield World(channel=channel, home=home, old=old, case=case, pieces=pieces, erased=erased)


def test_no_byte_of_it_is_left_in_database_log_or_files(world: World, tmp_path: Path) -> None:
    with monkeypatched(world, tmp_path) as before:
        planted = holding(before, world.pieces)
    found = holding(world.channel.directory, world.pieces)
    print(
        f"rows deleted as SQLite does by itself: {len(planted)} of {len(world.pieces)} pieces are still there; erased: {len(found)}"
    )
    assert len(planted) > len(world.pieces) // 2
    assert found == {}
    assert world.erased.json["case"] == world.case
    assert world.erased.json["overwritten"] is True
    assert world.erased.json["files"] == 1
    assert world.erased.json["items"] >= 2


class monkeypatched:  # noqa: N801 -- used as a function
    """The hole, planted: rows of the case deleted by plain SQL in a copy of the database from before, as an administrator would."""

    def __init__(self, world: World, place: Path) -> None:
        self.world, self.place = world, place / "planted"

    def __enter__(self) -> Path:
        self.place.mkdir()
        with closing(sqlite3.connect(self.place / "demur.sqlite3")) as rows:
            rows.execute("pragma secure_delete=off")
            rows.execute("create table kept (case_id text, data blob)")
            rows.executemany(
                "insert into kept values (?, ?)",
                [("x", bytes(8) + piece * 100) for piece in self.world.pieces.values()],
            )
            rows.commit()
            rows.execute("delete from kept")
            rows.commit()
        return self.place

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.place)


def test_the_record_names_its_entries_and_stays_whole(world: World) -> None:
    with closing(sqlite3.connect(world.channel.directory / "demur.sqlite3")) as rows:
        data = [bytes(row[0]) for row in rows.execute('select data from entries_entry where "index" is not null')]
    said = [entry for entry in data if b'"type":"erased"' in entry]
    assert len(said) == 1
    assert str(world.erased.json["entries"]).replace(" ", "").encode() in said[0]
    deep = demur("doctor", world.channel.directory, "--deep", "--json", home=world.home)
    assert [row for row in deep.json["findings"] if not row["well"]] == []


def test_the_author_and_the_desk_are_told_and_others_go_on(world: World) -> None:
    told = world.run("status", "amina.key", code=1)
    assert "was erased by the channel's administrator" in told.err
    assert "of the record says" in told.err
    desk = ["desk", *world.channel.known, "--key", world.channel.key("custodian")]
    read = world.run(*desk, "fetch", world.case, code=1)
    assert "erased" in read.err
    assert world.run("status", "bima.key").code == 0
    assert len(world.run(*desk, "list", "--json").json["cases"]) == 1
    assert world.run("verify", "amina.receipt", "--channel", world.channel.file).code == 0


def test_it_does_not_come_back_from_its_author(world: World) -> None:
    again = world.run("file", "--again", "amina.key", code=1)
    assert "erased here on purpose" in again.err
    from demur.client.http import Server
    from demur.dissent.bundle import MEDIA_TYPE

    sealed = (world.home / "amina.sealed").read_bytes()
    with pytest.raises(Exception, match="erased here on purpose"):
        Server(world.channel.url).post_json("/api/v1/cases", sealed, content_type=MEDIA_TYPE)
    assert holding(world.channel.directory, world.pieces) == {}


def test_a_stranger_is_told_nothing_of_it(world: World) -> None:
    """The mailbox's name without its bearer is answered as one that never was."""
    from demur.client.http import Server

    key = AuthorKey.parse((world.home / "amina.key").read_bytes())
    with pytest.raises(Exception, match="There is no such mailbox"):
        Server(world.channel.url).get_json(
            f"/api/v1/mailbox/{key.keys.mailbox}", lambda: {"Authorization": f"Bearer {'ab' * 32}"}
        )


def test_later_backups_hold_nothing_of_it(world: World, tmp_path: Path) -> None:
    later = tmp_path / "later"
    world.run("backup", world.channel.directory, later)
    assert holding(later, world.pieces) == {}
    assert world.case not in (tmp_path / "later.shred").read_text()


def test_an_older_backup_gives_the_others_back_and_not_this_one(world: World, tmp_path: Path) -> None:
    """With the newest shred file, and with the one from before the erasure: then the record is what remembers."""
    world.run("backup", world.channel.directory, tmp_path / "later")
    for name, shred in (("newest", tmp_path / "later.shred"), ("old", world.old.with_name("old.shred"))):
        target = tmp_path / name
        done = world.run(
            "restore", world.old, target, "--shred", shred, "--mirror", world.channel.directory / "record", "--json"
        )
        assert (done.json["cases"], done.json["erased"]) == (1, 1), name
        found = holding(target, world.pieces)
        if (
            name == "old"
        ):  # it names no inbox item: what is left of the case is its key, sealed to the seats, which opens nothing any more
            found = {piece: places for piece, places in found.items() if not piece.startswith("item ")}
        assert found == {}, name


def test_what_waits_for_its_tick_is_not_erased_yet(tmp_path: Path) -> None:
    from serving import real_channel

    with real_channel(tmp_path) as channel:
        home = tmp_path / "author"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        done = demur("file", *channel.known, "--yes", *NEW_KEYS, "--json", "-o", "mine", "text.txt", home=home)
        assert done.code == 0, done.err
        case = AuthorKey.parse((home / "mine.key").read_bytes()).case
        refused = demur("erase", channel.directory, case, "--yes", home=home)
        assert refused.code == 1
        assert "waits for its tick" in refused.err
        assert demur("status", "mine.key", home=home).code == 0
        assert demur("backup", channel.directory, tmp_path / "backup", home=home).code == 0  # its key was not touched
