# SPDX-License-Identifier: AGPL-3.0-or-later
"""One server to an installation and to a port; nobody is left behind when it is killed; a bell that hangs holds up nothing."""

import os
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import Channel, demur, family, practice_channel

pytestmark = pytest.mark.adversary


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with practice_channel(tmp_path) as served:
        yield served


def test_a_second_server_of_an_installation_is_refused(channel: Channel, tmp_path: Path) -> None:
    for port in (channel.port, channel.port + 1):
        refused = demur("serve", channel.directory, "--listen", f"127.0.0.1:{port}", home=tmp_path / "home")
        assert refused.code == 1
        assert "serves" in refused.err
        assert refused.err.count("\n") == 1


def test_a_port_is_not_shared_with_another_installation(channel: Channel, tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as other:
        refused = demur("serve", other.directory, "--listen", f"127.0.0.1:{channel.port}", home=tmp_path / "home")
        assert refused.code == 1
        assert "name another with --listen" in refused.err


def test_commands_go_on_beside_the_server(channel: Channel, tmp_path: Path) -> None:
    assert demur("tick", channel.directory, home=tmp_path / "home").code == 0
    assert demur("backup", channel.directory, tmp_path / "backup", home=tmp_path / "home").code == 0


def test_a_worker_ends_with_a_parent_that_was_killed(channel: Channel) -> None:
    assert channel.process is not None
    _, worker, aside = family(channel.process.pid)
    os.kill(channel.process.pid, signal.SIGKILL)
    channel.process.wait()
    channel.process = None
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() and "Z" not in state(pid) for pid in (worker, aside)):
        assert time.monotonic() < end
        time.sleep(0.05)
    channel.start()  # nothing of the lock is left


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


HANGING = "import time; time.sleep(60)"


def test_a_bell_that_hangs_holds_up_no_record(tmp_path: Path) -> None:
    with practice_channel(tmp_path, serve=False) as channel:
        with (channel.directory / "demur.toml").open("a") as settings:
            settings.write(f'\n[doorbell]\ncommand = ["{sys.executable}", "-c", "{HANGING}"]\n')
        channel.start()
        home = tmp_path / "home"
        home.mkdir()
        (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
        for name in ("first", "second", "third"):
            done = demur("file", *channel.known, "--yes", "-o", name, "text.txt", home=home)
            assert done.code == 0, done.err
        filed = time.monotonic()
        while waiting(channel):
            assert time.monotonic() - filed < 10, "the record waits for the bell"
            time.sleep(0.1)
        assert set(state_of_notice(channel)) == {("waiting", "")}  # it is still being rung


def waiting(channel: Channel) -> int:
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        return int(rows.execute('select count(*) from entries_entry where "index" is null').fetchone()[0])


def state_of_notice(channel: Channel) -> list[tuple[str, str]]:
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        return rows.execute("select state, failure from notices_notice").fetchall()
