# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sending in parts to a server that fails on the way: cut, lost answers, behind, ahead, lying, asking for work.

The server is real, with sockets and the rules of `demur.dissent.uploads`; only its faults are made here.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from demur.client.errors import BadAnswer, BadKeyFile, ServerRefused, Unreachable
from demur.client.http import Server
from demur.client.submitting import is_final
from demur.client.uploading import SealedUpload, upload
from demur.dissent.errors import DissentError, MissingPart, WorkWanted
from demur.dissent.uploads import PART, Uploads
from demur.dissent.work import HEADER, Work, check_work
from serving import listening

ORIGIN = "dissent.example.org"
CHALLENGE = "0" * 32
DATA = os.urandom(3 * PART + 500)
NAME = hashlib.sha256(DATA).hexdigest()
STATUS: dict[type, tuple[int, str]] = {MissingPart: (409, "missing-part"), WorkWanted: (429, "work")}


@dataclass
class Receiving:
    """What one server has and how it fails. `before` and `after` are called with the number of the PUT, from 0: what they return
    false for is cut off, before the part is kept or before the answer.
    """

    uploads: Uploads
    before: Callable[[int], bool] = lambda _: True
    after: Callable[[int], bool] = lambda _: True
    have: Callable[[int], Any] = lambda have: have
    work: Any = field(default_factory=lambda: {"part_bits": 0, "challenge": CHALLENGE})
    bits: int = 0
    parts: list[int] = field(default_factory=list)
    connections: int = 0

    def take(self, n: int, data: bytes, size: int, stamp: str) -> int:
        """Keep a part by the server's own rules."""
        check_work(stamp, f"{NAME}/{n}", origin=ORIGIN, work=Work(bits=self.bits, challenges=(CHALLENGE,)))
        return self.uploads.take(NAME, n, data, size=size, now=time.time())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a connection stays open until somebody ends it
    receiving: Receiving

    def setup(self) -> None:
        super().setup()
        self.receiving.connections += 1

    def do_GET(self) -> None:
        if self.path == "/api/v1/limits":
            self._say(200, {"part_bytes": PART, "work": self.receiving.work})
        else:
            self._say(200, {"have": self.receiving.have(self.receiving.uploads.have(NAME))})

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        path, _, size = self.path.partition("?size=")
        request, n = len(self.receiving.parts), int(path.rpartition("/")[2])
        self.receiving.parts.append(n)
        if not self.receiving.before(request):
            self.close_connection = True
            return
        try:
            have = self.receiving.take(n, data, int(size), self.headers.get(HEADER, ""))
        except DissentError as error:
            status, code = STATUS[type(error)]
            self._say(status, {"error": str(error), "code": code})
            return
        if self.receiving.after(request):
            self._say(200, {"have": self.receiving.have(have)})
        else:
            self.close_connection = True

    def _say(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Silence."""


@contextmanager
def served(receiving: Receiving) -> Iterator[Server]:
    with listening(type("Handler", (_Handler,), {"receiving": receiving})) as url:
        yield Server(url, timeout=5)


@pytest.fixture
def receiving(tmp_path: Path) -> Receiving:
    return Receiving(Uploads(tmp_path / "server", 10 * PART))


@pytest.fixture
def file(tmp_path: Path) -> SealedUpload:
    path = tmp_path / "mine.filing.1"
    path.write_bytes(DATA)
    return SealedUpload(path=path, size=len(DATA), sha256=NAME)


def sent(receiving: Receiving, file: SealedUpload, **more: Any) -> list[int]:
    """Upload to a new server with these faults; what was told as progress."""
    told: list[int] = []
    with served(receiving) as server:
        upload(server, file, origin=ORIGIN, part=PART, progress=told.append, **more)
    receiving.uploads.check_whole(NAME, len(DATA))
    return told


def test_parts_go_in_order_and_the_progress_is_what_the_server_has(receiving: Receiving, file: SealedUpload) -> None:
    assert sent(receiving, file) == [0, PART, 2 * PART, 3 * PART, len(DATA)]
    assert receiving.parts == [0, 1, 2, 3]
    assert receiving.connections == 1


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_connection_that_drops_at_a_part_is_made_again(receiving: Receiving, file: SealedUpload, fault: str) -> None:
    setattr(receiving, fault, lambda request: request != 2)
    sent(receiving, file)
    assert receiving.parts == [0, 1, 2, 2, 3]
    assert receiving.connections == 2


def test_a_server_that_goes_away_is_named_and_the_next_upload_goes_on(receiving: Receiving, file: SealedUpload) -> None:
    receiving.before = lambda request: request < 2
    with pytest.raises(Unreachable, match="run the same command again"):
        sent(receiving, file)
    receiving.parts.clear()
    receiving.before = lambda _: True
    again = SealedUpload.from_row(file.row, file.path.parent)  # as another process reads it from R.filing
    assert sent(receiving, again)[0] == 2 * PART
    assert receiving.parts == [2, 3]


def test_a_server_that_is_ahead_is_sent_only_what_it_lacks(receiving: Receiving, file: SealedUpload) -> None:
    for n in range(2):
        receiving.uploads.take(NAME, n, DATA[n * PART : (n + 1) * PART], size=len(DATA), now=time.time())
    sent(receiving, file)
    assert receiving.parts == [2, 3]


def test_a_whole_upload_is_not_sent_again(receiving: Receiving, file: SealedUpload) -> None:
    sent(receiving, file)
    receiving.parts.clear()
    assert sent(receiving, file) == [len(DATA)]
    assert receiving.parts == []


def test_a_server_that_lost_the_upload_on_the_way_is_sent_it_from_the_start(
    receiving: Receiving, file: SealedUpload
) -> None:
    def lose(request: int) -> bool:
        if request == 2:
            (receiving.uploads.directory / "uploads" / NAME).unlink()
        return True

    receiving.before = lose
    sent(receiving, file)
    assert receiving.parts == [0, 1, 2, 0, 1, 2, 3]


def test_a_server_that_lost_half_a_part_is_sent_that_part_again(receiving: Receiving, file: SealedUpload) -> None:
    growing = receiving.uploads.directory / "uploads" / NAME
    growing.parent.mkdir(parents=True)
    growing.write_bytes(DATA[: PART + PART // 2])  # as a machine leaves it that died while it wrote
    sent(receiving, file)
    assert receiving.parts == [1, 2, 3]


def test_a_server_that_keeps_nothing_is_left_after_a_few_tries(receiving: Receiving, file: SealedUpload) -> None:
    receiving.have = lambda _: 0
    with pytest.raises(BadAnswer, match="did not keep"):
        sent(receiving, file)
    assert len(receiving.parts) < 10


@pytest.mark.parametrize("have", [-1, len(DATA) + 1, "5", None, True, 1.0])
def test_an_impossible_count_is_refused(receiving: Receiving, file: SealedUpload, have: Any) -> None:
    receiving.have = lambda _: have
    with pytest.raises(BadAnswer, match="more of an attachment than there is"):
        sent(receiving, file)


def test_work_is_done_where_it_is_asked_and_the_person_is_told(receiving: Receiving, file: SealedUpload) -> None:
    receiving.bits = 8
    receiving.work = {"part_bits": 8, "challenge": CHALLENGE}
    bits: list[int] = []
    sent(receiving, file, tell=bits.append)
    assert bits == [8] * 4
    assert receiving.parts == [0, 0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    "work",
    [
        None,
        {"part_bits": 23, "challenge": CHALLENGE},
        {"part_bits": -1, "challenge": CHALLENGE},
        {"part_bits": True, "challenge": CHALLENGE},
        {"part_bits": 8},
        {"part_bits": 8, "challenge": "x\r\nCookie: a=b"},
        {"part_bits": 8, "challenge": "\ud800"},
        {"part_bits": 8, "challenge": "0" * 31},
    ],
)
def test_work_that_cannot_be_done_is_not_begun(receiving: Receiving, file: SealedUpload, work: Any) -> None:
    receiving.bits = 8
    receiving.work = work
    with pytest.raises(BadAnswer, match="work"):
        sent(receiving, file)


def test_a_server_that_never_takes_the_work_is_left(receiving: Receiving, file: SealedUpload) -> None:
    receiving.bits = 30  # more than it tells
    with pytest.raises(ServerRefused) as caught:
        sent(receiving, file)
    assert caught.value.code == "work"
    assert not is_final(caught.value)  # the sealed filing is kept


def test_only_a_server_that_looked_for_the_filing_can_say_that_it_is_not_recorded() -> None:
    assert not is_final(ServerRefused(409, "missing-part", "An attachment has not arrived whole."))
    assert not is_final(ServerRefused(403, "unknown", "The server answered 403 without saying why."))
    assert not is_final(ServerRefused(413, "too-large", "The request is larger than the charter's limit."))
    assert is_final(ServerRefused(409, "moved-on", "The charter changed."))


@pytest.mark.parametrize("name", ["../mine.filing.1", "..\\mine", "..", "", "gone", 5])
def test_a_sealed_attachment_lies_beside_its_filing_or_is_refused(file: SealedUpload, name: object) -> None:
    with pytest.raises(BadKeyFile):
        SealedUpload.from_row({**file.row, "file": name}, file.path.parent)


def test_a_sealed_attachment_that_was_cut_is_not_sent(file: SealedUpload) -> None:
    os.truncate(file.path, 100)
    with pytest.raises(BadKeyFile, match="missing or cut"):
        SealedUpload.from_row(file.row, file.path.parent)
