# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an outsider who asks every public address over and over can learn of one filing: nothing before the tick."""

import json
import os
import random
import re
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from demur.dissent.uploads import Uploads
from demur.site.configuration import UPLOAD_ROOM
from demur.web import load
from demur.web.load import FREE, MINUTE, work_asked
from serving import Channel, demur, practice_channel, real_channel

pytestmark = pytest.mark.adversary

# Every address that anybody may ask without words, keys or an account.
PUBLIC = (
    "/",
    "/en/",
    "/id/",
    "/charter.toml",
    "/checkpoint",
    "/checkpoint.accepted",
    "/tile/0/000",
    "/tile/entries/000",
    "/api/v1/channel",
    "/api/v1/directory",
    "/api/v1/policies",
    "/api/v1/assets",
    "/api/v1/limits",
    "/api/v1/keeps",
    "/api/v1/rosters",
    "/api/v1/uploads/" + "0" * 64,
    "/api/v1/record/consistency?old=1&new=2",
    "/en/file/",
    "/en/file/plain/",
    "/en/case/",
    "/en/case/plain/",
    "/en/desk/in/",
    "/en/nothing-here/",
    "/api/v1/mailbox/" + "0" * 32,
    "/api/v1/record/proof/" + "0" * 64,
)
# What differs from answer to answer whoever filed: the time that a directory is signed for, the values of forms.
_MOVES = (
    (re.compile(r"\\ntime \d+|\ntime \d+"), "time"),
    (re.compile(r"\u2014 \S+ [A-Za-z0-9+/=]+|\\u2014 \S+ [A-Za-z0-9+/=\\]+"), "signature"),
    (re.compile(r'value="[0-9a-f]{32,}"'), "form"),
    (re.compile(r'nonce-[A-Za-z0-9+/=_-]+|nonce="[^"]*"'), "nonce"),
)


def shown(channel: Channel) -> dict[str, tuple[int, str, int]]:
    """What each address answers: status, body, length of the body."""
    found = {}
    for path in PUBLIC:
        try:
            with urllib.request.urlopen(channel.url + path, timeout=30) as answer:
                status, text = answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode("utf-8", "replace")
        for pattern, name in _MOVES:
            text = pattern.sub(name, text)
        found[path] = (status, text, len(text))
    return found


@pytest.fixture(scope="module")
def daily(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Channel, Path]]:
    """A real channel, whose entries are published once a day."""
    place = tmp_path_factory.mktemp("daily")
    with real_channel(place) as channel:
        yield channel, place / "home"


def file(channel: Channel, home: Path, name: str, *more: str | Path) -> None:
    (home / "text.txt").write_text("The crossing\n\nThe count was wrong.\n")
    new = [word for seat in ("custodian", "head") for word in ("--accept-new-key", seat)]
    known = new if "real" in channel.directory.name else []
    done = demur("file", *channel.known, *known, "--yes", *more, "-o", name, "text.txt", home=home)
    assert done.code == 0, done.err


def test_no_public_address_tells_of_a_filing_before_its_tick(
    daily: tuple[Channel, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    channel, home = daily
    (home / "big.bin").write_bytes(os.urandom(5_000_000))
    before = shown(channel)
    again = shown(channel)
    file(channel, home, "one")
    file(channel, home, "two", "--as-is", "--attach", home / "big.bin")
    demur("message", "one.key", "When?", home=home)
    after = shown(channel)
    still = [path for path in PUBLIC if before[path] != again[path]]
    moved = [path for path in PUBLIC if before[path] != after[path]]
    with capsys.disabled():
        print(
            f"\n{len(PUBLIC)} public addresses: {len(moved)} moved with two filings and a message, {len(still)} without"
        )

    assert still == []
    assert moved == []


CROWDED = Path(__file__).parents[1] / "cli"


def test_what_is_asked_of_filings_is_told_as_it_was_at_the_tick(
    daily: tuple[Channel, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """On a channel where one filing in ten minutes is free, so that each further one moves the work that is asked."""
    channel, home = daily
    channel.stop()
    seen = dict[str, list[str]]()
    for name, more in (("planted hole, told live", {"LIVE_LIMITS": "1"}), ("told at the tick", {})):
        environment = {"DEMUR_DIR": str(channel.directory), "PYTHONPATH": str(CROWDED), "FREE_FILINGS": "1", **more}
        channel.run("-m", "crowded_server", str(channel.port), **environment)
        before = shown(channel)
        for n in range(2):
            file(channel, home, f"{len(seen)}-{n}")
        after = shown(channel)
        seen[name] = [path for path in PUBLIC if before[path] != after[path]]
        channel.stop()
    channel.start()
    with capsys.disabled():
        print(f"\naddresses that moved with two filings, of {len(PUBLIC)}: {seen}")

    assert seen["planted hole, told live"] == ["/api/v1/limits"]
    assert seen["told at the tick"] == []


def test_the_room_for_uploads_tells_nobody_that_something_large_is_filed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with practice_channel(tmp_path) as channel:
        home, over = tmp_path / "home", threading.Event()
        home.mkdir()
        (home / "big.bin").write_bytes(os.urandom(9_000_000))
        live, told = set(), set()
        uploads = Uploads(channel.directory / "files", UPLOAD_ROOM)

        def poll() -> None:
            while not over.is_set():
                live.add(uploads.free(now=time.time()))  # the planted hole: what was told on 26 November
                with urllib.request.urlopen(f"{channel.url}/api/v1/limits", timeout=30) as answer:
                    told.add(json.dumps({**json.load(answer), "work": 0}, sort_keys=True))

        watching = threading.Thread(target=poll)
        watching.start()
        file(channel, home, "mine", "--as-is", "--attach", home / "big.bin")
        over.set()
        watching.join()
    with capsys.disabled():
        print(f"\nvalues seen while 9 MB were filed: planted hole {len(live)}, now {len(told)}")

    assert len(live) > 1
    assert len(told) == 1


def flips(chance: random.Random, *, minutes: int) -> int:
    """In how many minutes one filing of somebody else makes the work jump, for whoever keeps the load just below what is free."""
    secret, found = chance.randbytes(32), 0
    for minute in range(minutes):
        bits = [work_asked(secret, count / FREE, at=minute * MINUTE).bits for count in (FREE, FREE + 1)]
        found += bits[0] != bits[1]
    return found


def test_the_work_that_is_asked_counts_nobody_s_filings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as planted:
        planted.setattr(load, "BLUR", 0.0)
        before = flips(random.Random(1), minutes=5000)
    now = flips(random.Random(1), minutes=5000)
    with capsys.disabled():
        print(f"\nminutes in which one filing shows at the edge: planted hole {before} of 5000, now {now}")

    assert before == 5000
    assert now <= 10


def test_the_server_writes_down_nobody_s_address_whatever_is_sent(tmp_path: Path) -> None:
    """Requests that are none, connections that are cut or reset, bodies that never end: its log tells of none who sent them."""
    requests = (
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nhalf",
        b"POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200),
        b"GET " + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /api/v1/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 500 + b"\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: \x1b[2J\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n",
        b"",
    )
    with practice_channel(tmp_path) as channel:
        before = len(channel.output.read_bytes())
        own = []
        for raw in requests:
            for reset in (True, False):
                line = socket.create_connection(("127.0.0.1", channel.port), timeout=5)
                own.append(line.getsockname()[1])
                line.sendall(raw)
                if reset:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.close()
        time.sleep(1)
        with urllib.request.urlopen(f"{channel.url}/api/v1/limits", timeout=30) as answer:
            assert answer.status == 200
        said = channel.output.read_bytes()[before:].decode("utf-8", "replace")

    assert "Traceback" not in said
    assert "127.0.0.1" not in said
    assert "203.0.113.9" not in said
    assert "\x1b" not in said
    assert not any(re.search(rf"\b{port}\b", said) for port in own), said
