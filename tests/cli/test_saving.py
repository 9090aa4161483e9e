# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was done is told before what could not be saved; and nothing that cannot be taken back is sent where it could not be saved."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from lying import on_stage
from tiny_record import TinyServer

from demur.charter.channel import ChannelFile
from demur.cli import mycase
from demur.cli.main import run
from demur.cli.saving import NOT_SAVED

TEXT = b"The crossing should stay open.\n\nThe count was taken in the wrong week.\n"


@dataclass(kw_only=True)
class Disk:
    """The author's disk. `fails` is the error number with which nothing new can be made on it, 0 while all is well."""

    fails: int = 0


class Recording(TinyServer):
    """Calls `recorded` once an act or a filing is recorded, before its answer is out."""

    recorded: Callable[[], None] = staticmethod(lambda: None)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], **how: Any) -> bytes:
        answer = super()._once(method, path, body, headers, **how)
        if method == "POST":
            self.recorded()
        return answer


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk, opens = Disk(), os.open

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if disk.fails and flags & os.O_CREAT and str(path).startswith(str(tmp_path)):
            raise OSError(disk.fails, os.strerror(disk.fails), str(path))
        return opens(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", opened)
    return disk


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    server = Recording()
    monkeypatch.setattr(mycase.time, "time", lambda: server.now)
    with on_stage(server) as stage:
        server.address = stage.address
        yield server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: TinyServer, disk: Disk) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEMUR_HOME", str(tmp_path / "home"))
    (tmp_path / "dissent.txt").write_bytes(TEXT)
    (tmp_path / "channel.toml").write_text(ChannelFile(channel=tiny.channel, address=tiny.address).to_toml())
    return tmp_path


def demur(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(run, list(arguments), input=typed)


def file_it(tiny: TinyServer, folder: Path, *more: str) -> Result:
    at = ["--server", tiny.address, "--channel", "channel.toml"]
    return demur("file", *at, "dissent.txt", "--yes", "-o", str(folder / "mine"), *more)


def acts(tiny: TinyServer) -> int:
    return max((len(case.items) for case in tiny.cases.values()), default=0)


def key(folder: Path) -> str:
    return str(folder / "mine.key")


@pytest.mark.parametrize("fails", [errno.ENOSPC, errno.EROFS, errno.EACCES], ids=["full", "read-only", "not ours"])
@pytest.mark.parametrize("words", [["message", "Twice?"], ["withdraw", "--yes"]], ids=["message", "withdraw"])
def test_an_act_is_not_sent_where_its_receipt_could_not_be_written(
    words: list[str], fails: int, tiny: Recording, folder: Path, disk: Disk
) -> None:
    assert file_it(tiny, folder).exit_code == 0
    before, disk.fails = acts(tiny), fails
    done = demur(words[0], key(folder), *words[1:])

    assert (done.exit_code, acts(tiny)) == (1, before)
    assert "so nothing was done" in done.stderr
    assert os.strerror(fails) in done.stderr
    assert done.stdout == ""
    disk.fails = 0
    assert demur(words[0], key(folder), *words[1:]).exit_code == 0
    assert not list(folder.glob(".*.room"))


@pytest.mark.parametrize("words", [["message", "Once."], ["withdraw", "--yes"]], ids=["message", "withdraw"])
def test_an_act_whose_receipt_is_lost_afterwards_is_told_as_done(
    words: list[str], tiny: Recording, folder: Path, disk: Disk
) -> None:
    assert file_it(tiny, folder).exit_code == 0
    tiny.recorded = lambda: setattr(disk, "fails", errno.ENOSPC)
    done = demur(words[0], key(folder), *words[1:], "--json")

    assert done.exit_code == NOT_SAVED
    told = json.loads(done.stdout)
    assert told["saved"] is False
    assert told["type"] == words[0]
    assert told["promise"].startswith("demur")
    assert "do not do it again" in done.stderr
    disk.fails, tiny.recorded = 0, lambda: None
    status = demur("status", key(folder), "--json")
    assert status.exit_code == 0
    assert [row["event"]["type"] for row in json.loads(status.stdout)["events"]].count(words[0]) == 1


@pytest.mark.parametrize("fails", [errno.ENOSPC, errno.EROFS])
def test_a_status_is_shown_although_its_receipt_cannot_be_written(
    fails: int, tiny: Recording, folder: Path, disk: Disk
) -> None:
    assert file_it(tiny, folder).exit_code == 0
    tiny.act(next(iter(tiny.cases.values())), "acknowledge", tiny.frozen.charter.custodian)
    before, disk.fails = (folder / "mine.receipt").read_bytes(), fails
    shown = demur("status", key(folder))

    assert shown.exit_code == NOT_SAVED
    assert "acknowledged; the reply is owed" in shown.stdout
    assert "could not be written" in shown.stderr
    assert (folder / "mine.receipt").read_bytes() == before


def test_nothing_is_filed_where_the_key_would_find_no_room(
    tiny: Recording, folder: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = os.open  # already the disk's: here it fails only for the room that is held

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if str(path).endswith(".room"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return opens(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", opened)
    done = file_it(tiny, folder)

    assert (done.exit_code, tiny.cases) == (1, {})
    assert "so nothing was done" in done.stderr
    assert f"{folder / 'mine.filing'}" in done.stderr


def test_a_filing_whose_files_are_lost_afterwards_is_told_with_its_words_and_ended_by_the_same_command(
    tiny: Recording, folder: Path, disk: Disk
) -> None:
    tiny.recorded = lambda: setattr(disk, "fails", errno.ENOSPC)
    done = file_it(tiny, folder)

    assert done.exit_code == NOT_SAVED
    assert len(tiny.cases) == 1
    assert "Filed. The log has promised" in done.stdout
    assert "What you are owed:" in done.stdout
    assert "return words, shown once" in done.stdout
    assert f"{folder / 'mine.filing'} holds its only key" in done.stderr
    disk.fails, tiny.recorded = 0, lambda: None
    again = file_it(tiny, folder)
    assert (again.exit_code, len(tiny.cases)) == (0, 1)
    words = json.loads((folder / "mine.key").read_text())["words"]
    assert words in done.stdout


def test_words_show_the_case_although_its_files_cannot_be_written_again(
    tiny: Recording, folder: Path, disk: Disk
) -> None:
    assert file_it(tiny, folder).exit_code == 0
    words = json.loads((folder / "mine.key").read_text())["words"]
    disk.fails = errno.EROFS
    asked = ["--server", tiny.address, "--channel", "channel.toml", "-o", str(folder / "other")]
    shown = demur("status", "--words", *asked, typed=f"{words}\n")

    assert shown.exit_code == NOT_SAVED
    assert "filed; the acknowledgement is owed" in shown.stdout
    assert not (folder / "other.key").exists()


def test_an_exhibit_that_cannot_be_written_is_not_asked_for(tiny: Recording, folder: Path, disk: Disk) -> None:
    assert file_it(tiny, folder).exit_code == 0
    disk.fails = errno.EROFS
    done = demur("disclose", key(folder), "--show", "answers", "-o", str(folder / "x.exhibit"))

    assert done.exit_code == 1
    assert "so nothing was done" in done.stderr


def test_what_convicts_a_server_is_printed_where_it_cannot_be_written(
    folder: Path, disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    files = mycase.CaseFiles(folder / "mine")
    disk.fails = errno.EROFS
    said = mycase.kept_evidence(files, "demur/evidence/v1\n")

    assert capsys.readouterr().out == "demur/evidence/v1\n"
    assert "on standard output, because it could not be written" in said
    disk.fails = 0
    assert str(folder / "mine.evidence") in mycase.kept_evidence(files, "demur/evidence/v1\n")


def test_no_passphrase_is_asked_for_a_key_that_could_not_be_written(folder: Path, disk: Disk) -> None:
    disk.fails = errno.EROFS
    made = demur("key", "new", "-o", str(folder / "seat.key"), "--no-passphrase")

    assert made.exit_code == 1
    assert "so nothing was done" in made.stderr
