# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur doorbell` as the administrator uses it, on a real installation, and what it lets them learn."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mail_server import LATER, MailServer

from serving import Channel, Done, demur, practice_channel

MARKER = "a7c0ffee5ca1ab1e"  # stands for a case: it must be nowhere

RING = f"""
import sys
from pathlib import Path
from demur.site.boot import open_installation
ground = open_installation(Path(sys.argv[1]))
from demur.notices.delivering import deliver_due
from demur.notices.pulling import puller
from demur.notices.ringing import ring_for
from demur.site.configuration import read_configuration
import os
case = "{MARKER}"
now = int(sys.argv[2])
ground.writer.write(lambda: ring_for(len([case]), 0, 1, at=now))
bell = read_configuration(Path(sys.argv[1])).doorbell
for moment in map(int, sys.argv[2:]):
    deliver_due(now=moment, deliver=puller(bell, now=moment, random=os.urandom), write=ground.writer.write)
"""
NOW = 1_795_424_823


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("doorbell"), serve=False) as channel:
        yield channel


@pytest.fixture
def channel(served: Channel) -> Iterator[Channel]:
    """The installation, without the settings and rows of another test."""
    file = served.directory / "demur.toml"
    before = file.read_text()
    yield served
    file.write_text(before)
    with sqlite3.connect(served.directory / "demur.sqlite3") as rows:
        rows.execute("DELETE FROM notices_notice")
    rows.close()


def set_up(channel: Channel, table: str) -> None:
    with (channel.directory / "demur.toml").open("a") as file:
        file.write(f"[doorbell]\n{table}\n")


def by_mail(channel: Channel, server: MailServer) -> None:
    set_up(
        channel,
        f'smtp = "127.0.0.1:{server.port}"\ntls = "none"\nfrom = "bell@channel.example"\nto = "custodian@house.example"',
    )


def doorbell(channel: Channel, verb: str, *options: str, home: Path) -> Done:
    return demur("doorbell", verb, channel.directory, *options, home=home)


def ring(channel: Channel, *moments: int) -> str:
    """Ring as the ticker does, and beat at `moments`; returns everything that was printed."""
    words = [sys.executable, "-c", RING, str(channel.directory), *map(str, moments)]
    done = subprocess.run(words, capture_output=True, check=True, env={**os.environ, "PYTHONWARNINGS": ""})
    return (done.stdout + done.stderr).decode()


def test_a_doorbell_is_tried_out_before_it_is_needed(channel: Channel, server: MailServer, tmp_path: Path) -> None:
    by_mail(channel, server)
    done = doorbell(channel, "test", home=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert done.out == "The doorbell was taken; ask the custodian whether it arrived.\n"
    assert b"This is a test of the doorbell." in server.mails[0]


def test_a_test_that_fails_says_why_and_what_to_do(channel: Channel, server: MailServer, tmp_path: Path) -> None:
    by_mail(channel, server)
    server.plan = [LATER, LATER]
    done, told = (doorbell(channel, "test", *options, home=tmp_path) for options in ([], ["--json"]))

    assert (done.code, done.out) == (1, "")
    assert done.err == "demur: The mail server asked to come back later; wait, or ask its postmaster.\n"
    assert (told.code, told.json) == (1, {"rung": False, "failure": "later"})
    assert doorbell(channel, "list", "--json", home=tmp_path).json["waiting"] == []


def test_a_channel_without_a_doorbell_says_so(channel: Channel, tmp_path: Path) -> None:
    tested, listed = (doorbell(channel, verb, home=tmp_path) for verb in ("test", "list"))

    assert tested.code == 1
    assert tested.err.startswith("demur: No doorbell is set up: demur.toml has no table [doorbell]; add one to ")
    assert (listed.code, listed.out) == (0, "No doorbell is set up: demur.toml has no table [doorbell].\n")


def test_a_setting_that_is_none_is_told_in_a_sentence(channel: Channel, tmp_path: Path) -> None:
    set_up(channel, 'comand = ["/bin/true"]')
    done = doorbell(channel, "list", home=tmp_path)

    assert done.code == 1
    assert done.err.endswith("demur.toml: [doorbell] holds 'comand', which is no setting; take it out.\n")


def test_a_command_that_fails_dies_is_mended_and_rings(channel: Channel, tmp_path: Path) -> None:
    bell = tmp_path / "bell"
    bell.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/rung\nexit 1\n')
    bell.chmod(0o755)
    set_up(channel, f'command = ["{bell}"]')
    # A failure ends its beat; the other kind has its turn at the next, twenty seconds later.
    moments = [NOW + minute * 60 + second for minute in (0, 1, 6, 36, 156, 516) for second in (0, 20)]
    said = ring(channel, *moments)
    listed = doorbell(channel, "list", home=tmp_path)

    assert listed.out.splitlines()[:2] == [
        "dead     new      2026-11-23  tried 6 times (failed)",
        "dead     overdue  2026-11-23  tried 6 times (failed)",
    ]
    assert said.count("gave up after 6 tries (failed)") == 2
    assert sorted((tmp_path / "rung").read_text().split()) == ["new"] * 6 + ["overdue"] * 6

    bell.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/mended\n')
    retried = doorbell(channel, "retry", "--json", home=tmp_path)
    ring(channel, moments[-1] + 60)

    assert retried.json == {"retried": 2}
    assert (tmp_path / "mended").read_text().split() == ["new", "overdue"]
    assert doorbell(channel, "list", home=tmp_path).out == "No notice waits and none is dead.\n"
    assert doorbell(channel, "retry", home=tmp_path).out == "No notice is dead.\n"


@pytest.mark.adversary
def test_no_mail_row_or_line_of_a_log_knows_a_case_or_a_moment(
    channel: Channel, server: MailServer, tmp_path: Path
) -> None:
    by_mail(channel, server)
    server.plan = [LATER]
    said = ring(channel, NOW, NOW + 60)
    listed = doorbell(channel, "list", "--json", home=tmp_path).out
    ring(channel, NOW + 1000)
    with sqlite3.connect(channel.directory / "demur.sqlite3") as database:
        rows = "\n".join(database.iterdump())
        kept = [value for row in database.execute("SELECT * FROM notices_notice") for value in row]
    database.close()

    assert len(server.mails) == 3
    assert all(MARKER not in text for text in (said, rows, listed, *map(bytes.decode, server.mails)))
    assert "Amina" not in said + rows  # the mail server's answer named her
    assert all(not isinstance(value, int) or value < 86400 or value % 900 == 0 for value in kept)
