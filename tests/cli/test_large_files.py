# SPDX-License-Identifier: AGPL-3.0-or-later
"""Large attachments by command: filed, cut on either side, fetched byte for byte; a flood keeps nobody from filing."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from demur.charter.channel import ChannelFile
from demur.client.casefiles import CaseFiles
from demur.client.errors import ServerRefused
from demur.client.http import Server
from serving import HANGS, Channel, demur, held, practice_channel

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("large"), charter="demur-default") as served:
        yield served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "amina"
    folder.mkdir()
    (folder / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    return folder


def filing(channel: Channel, name: str, *more: str) -> list[str | Path]:
    return ["file", *channel.known, "--yes", "--json", "--as-is", "-o", name, *more, "text.txt"]


def fetched(channel: Channel, home: Path, name: str, place: Path) -> dict[str, bytes]:
    case = demur("status", f"{name}.key", "--json", home=home).json["case"]
    desk = ["desk", *channel.known, "--key", channel.key("custodian")]
    done = demur(*desk, "fetch", case, "-o", place, home=place.parent / "citra")
    assert done.code == 0, done.err
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_a_large_attachment_arrives_byte_for_byte_beside_a_small_one(
    channel: Channel, home: Path, tmp_path: Path
) -> None:
    large, small = os.urandom(20 * MIB + 3), os.urandom(5000)
    (home / "large.bin").write_bytes(large)
    (home / "small.bin").write_bytes(small)
    done = demur(*filing(channel, "mine", "--attach", "large.bin", "--attach", "small.bin"), home=home)
    assert done.code == 0, done.err
    assert sorted(path.name for path in home.iterdir() if path.name.startswith("mine")) == [
        "mine.key",
        "mine.receipt",
        "mine.sealed",
        "mine.sealed-2",
    ]
    files = fetched(channel, home, "mine", tmp_path / "out")
    assert (files["attachment-1-small.bin"], files["attachment-2-large.bin"]) == (small, large)


def test_a_client_that_was_killed_goes_on_and_files_once(channel: Channel, home: Path, tmp_path: Path) -> None:
    data = os.urandom(60 * MIB)
    (home / "large.bin").write_bytes(data)
    words = filing(channel, "mine", "--attach", "large.bin")
    environment = {**os.environ, "DEMUR_HOME": str(home), "HOME": str(home)}
    environment.pop("DEMUR_DIR", None)
    child = subprocess.Popen(
        [sys.executable, "-m", "demur", *map(str, words)], cwd=home, env=environment, stdout=subprocess.DEVNULL
    )
    uploads = channel.directory / "files" / "uploads"
    end = time.monotonic() + 30
    while not any(path.stat().st_size > MIB for path in uploads.glob("*")) and time.monotonic() < end:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert (home / "mine.filing").exists()
    assert not (home / "mine.key").exists()

    done = demur(*words, home=home)
    assert done.code == 0, done.err
    assert "sending it again" in done.err
    assert not list(home.glob("mine.filing*"))
    assert fetched(channel, home, "mine", tmp_path / "out")["attachment-1-large.bin"] == data


def test_a_server_that_was_killed_meanwhile_is_caught_up_with(channel: Channel, home: Path, tmp_path: Path) -> None:
    data = os.urandom(80 * MIB)
    (home / "large.bin").write_bytes(data)
    words = filing(channel, "mine", "--attach", "large.bin")
    environment = {**os.environ, "DEMUR_HOME": str(home), "HOME": str(home)}
    environment.pop("DEMUR_DIR", None)
    child = subprocess.Popen(
        [sys.executable, "-m", "demur", *map(str, words)],
        cwd=home,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    uploads = channel.directory / "files" / "uploads"
    end = time.monotonic() + 30
    while not any(path.stat().st_size > MIB for path in uploads.glob("*")) and time.monotonic() < end:
        time.sleep(0.005)
    assert channel.process is not None
    os.killpg(channel.process.pid, signal.SIGKILL)
    channel.process.wait()
    channel.start()
    child.communicate(timeout=HANGS)
    if child.returncode != 0:  # it gave up while nobody answered; the same command goes on
        again = demur(*words, home=home)
        assert again.code == 0, again.err
    assert fetched(channel, home, "mine", tmp_path / "out")["attachment-1-large.bin"] == data


@pytest.mark.adversary
def test_whoever_fetches_a_large_file_slowly_fills_no_memory(channel: Channel, home: Path) -> None:
    (home / "large.bin").write_bytes(os.urandom(80 * MIB))
    done = demur(*filing(channel, "mine", "--attach", "large.bin"), home=home)
    assert done.code == 0, done.err
    keys = CaseFiles.named(home / "mine").read_key().keys
    kept = max((channel.directory / "files" / "sealed").glob("*/*"), key=lambda path: path.stat().st_mtime_ns)
    assert channel.process is not None
    before = held(channel.process.pid)
    with ExitStack() as open_ones:
        for _ in range(4):
            slow = open_ones.enter_context(socket.create_connection(("127.0.0.1", channel.port), timeout=60))
            slow.sendall(
                f"GET /api/v1/mailbox/{keys.mailbox}/files/{kept.name} HTTP/1.1\r\nHost: x\r\n"
                f"Authorization: Bearer {keys.bearer.hex()}\r\n\r\n".encode()
            )
            assert f"content-length: {kept.stat().st_size}".encode() in slow.recv(4096).lower()
        time.sleep(2)  # a server that reads ahead would have the four of them in memory by now
        assert held(channel.process.pid) - before < 16  # MiB


def test_limits_are_told_and_kept_before_anything_is_sealed(channel: Channel, home: Path) -> None:
    told = Server(channel.url).get_json("/api/v1/limits")
    assert told["part_bytes"] == MIB
    assert told["upload_room"] > 0
    assert told["work"]["filing_bits"] == 0
    with (home / "huge.bin").open("wb") as file:
        file.truncate(told["file_bytes"] + 1)  # sparse: it takes no room
    done = demur(*filing(channel, "mine", "--attach", "huge.bin"), home=home)
    assert done.code == 1
    assert "may have" in done.err
    assert not list(home.glob("mine*"))


def room(channel: Channel, bytes_: int) -> None:
    """The administrator sets the room for uploads, and starts the server again."""
    channel.stop()
    settings = channel.directory / "demur.toml"
    lines = [line for line in settings.read_text().splitlines() if not line.startswith("upload_room")]
    settings.write_text("\n".join([*lines, f"upload_room = {bytes_}"]) + "\n")
    channel.start()


def test_a_flood_of_uploads_keeps_nobody_from_filing(channel: Channel, home: Path, tmp_path: Path) -> None:
    room(channel, 16 * MIB + MIB // 2)  # never quite full: the last bit of room would cost the most work
    server = Server(channel.url)
    flood = os.urandom(MIB)
    names = [hashlib.sha256(bytes([n])).hexdigest() for n in range(20)]
    refused = set()
    for name in names:
        try:
            server.put_json(f"/api/v1/uploads/{name}/0?size={2 * MIB}", flood)
        except ServerRefused as error:
            refused.add(error.code)
    assert refused == {"work"}  # beyond half of the room each part has its price
    (home / "large.bin").write_bytes(os.urandom(3 * MIB))
    assert demur(*filing(channel, "small"), home=home).code == 0
    done = demur(*filing(channel, "mine", "--attach", "large.bin"), home=home)
    assert done.code == 0, done.err  # by showing work: the room is not yet full
    assert "bits of work" in done.err
    for path in (channel.directory / "files" / "uploads").iterdir():
        os.utime(path, (time.time() - 3600, time.time() - 3600))
    (home / "larger.bin").write_bytes(os.urandom(8 * MIB))
    later = demur(*filing(channel, "later", "--attach", "larger.bin"), home=home)
    assert later.code == 0, later.err  # the flood stands still, and makes way
    room(channel, 1 << 34)


def test_an_upload_is_named_by_its_own_hash_and_by_nothing_else(channel: Channel) -> None:
    known = ChannelFile.parse(channel.file.read_text()).channel
    assert known.origin.startswith("practice-")
    for name in ("x" * 64, "..%2f..%2fkeys", "A" * 64):
        request = urllib.request.Request(f"{channel.url}/api/v1/uploads/{name}/0?size=5", data=b"12345", method="PUT")
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=5)
        with error.value:
            assert error.value.code == 404
