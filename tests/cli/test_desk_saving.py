# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk with a key on a write-protected stick, and what a seat is told of who reads and who was left out."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from desk_server import DeskServer, filed_at
from test_desk_commands import desk, filed, folder, server, told
from test_filing import wish_of

from demur.cli.main import run
from demur.cli.saving import NOT_SAVED
from demur.client.submitting import Filed

__all__ = ["filed", "folder", "server"]


@pytest.fixture
def stick(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that takes no file, with the custodian's key in it."""
    stick, opens = folder / "stick", os.open
    stick.mkdir()
    (stick / "custodian.key").write_bytes((folder / "custodian.key").read_bytes())

    def opened(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_CREAT and str(path).startswith(("stick", str(stick))):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opens(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", opened)
    return stick


def test_a_key_on_a_write_protected_stick_acts_and_says_where_its_memory_is(
    server: DeskServer, filed: Filed, stick: Path
) -> None:
    case = filed.key.case[:8]
    done = desk(server, "acknowledge", case, seat="stick/custodian")

    assert done.exit_code == 0, done.output
    assert done.stderr.count("cannot be written (stick/") == 1
    assert "forgotten when this command ends" in done.stderr
    assert not list(stick.glob("*.index"))
    assert "custodian: acknowledge" in desk(server, "fetch", case, seat="stick/custodian").stdout


def test_where_the_channel_is_stored_the_memory_is_kept_in_this_machines_settings(
    server: DeskServer, filed: Filed, folder: Path, stick: Path
) -> None:
    words = " ".join(server.channel.words())
    assert CliRunner().invoke(run, ["trust", "add", server.address, "--channel", words]).exit_code == 0
    done = desk(server, "acknowledge", filed.key.case[:8], seat="stick/custodian")

    assert done.exit_code == 0, done.output
    assert "kept in this machine's own settings" in done.stderr
    (kept,) = (folder / "home" / "seen").glob("*.index")
    server.hidden = 1  # a server that takes the act back is caught by that memory
    caught = desk(server, "fetch", filed.key.case[:8], seat="stick/custodian")
    assert caught.exit_code == 1
    kept.unlink()
    server.hidden = 0
    assert desk(server, "fetch", filed.key.case[:8], seat="stick/custodian").exit_code == 0


def test_a_fetch_is_not_begun_where_its_texts_cannot_be_written(server: DeskServer, filed: Filed, stick: Path) -> None:
    before = len(next(iter(server.cases.values())).items)
    for words in (["fetch", "-o", "stick/case"], ["reply", "--template", "-o", "stick/reply.toml"]):
        done = desk(server, words[0], filed.key.case[:8], *words[1:])
        assert done.exit_code == 1
        assert "so nothing was done" in done.stderr
    assert len(next(iter(server.cases.values())).items) == before


def test_a_case_that_could_not_be_written_after_all_is_shown(
    server: DeskServer, filed: Filed, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demur.cli.desk.fetch.check_folder", lambda _: None)
    done = desk(server, "fetch", filed.key.case[:8], "-o", "stick/case")

    assert done.exit_code == NOT_SAVED
    assert "The count is wrong." in done.stdout
    assert "It is fetched, and could not be written to stick/case" in done.stderr


@pytest.mark.parametrize("left", ["one", "none"])
def test_where_no_second_seat_reads_the_command_names_whom_to_give_access_and_nobody_who_was_left_out(
    server: DeskServer, folder: Path, left: str
) -> None:
    charter = server.frozen.charter
    others = {seat.id for seat in charter.reading_seats} - {charter.custodian}
    kept = {"agency-head"} if left == "one" else set()
    case = filed_at(server, wish_of(recused=frozenset(others - kept))).key.case[:8]
    assert desk(server, "acknowledge", case).exit_code == 0
    no = "".join(f'[[answer]]\nclaim = {n}\nkind = "declined"\ntext = "The count stands as it is."\n' for n in (1, 2))
    (folder / "no.toml").write_text(f'outcome = "rejected"\ntext = "We looked at it."\n{no}')
    done = desk(server, "reply", case, "no.toml")
    assert done.exit_code == 0, done.output
    if left == "one":
        assert "No other seat reads the case; give one access with `demur desk grant`: " in done.stdout
        assert "(agency-head)." in done.stdout
    else:
        assert "none is left that could: reply anew, answering a claim." in done.stdout
    assert not [seat for seat in others - kept if f"({seat})" in done.stdout]


def test_a_seat_sees_who_reads_and_may_not_give_access_to_whom_the_author_left_out(
    server: DeskServer, folder: Path
) -> None:
    charter = server.frozen.charter
    left = next(seat.id for seat in charter.seats if seat.id in server.seats and seat.id != charter.custodian)
    case = filed_at(server, wish_of(recused=frozenset({left}))).key.case[:8]
    shown = desk(server, "fetch", case)

    assert shown.exit_code == 0, shown.output
    (can,) = [line for line in shown.stdout.splitlines() if line.startswith("Can read it: ")]
    assert f"({charter.custodian})" in can
    assert f"({left})" not in can
    assert (
        f"Left out by the author, never to be given access: {next(s.title for s in charter.seats if s.id == left)} ({left})"
        in shown.stdout
    )
    document = told(desk(server, "fetch", case, "--json"))
    assert (document["recused"], charter.custodian in document["readers"]) == ([left], True)
    before = len(next(iter(server.cases.values())).items)
    refused = desk(server, "grant", case, "--to", left, "--reason", "She asked.")
    assert refused.exit_code == 1
    assert f"The author left out {next(s.title for s in charter.seats if s.id == left)} ({left})" in refused.stderr
    assert len(next(iter(server.cases.values())).items) == before
