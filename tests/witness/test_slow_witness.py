# SPDX-License-Identifier: AGPL-3.0-or-later
"""One witness drips its answer: the server listens all the same, the record is published, and the log says who was missing."""

import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from liars import DRIPS, answering, dripping

from demur.record.checkpoint import Checkpoint
from demur.record.note import Note
from serving import Channel, demur, practice_channel

pytestmark = pytest.mark.adversary
ENDS = 10.0  # seconds: what is asked of a witness takes five, and a start does not wait for all of it


@contextmanager
def channel_of(url: str, place: Path) -> Iterator[Channel]:
    """A practice channel, not yet served, whose policy names the witness at `url` and needs nobody's word."""
    home = place / "home"
    with practice_channel(place, serve=False) as channel:
        words: list[list[str | Path]] = [
            ["witness", "new", place / "w", "--name", "slow.example", "--address", url],
            ["policy", "request", channel.directory, "--witness", place / "w" / "witness.card", "--quorum", "0", "-o", "p.request"],
            ["policy", "sign", "--key", channel.key("officer"), "--channel", channel.file, "--yes", "p.request", "-o", "p.signed"],
            ["policy", "adopt", channel.directory, "p.signed"],
        ]  # fmt: skip
        for line in words:
            done = demur(*line, home=home)
            assert done.code == 0, done.err
        yield channel


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    with answering(dripping(DRIPS["headers"])) as url, channel_of(url, tmp_path) as made:
        yield made


def signed(channel: Channel) -> int:
    with sqlite3.connect(channel.directory / "demur.sqlite3") as rows:
        return int(rows.execute("select max(size) from entries_checkpoint").fetchone()[0])


def shown(channel: Channel) -> int:
    with urllib.request.urlopen(f"{channel.url}/checkpoint", timeout=5) as answer:
        return Checkpoint.parse(Note.parse(answer.read().decode()).text).size


def test_the_record_goes_on_and_the_log_says_who_was_missing(channel: Channel, tmp_path: Path) -> None:
    began = time.monotonic()
    channel.start()
    assert time.monotonic() - began < 2 * ENDS
    (tmp_path / "home" / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    before = shown(channel)  # what is filed may be published before the command that files it has ended
    done = demur("file", *channel.known, "--yes", "-o", "mine", "text.txt", home=tmp_path / "home")
    assert done.code == 0, done.err
    filed = time.monotonic()
    while shown(channel) < signed(channel) or shown(channel) == before:
        assert time.monotonic() - filed < 2 * ENDS, channel.output.read_text()
        time.sleep(0.1)
    assert "did not cosign: it gives no answer in time" in channel.output.read_text()


def test_a_server_listens_before_a_witness_that_hangs_has_answered(tmp_path: Path) -> None:
    """It says nothing while the rules of a start are checked, then answers a little of each question until it is let go."""
    asked: list[float] = []
    drip = dripping(DRIPS["headers"])

    def speak(line: socket.socket, body: bytes) -> None:
        asked.append(time.monotonic())
        if len(asked) == 1:
            line.sendall(b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n")  # the check before the start
        else:
            drip(line, body)

    gate = threading.Event()
    with (
        answering(lambda line, body: speak(line, body) if gate.is_set() else line.close()) as url,
        channel_of(url, tmp_path) as channel,
    ):
        gate.set()
        channel.start()
        listening = time.monotonic()
        assert asked[0] < listening
        assert listening - asked[1] < 6.5, "it listened only after all that the witness was asked had come to an end"
