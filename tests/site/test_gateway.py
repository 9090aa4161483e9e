# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes slowly costs nobody else anything: bodies are gathered without a thread, and the slowest make way."""

import asyncio
import io
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demur.site.gateway import Arrivals, Body, CutShort, Gateway, Start, TooSlow, environ_of
from serving import Channel, practice_channel

PIECES = st.lists(st.binary(min_size=1, max_size=200), max_size=20)
LARGE = 300_000


def gathered(pieces: Iterable[bytes]) -> Body:
    body = Body()
    for piece in pieces:
        body.add(piece)
    return body


@given(PIECES, st.lists(st.integers(-1, 300), max_size=30))
def test_a_body_reads_as_any_file_does(pieces: list[bytes], sizes: list[int]) -> None:
    body, file = gathered(pieces), io.BytesIO(b"".join(pieces))

    assert [body.read(size) for size in sizes] == [file.read(size) for size in sizes]
    assert body.read() == file.read()
    assert body.read() == b""


@given(PIECES)
def test_a_body_is_read_by_lines_as_any_file_is(pieces: list[bytes]) -> None:
    assert list(gathered(pieces)) == list(io.BytesIO(b"".join(pieces)))


def test_a_body_of_single_bytes_takes_few_pieces() -> None:
    assert len(gathered([b"x"] * 1000)._pieces) == 1


class Sender:
    """A request as the server hands it on: its body comes piece by piece, and `more` lets the next one come."""

    def __init__(self, *pieces: bytes, ends: bool = True) -> None:
        self.pieces, self.ends = pieces, ends
        self.answered: tuple[int, bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
            await asyncio.sleep(0)
        if not self.ends:
            await asyncio.Event().wait()

    def response_bytes(self, status: int, _headers: list[tuple[str, str]], body: bytes) -> None:
        self.answered = (status, body)


async def read(arrivals: Arrivals, sender: Sender, declared: int) -> bytes:
    async with arrivals.body(sender, declared) as body:
        return body.read()


async def after_a_moment() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_where_too_many_send_at_once_the_slowest_makes_way_and_a_quick_one_does_not() -> None:
    async def story() -> None:
        arrivals = Arrivals(at_once=3)
        dripping = [asyncio.create_task(read(arrivals, Sender(b"x", ends=False), LARGE)) for _ in range(3)]
        await asyncio.sleep(0.2)

        assert await read(arrivals, Sender(b"q" * LARGE), LARGE) == b"q" * LARGE

        await after_a_moment()
        ended = [task for task in dripping if task.done()]
        assert ended == dripping[:1], "of those who sent as little the first to come is the first to go"
        with pytest.raises(TooSlow):
            ended[0].result()
        for task in dripping:
            task.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)
        assert arrivals._held == 0

    asyncio.run(story())


class Steady(Sender):
    """Somebody on a slow line: `rate` bytes a second, in drops."""

    def __init__(self, *, whole: int, rate: int) -> None:
        super().__init__()
        self.whole, self.rate = whole, rate

    async def __aiter__(self) -> AsyncIterator[bytes]:
        drop = self.rate // 20
        for _ in range(0, self.whole, drop):
            yield b"s" * drop
            await asyncio.sleep(1 / 20)


@pytest.mark.adversary
@pytest.mark.parametrize("declared", [200_000, LARGE])
def test_those_who_open_and_say_next_to_nothing_push_out_nobody_who_sends(declared: int) -> None:
    async def story() -> None:
        arrivals = Arrivals(at_once=20)
        honest = asyncio.create_task(read(arrivals, Steady(whole=20_000, rate=7_000), 20_000))
        silent = []
        while not honest.done():
            silent.append(asyncio.create_task(read(arrivals, Sender(b"x", ends=False), declared)))
            await asyncio.sleep(0.02)
        assert len(honest.result()) >= 20_000
        for task in silent:
            task.cancel()
        await asyncio.gather(*silent, return_exceptions=True)

    asyncio.run(story())


def test_where_bodies_hold_too_much_the_largest_makes_way() -> None:
    async def story() -> None:
        arrivals = Arrivals(room=10_000)
        small = asyncio.create_task(read(arrivals, Sender(b"s" * 1_000, ends=False), 2_000))
        large = [asyncio.create_task(read(arrivals, Sender(b"l" * 6_000, ends=False), LARGE)) for _ in range(2)]
        await after_a_moment()

        assert not small.done(), "whoever holds little is not pushed out by those who hold much"
        assert [task.done() for task in large].count(True) == 1
        for task in (small, *large):
            task.cancel()
        await asyncio.gather(small, *large, return_exceptions=True)
        assert arrivals._held == 0

    asyncio.run(story())


@pytest.mark.parametrize("declared", [100, LARGE, 64 * 2**20])
def test_half_a_body_reaches_no_application(declared: int) -> None:
    async def story() -> None:
        arrivals = Arrivals()
        with pytest.raises(CutShort):
            await read(arrivals, Sender(b"x" * 50), declared)
        assert arrivals._held == 0

    asyncio.run(story())


@pytest.mark.parametrize("declared", [100, LARGE])
def test_a_body_that_stands_still_is_given_up(declared: int) -> None:
    async def story() -> None:
        arrivals = Arrivals(still=0.05)
        with pytest.raises(TooSlow):
            await read(arrivals, Sender(b"x", ends=False), declared)
        assert arrivals._held == 0

    asyncio.run(story())


def test_a_body_that_moves_is_not_given_up_before_it_took_too_long() -> None:
    class Dripping(Sender):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.02)

    async def story() -> None:
        began = time.monotonic()
        with pytest.raises(TooSlow):
            await read(Arrivals(still=0.1, longest=0.4), Dripping(), LARGE)
        assert time.monotonic() - began > 0.35

    asyncio.run(story())


class Asked:
    """The rest of a request."""

    server, method, path, query_string = "127.0.0.1:80", "POST", "/id/perkara/ü", "a=b"
    http_version, scheme, authority = "1.1", "https", None

    def __init__(self, *headers: tuple[str, str]) -> None:
        self.headers = self
        self._rows = headers

    def items(self) -> list[tuple[str, str]]:
        return list(self._rows)

    def get(self, name: str, other: str) -> str:
        return dict(self._rows).get(name, other)


def test_the_application_is_told_the_request_and_never_who_sent_it() -> None:
    asked = Asked(
        ("host", "dissent.example.org"),
        ("content-type", "text/plain"),
        ("content-length", "3"),
        ("x-twice", "1"),
        ("x-twice", "2"),
        ("x_forged", "3"),
    )
    environ = environ_of(asked, Body(b"abc"))

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/id/perkara/ü"
    assert (environ["HTTP_HOST"], environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == (
        "dissent.example.org",
        "text/plain",
        "3",
    )
    assert environ["HTTP_X_TWICE"] == "1,2"
    assert "HTTP_X_FORGED" not in environ
    assert not [name for name in environ if name.startswith("REMOTE_")]


def test_whoever_is_too_slow_is_told_so() -> None:
    def unasked(_environ: dict[str, Any], _start: Start) -> list[bytes]:
        raise AssertionError("a body that did not come reached the application")

    sender = Sender(b"x", ends=False)
    gateway = Gateway(unasked, threads=1, arrivals=Arrivals(still=0.01))
    asyncio.run(gateway.__rsgi__(Asked(("content-length", str(LARGE))), sender))

    assert sender.answered is not None
    assert sender.answered[0] == 503
    assert b"too slowly" in sender.answered[1]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channel]:
    with practice_channel(tmp_path_factory.mktemp("gateway")) as served:
        yield served


def connect(channel: Channel, text: str) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", channel.port), timeout=60)
    made.sendall(text.encode())
    return made


@pytest.mark.adversary
def test_a_form_that_was_cut_on_the_way_files_nothing(channel: Channel) -> None:
    mark, text = "zz", "A subject\r\n\r\nThe count was wrong."
    body = (
        f'--{mark}\r\nContent-Disposition: form-data; name="step"\r\n\r\nwrite\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n'
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n{"x" * 500_000}\r\n--{mark}--\r\n'
    )
    head = (
        f"POST /en/file/plain/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary={mark}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with connect(channel, head + body[:300_000]) as half:
        half.shutdown(socket.SHUT_WR)
        answer = half.makefile("rb").read()
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"cut on the way" in answer
    with connect(channel, head + body) as whole:
        assert b" 303 " in whole.makefile("rb").readline()


@pytest.mark.adversary
@pytest.mark.parametrize(
    "text",
    [
        "PUT /api/v1/uploads/{n:064x}/0?size=2000000 HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\nx",
        "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx",
        "POST /en/file/plain/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "",
    ],
    ids=["part", "filing", "form", "half a head", "nothing"],
)
def test_two_hundred_connections_that_send_next_to_nothing_lock_nobody_out(text: str, channel: Channel) -> None:
    with ExitStack() as open_ones:
        for n in range(200):
            open_ones.enter_context(connect(channel, text.format(n=n)))
        for path in ("/api/v1/limits", "/en/"):
            with urllib.request.urlopen(channel.url + path, timeout=60) as answer:
                assert answer.status == 200


def test_a_connection_that_says_nothing_is_closed(channel: Channel) -> None:
    with connect(channel, "") as silent:
        assert silent.recv(100) == b""


def test_a_file_is_answered_from_where_it_lies(tmp_path: Path) -> None:
    place = tmp_path / "large"
    place.write_bytes(b"sealed")
    given: list[str] = []

    class Receiver(Sender):
        def response_file(self, _status: int, _headers: list[tuple[str, str]], file: str) -> None:
            given.append(file)

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        opened.append(place.open("rb"))
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](opened[0], 4096)
        return wrapped

    opened: list[Any] = []
    asyncio.run(Gateway(application, threads=1).__rsgi__(Asked(), Receiver()))
    assert given == [str(place)]
    assert opened[0].closed
