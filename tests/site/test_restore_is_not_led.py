# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever can write to a backup can sign it, for the log's keys lie in it (the review of 30 November, p14): a restore is not led by it."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from demur import canonical
from demur.charter.channel import ChannelFile
from demur.record.note import Ed25519NoteSigner, Note, sign_note
from demur.site import backup_form
from demur.site.backup import check_backup, unwrap_files
from demur.site.backup_form import BadBackup
from demur.site.shred import Shred
from serving import Channel, Done, demur, practice_channel

pytestmark = pytest.mark.adversary


@dataclass
class World:
    """A channel that is not served, and a backup of it. `copy` is one that somebody may change."""

    channel: Channel
    home: Path
    backup: Path

    def copy(self, place: Path) -> Path:
        copy = place / "changed"
        shutil.copytree(self.backup, copy)
        shutil.copyfile(self.backup.with_name("backup.shred"), place / "changed.shred")
        return copy

    def restore(self, backup: Path, target: Path) -> Done:
        return demur("restore", backup, target, "--no-witnesses", "--json", home=self.home)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("led")
    with practice_channel(place) as channel:
        home = place / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        (home / "large.bin").write_bytes(bytes(range(256)) * 6000)
        words = ["--yes", "--json", "-o", "mine", "--attach", "large.bin", "--as-is", "text.txt"]
        done = demur("file", *channel.known, *words, home=home)
        assert done.code == 0, done.err
        channel.stop()
        backup = place / "backup"
        assert demur("backup", channel.directory, backup, home=home).code == 0
        yield World(channel=channel, home=home, backup=backup)


def signed_anew(backup: Path, *more: str) -> None:
    """The manifest over what lies there now, signed with the keys that lie there; `more` are names that it lists too."""
    channel = ChannelFile.parse((backup / "channel.toml").read_text()).channel
    seed = bytes.fromhex((backup / "keys/log.ed25519").read_text())
    body = canonical.load_object(Note.parse((backup / "backup.json").read_text()).text.removesuffix("\n").encode())
    body["files"] = {
        name: hashlib.sha256((backup / name).read_bytes()).hexdigest()
        for name in [*body["files"], *more]
        if (backup / name).exists()
    }
    (backup / "backup.json").write_text(
        sign_note(canonical.dump(body).decode() + "\n", [Ed25519NoteSigner(channel.origin, seed)])
    )


def changed(backup: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(backup / "demur.sqlite3")) as rows:
        rows.execute(statement, values)
        rows.commit()


def lead_out(backup: Path, victim: Path) -> None:
    """A row whose hash is a path that leads to the victim from where large files are laid out."""
    with closing(sqlite3.connect(backup / "demur.sqlite3")) as rows:
        case = rows.execute("select id from dissent_case").fetchone()[0]
    place = f"../../../../../../../../../..{victim}"
    add = "insert into dissent_sealedfile (case_id, seq, role, sha256, size, data, missing) values (?, 0, 'attachment', ?, 10, null, 0)"
    changed(backup, add, case, place)
    signed_anew(backup)


def test_a_hash_that_is_a_path_writes_nothing_outside(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim" / "precious.txt"
    victim.parent.mkdir()
    victim.write_text("precious")
    copy = world.copy(tmp_path)
    lead_out(copy, victim)

    with monkeypatch.context() as planted:  # the restore of November, which looked at names in the manifest alone
        planted.setattr("demur.site.backup.check_tables", lambda _: None)
        planted.setattr(
            "demur.site.backup._plain", lambda folder, name: folder / "channel.toml" if "precious" in name else None
        )
        keys = Shred.read(tmp_path / "changed.shred")
        (tmp_path / "out" / "files" / "sealed").mkdir(parents=True)
        with pytest.raises(BadBackup):
            unwrap_files(copy, tmp_path / "out" / "files", keys)
    lost = victim.read_bytes() == b""
    victim.write_text("precious")

    done = world.restore(copy, tmp_path / "restored")
    print(f"planted: the file outside was emptied: {lost}; the product: {done.err.strip()}")
    assert lost
    assert done.code == 1
    assert "not 64 hex digits" in done.err
    assert victim.read_text() == "precious"
    assert not (tmp_path / "restored").exists()


def journal(backup: Path) -> None:
    (backup / "demur.sqlite3-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + os.urandom(600))
    signed_anew(backup, "demur.sqlite3-journal")


def password_journal(backup: Path) -> None:
    """The same, named as the doorbell's password file."""
    table = '\n[doorbell]\nsmtp = "127.0.0.1:25"\ntls = "none"\nfrom = "a@b.org"\nto = "c@d.org"\nuser = "u"\npassword_file = "{}"\n'
    (backup / "demur.toml").write_text((backup / "demur.toml").read_text() + table.format("demur.sqlite3-wal"))
    (backup / "demur.sqlite3-wal").write_bytes(os.urandom(600))
    signed_anew(backup, "demur.sqlite3-wal")


def trigger(backup: Path) -> None:
    changed(backup, "create trigger quiet after insert on dissent_case begin delete from dissent_case; end")
    signed_anew(backup)


def view(backup: Path) -> None:
    changed(backup, "create view seen as select * from dissent_case")
    signed_anew(backup)


def case_as_path(backup: Path) -> None:
    changed(backup, "update dissent_sealedfile set case_id = '../../../../etc/passwd' where data is null")
    signed_anew(backup)


def hash_as_bytes(backup: Path) -> None:
    changed(backup, "update dissent_sealedfile set sha256 = cast(sha256 as blob) where data is null")
    signed_anew(backup)


def hash_of_other_letters(backup: Path) -> None:
    changed(backup, "update dissent_sealedfile set sha256 = upper(sha256) where data is null")
    signed_anew(backup)


def module(backup: Path) -> None:
    (backup / "sitecustomize.py").write_text("raise SystemExit\n")
    signed_anew(backup, "sitecustomize.py")


def link(backup: Path) -> None:
    (backup / "charter.request").unlink()
    (backup / "charter.request").symlink_to("/etc/hostname")
    signed_anew(backup)


def pipe(backup: Path) -> None:
    (backup / "charter.request").unlink()
    os.mkfifo(backup / "charter.request")


def linked_file(backup: Path) -> None:
    large = next(path for path in (backup / "files").rglob("*") if path.is_file())
    large.rename(backup / "aside")
    large.symlink_to(backup / "aside")
    signed_anew(backup)


TRICKS: list[Callable[[Path], None]] = [
    journal, password_journal, trigger, view, case_as_path, hash_as_bytes, hash_of_other_letters, module, link, pipe, linked_file,
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_what_no_backup_holds_is_refused_though_it_is_signed(
    trick: Callable[[Path], None], world: World, tmp_path: Path
) -> None:
    copy = world.copy(tmp_path)
    trick(copy)
    with pytest.raises(BadBackup):
        check_backup(copy, Shred.read(tmp_path / "changed.shred"))


def test_the_backup_itself_is_taken(world: World, tmp_path: Path) -> None:
    copy = world.copy(tmp_path)
    signed_anew(copy)
    assert check_backup(copy, Shred.read(tmp_path / "changed.shred")).cases == 1
    assert (copy / backup_form.DATABASE).exists()


def test_another_channel_of_the_same_name_replaces_nothing(world: World, tmp_path: Path) -> None:
    origin = ChannelFile.parse(world.channel.file.read_text()).channel.origin
    home, other = tmp_path / "home", tmp_path / "other"
    assert demur("key", "new", "--officer", "--no-passphrase", "-o", "officer.key", home=home).code == 0
    words = ("init", other, "--origin", origin, "--charter", "demur-default", "--officer", home / "officer.key.pub")
    done = demur(*words, home=home)
    assert done.code == 0, done.err
    stand = tmp_path / "stand"
    shutil.copytree(world.channel.directory, stand)
    assert demur("backup", other, tmp_path / "theirs", home=home).code == 0
    before = (stand / "channel.toml").read_bytes()
    refused = demur("restore", tmp_path / "theirs", stand, "--no-witnesses", home=home)
    (stand / "channel.toml").unlink()  # and by its keys, where the channel's file is gone
    damaged = demur("restore", tmp_path / "theirs", stand, "--no-witnesses", home=home)
    print(refused.err, damaged.err)
    assert (refused.code, damaged.code) == (1, 1)
    assert "Compare them with the poster" in refused.err
    assert "keys of another log" in damaged.err
    (stand / "channel.toml").write_bytes(before)
    assert world.restore(world.backup, stand).code == 0  # its own backup replaces it


def test_a_command_that_a_backup_brings_is_said(world: World, tmp_path: Path) -> None:
    copy = world.copy(tmp_path)
    (copy / "demur.toml").write_text(
        (copy / "demur.toml").read_text() + '\n[doorbell]\ncommand = ["/usr/bin/touch", "planted"]\n'
    )
    signed_anew(copy)
    done = world.restore(copy, tmp_path / "restored")
    assert done.code == 0, done.err
    assert "/usr/bin/touch planted" in done.err
    assert done.json["words"] == " ".join(ChannelFile.parse(world.channel.file.read_text()).channel.words())


def test_rights_are_ours_whatever_the_copy_had(world: World, tmp_path: Path) -> None:
    copy = world.copy(tmp_path)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o777)
    shred = tmp_path / "changed.shred"
    shred.write_text(shred.read_text() + "\n")  # an editor left an empty line
    shred.chmod(0o666)
    assert world.restore(copy, tmp_path / "restored").code == 0
    open_ones = [
        str(path)
        for path in [tmp_path / "restored", *(tmp_path / "restored").rglob("*")]
        if path.stat().st_mode & 0o077
    ]
    assert open_ones == []


def test_two_cases_with_one_large_file_do_not_spoil_the_backup(world: World, tmp_path: Path) -> None:
    """An author names in their filing what another has sent: the file is wrapped once, and comes back."""
    stand = tmp_path / "stand"
    shutil.copytree(world.channel.directory, stand)
    with closing(sqlite3.connect(stand / "demur.sqlite3")) as rows:
        columns = [name for _, name, *_ in rows.execute("pragma table_info(dissent_case)")]
        row = dict(zip(columns, rows.execute("select * from dissent_case").fetchone(), strict=True))
        row |= {"id": "ab" * 16, "mailbox": "cd" * 16}
        rows.execute(
            f"insert into dissent_case ({', '.join(columns)}) values ({', '.join('?' * len(columns))})",
            list(row.values()),
        )
        rows.execute(
            "insert into dissent_sealedfile (case_id, seq, role, sha256, size, data, missing)"
            " select ?, seq, role, sha256, size, data, missing from dissent_sealedfile where data is null",
            ("ab" * 16,),
        )
        rows.commit()
    assert demur("backup", stand, tmp_path / "both", home=world.home).code == 0
    done = world.restore(tmp_path / "both", tmp_path / "restored")
    assert done.code == 0, done.err
    large = [path for path in (tmp_path / "restored" / "files").rglob("*") if path.is_file()]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in large] == [large[0].name]
