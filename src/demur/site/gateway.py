# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the server to the application: what requests bring is gathered without holding a thread, and only then is a thread asked.

A page is answered in milliseconds by one of a few threads. A body can take minutes: over Tor, or because somebody sends a byte a second
on purpose. Read in a thread, as WSGI does, four such connections would lock everybody out. Here a body that comes slowly costs what it
has sent so far, and where that becomes too much the slowest makes way: whoever wants the room must send faster than those whose
place they take. No address is looked at.

It speaks RSGI (the server's own interface) on one side and WSGI (PEP 3333) on the other. Requests reach the application without the
address of who sent them.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

LARGEST: Final = 32 * 1024 * 1024  # bytes of one body that are kept: whoever sends more hears the limit
ROOM: Final = 96 * 1024 * 1024  # bytes that bodies hold together, until they are answered
AT_ONCE: Final = 512  # bodies that are under way
LONGEST: Final = 1800.0  # seconds for one body: twelve megabytes at 7 kB/s
STILL: Final = 60.0  # seconds without a byte
LEAST: Final = 1000  # bytes a second that a small body must come with, beyond the first minute
SMALL: Final = 256 * 1024  # bytes of a body that is read in one, and counted whole from its start
_PIECE: Final = 64 * 1024
_SLOW: Final = b'{"code":"busy","error":"The request came too slowly while many others waited; send it again."}'
_SLOW_HEADERS: Final = [
    ("content-type", "application/json; charset=utf-8"),
    ("cache-control", "no-store"),
    ("connection", "close"),
    ("server", "demur"),
]

Start = Callable[[str, list[tuple[str, str]]], object]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


class Body:
    """A body in pieces, which is read once: a piece that was read is let go (PEP 3333, `wsgi.input`)."""

    def __init__(self, whole: bytes = b"") -> None:
        """`whole` has come in one."""
        self._pieces: list[bytes | bytearray] = [whole] if whole else []
        self._at = 0

    def add(self, data: bytes) -> None:
        """Something came. Drops are joined, so that a body of a million of them takes no more than its bytes."""
        last = self._pieces[-1] if self._pieces else b""
        if isinstance(last, bytearray) and len(last) < _PIECE:
            last += data
        else:
            self._pieces.append(bytearray(data))

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, all that is left without one; nothing at the end."""
        wanted, parts = LARGEST if size < 0 else size, []
        while wanted > 0 and self._pieces:
            first = self._pieces[0]
            part = bytes(first[self._at : self._at + wanted]) if self._at or wanted < len(first) else bytes(first)
            parts.append(part)
            wanted -= len(part)
            self._at += len(part)
            if self._at == len(first):
                self._pieces.pop(0)
                self._at = 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        """Up to the next line's end, and at most `size` bytes."""
        line = bytearray()
        while (size < 0 or len(line) < size) and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)

    def __iter__(self) -> Iterator[bytes]:
        """Line by line."""
        return iter(self.readline, b"")


class TooSlow(Exception):  # noqa: N818 -- named as the fact
    """The body made way for others, or nothing more came of it."""


@dataclass(eq=False, kw_only=True)
class _Arriving:
    """A body under way, and what it is counted for, bytes: a small one whole from its start, a large one as far as it has come."""

    began: float
    held: int
    body: Body = field(default_factory=Body)
    reading: "asyncio.Task[None] | None" = None

    def pace(self, now: float) -> float:
        """Bytes a second since it began; whoever has only begun is not slow yet."""
        return (self.held + _PIECE) / (now - self.began + 1)


class Arrivals:
    """The bodies of one process: those under way, and those that wait for their answer."""

    def __init__(
        self, *, room: int = ROOM, at_once: int = AT_ONCE, still: float = STILL, longest: float = LONGEST
    ) -> None:
        """`room` in bytes, `still` and `longest` in seconds; `at_once` is how many may be under way."""
        self._room, self._at_once, self._still, self._longest = room, at_once, still, longest
        self._arriving: set[_Arriving] = set()
        self._held = 0

    @asynccontextmanager
    async def body(self, protocol: Any, declared: int) -> AsyncIterator[Body]:
        """The body of `declared` bytes that `protocol` brings, until it is answered; of one larger than `LARGEST` its beginning.

        Raises TooSlow.
        """
        loop = asyncio.get_running_loop()
        arriving = _Arriving(began=loop.time(), held=declared if declared <= SMALL else 0)
        reading = self._read_small if declared <= SMALL else self._read
        arriving.reading = loop.create_task(reading(arriving, protocol, declared))
        self._arriving.add(arriving)
        self._held += arriving.held
        self._make_way()
        try:
            try:
                await arriving.reading
            except (asyncio.CancelledError, TimeoutError):
                raise TooSlow from None
            finally:
                self._arriving.discard(arriving)
            yield arriving.body
        finally:
            self._let_go(arriving)

    async def _read_small(self, arriving: _Arriving, protocol: Any, declared: int) -> None:
        async with asyncio.timeout(self._still + declared / LEAST):
            arriving.body = Body(await protocol())

    async def _read(self, arriving: _Arriving, protocol: Any, _declared: int) -> None:
        now = asyncio.get_running_loop().time
        async with asyncio.timeout(self._still) as alarm:
            async for piece in protocol:
                alarm.reschedule(min(now() + self._still, arriving.began + self._longest))
                if arriving.held < LARGEST:
                    arriving.body.add(piece)
                    arriving.held += len(piece)
                    self._held += len(piece)
                    self._make_way()

    def _make_way(self) -> None:
        """Where there are too many, or they hold too much, the slowest goes; it may be the one that has just come."""
        while self._arriving and (self._held > self._room or len(self._arriving) > self._at_once):
            now = asyncio.get_running_loop().time()
            slowest = min(self._arriving, key=lambda arriving: arriving.pace(now))
            self._arriving.discard(slowest)
            self._let_go(slowest)
            if slowest.reading is not None:
                slowest.reading.cancel()

    def _let_go(self, arriving: _Arriving) -> None:
        self._held -= arriving.held
        arriving.held, arriving.body = 0, Body()


class Gateway:
    """An RSGI application that runs a WSGI application in `threads` threads."""

    def __init__(self, application: Application, *, threads: int, arrivals: Arrivals | None = None) -> None:
        """Nothing starts before the first request."""
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._arrivals = arrivals or Arrivals()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        declared = _declared(scope.headers)
        if not declared:
            await self._answer(scope, protocol, Body())
            return
        try:
            async with self._arrivals.body(protocol, declared) as body:
                await self._answer(scope, protocol, body)
        except TooSlow:
            protocol.response_bytes(503, _SLOW_HEADERS, _SLOW)

    async def _answer(self, scope: Any, protocol: Any, body: Body) -> None:
        run = asyncio.get_running_loop().run_in_executor
        answer = await run(self._threads, self._run, environ_of(scope, body))
        if answer.file:
            protocol.response_file(answer.status, answer.headers, answer.file)
        else:
            protocol.response_bytes(answer.status, answer.headers, answer.body)

    def _run(self, environ: dict[str, Any]) -> "Answer":
        answer = Answer()
        answer.hold(self._application(environ, answer.start))
        return answer


class FileOnDisk:
    """A file that is answered from where it lies (PEP 3333, `wsgi.file_wrapper`). The server reads it as fast as it is taken: pieces
    that we handed over it would keep until then, and whoever took them slowly would fill the memory with a file of gigabytes.
    """

    def __init__(self, file: Any, _size: int = 0) -> None:
        """`file` is open, and has a name by which it can be opened again."""
        self.place = str(file.name)
        file.close()

    def __iter__(self) -> Iterator[bytes]:
        """Nothing: the server reads it by its place."""
        return iter(())


class Answer:
    """What the application answers, whole: its bytes, or the file that holds them."""

    def __init__(self) -> None:
        """Not begun."""
        self.status = 500
        self.headers: list[tuple[str, str]] = []
        self.body = b""
        self.file = ""

    def start(self, status: str, headers: list[tuple[str, str]]) -> None:
        """WSGI's start_response."""
        self.status, self.headers = int(status[:3]), headers

    def hold(self, pieces: Iterable[bytes]) -> None:
        """Take what the application returned."""
        if isinstance(pieces, FileOnDisk):
            self.file = pieces.place
            return
        try:
            self.body = b"".join(pieces)
        finally:
            getattr(pieces, "close", lambda: None)()


def environ_of(scope: Any, body: Body) -> dict[str, Any]:
    """The WSGI environment of a request; it does not hold the address of who sent it."""
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),  # bytes, as PEP 3333 spells them
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.file_wrapper": FileOnDisk,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name:
            continue  # it would be taken for the same name with dashes
        key = name.upper().replace("-", "_")
        key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
        if key not in environ or key == "HTTP_HOST":
            environ[key] = value
        elif key != "CONTENT_LENGTH":
            environ[key] += f"{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
    return environ


def _declared(headers: Any) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0
