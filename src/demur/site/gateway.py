# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the server to the application: what requests bring is gathered without holding a thread, and only then is a thread asked.

A page is answered in milliseconds by one of a few threads. A body can take minutes: over Tor, or because somebody sends a byte a second
on purpose. Read in a thread, as WSGI does, four such connections would lock everybody out. Here a body that comes slowly costs what it
has sent so far. Where too many come at once the slowest makes way, so that whoever wants its place must send faster; where together they
hold too much, the largest does, so that no few large ones keep the small from coming. No address is looked at.

It speaks RSGI (the server's own interface) on one side and WSGI (PEP 3333) on the other. Requests reach the application without the
address of who sent them, and only whole.
"""

import asyncio
import ctypes
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from demur.site.lanes import Answer, FileOnDisk, Lane, declared
from demur.site.mistakes import tell

LARGEST: Final = 32 * 1024 * 1024  # bytes of one body that are kept: whoever sends more hears the limit
ROOM: Final = 64 * 1024 * 1024  # bytes that bodies hold together, until they are answered
AT_ONCE: Final = 512  # bodies that are under way
LONGEST: Final = 1800.0  # seconds for one body: twelve megabytes at 7 kB/s
STILL: Final = 60.0  # seconds without a byte
NEW: Final = 1.0  # seconds in which somebody has only begun
PRESUMED: Final = (
    2000.0  # bytes a second that are presumed of whoever has only begun: less than over Tor, more than by drops
)
_PIECE: Final = 64 * 1024
_WORTH: Final = 1024 * 1024  # bytes of a body after which what is free again is given back to the system
_SOON: Final = 1.0  # seconds until then: what the answer took is free as well
_SLOW: Final = b'{"code":"busy","error":"The request came too slowly while many others waited; send it again."}'
_CUT: Final = b'{"code":"cut","error":"The request was cut on the way; send it again."}'
_FAILED: Final = (
    b'{"code":"failed","error":"This server made a mistake; nothing was half-filed. Try again in a minute."}'
)
_CLOSING: Final = [
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


class CutShort(Exception):  # noqa: N818 -- named as the fact
    """The connection ended before the body did: half a form would be another form."""


@dataclass(eq=False, kw_only=True)
class _Arriving:
    """A body under way: when it began, how many bytes of it came, and how many are kept."""

    began: float
    received: int = 0
    held: int = 0
    body: Body = field(default_factory=Body)
    alarm: "asyncio.Timeout | None" = None

    def pace(self, now: float) -> float:
        """Bytes a second since it began."""
        age = now - self.began
        return max(self.received / max(age, NEW / 4), PRESUMED if age < NEW else 0)


class Arrivals:
    """The bodies of one process: those under way, and those that wait for their answer."""

    def __init__(
        self, *, room: int = ROOM, at_once: int = AT_ONCE, still: float = STILL, longest: float = LONGEST
    ) -> None:
        """`room` in bytes, `still` and `longest` in seconds; `at_once` is how many may be under way."""
        self._room, self._at_once, self._still, self._longest = room, at_once, still, longest
        self._arriving: set[_Arriving] = set()
        self._held = 0
        self._giving_back = False

    @asynccontextmanager
    async def body(self, protocol: Any, declared: int) -> AsyncIterator[Body]:
        """The body of `declared` bytes that `protocol` brings, until it is answered; of one larger than `LARGEST` its beginning.

        Raises TooSlow, CutShort.
        """
        arriving = _Arriving(began=_now())
        self._arriving.add(arriving)
        try:
            try:
                await self._gather(arriving, protocol, declared)
            finally:
                self._arriving.discard(arriving)
            yield arriving.body
        finally:
            if arriving.received > _WORTH and not self._giving_back:
                self._giving_back = True
                asyncio.get_running_loop().call_later(_SOON, self._give_back)
            self._let_go(arriving)

    async def _gather(self, arriving: _Arriving, protocol: Any, declared: int) -> None:
        try:
            async with asyncio.timeout(self._still) as arriving.alarm:
                self._make_way()
                async for piece in protocol:
                    arriving.received += len(piece)
                    if arriving.held < LARGEST:
                        arriving.body.add(piece)
                        arriving.held += len(piece)
                        self._held += len(piece)
                        self._make_way()
                    if arriving not in self._arriving:
                        raise TooSlow
                    if arriving.received >= declared:
                        return
                    arriving.alarm.reschedule(min(_now() + self._still, arriving.began + self._longest))
        except TimeoutError:
            raise TooSlow from None
        raise CutShort

    def _make_way(self) -> None:
        now = _now()
        while len(self._arriving) > self._at_once:
            self._send_off(min(self._arriving, key=lambda arriving: (arriving.pace(now), arriving.began)))
        while self._arriving and self._held > self._room:
            self._send_off(max(self._arriving, key=lambda arriving: arriving.held))

    def _send_off(self, arriving: _Arriving) -> None:
        """It may be the one that has just come."""
        self._arriving.discard(arriving)
        self._let_go(arriving)
        if arriving.alarm is not None:
            with suppress(RuntimeError):  # it rings already
                arriving.alarm.reschedule(_now())

    def _give_back(self) -> None:
        self._giving_back = False
        give_back()

    def _let_go(self, arriving: _Arriving) -> None:
        self._held -= arriving.held
        arriving.held, arriving.body = 0, Body()


class Shortcut(Protocol):
    """Answers some requests without the application."""

    def takes(self, scope: Any, size: int) -> bool:
        """Whether it may answer this request, whose body has `size` bytes."""

    async def answer(self, scope: Any, data: bytes) -> Answer | None:
        """The answer; None where the application must give it, as if nobody had been asked before."""


class Gateway:
    """An RSGI application that runs a WSGI application in `threads` threads, and beside them in the `lanes`."""

    def __init__(
        self,
        application: Application,
        *,
        threads: int,
        arrivals: Arrivals | None = None,
        shortcut: Shortcut | None = None,
        lanes: Sequence[Lane] = (),
    ) -> None:
        """Nothing starts before the first request."""
        self._application = application
        self._lanes = tuple(lanes)
        self._shortcut = shortcut
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self._arrivals = arrivals or Arrivals()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request, whatever happens."""
        try:
            await self._one(scope, protocol)
        except Exception as error:  # noqa: BLE001 -- the server would answer it, and tell nobody
            tell(error)
            protocol.response_bytes(500, _CLOSING, _FAILED)

    async def _one(self, scope: Any, protocol: Any) -> None:
        size = declared(scope.headers)
        if not size:
            await self._answer(scope, protocol, Body())
            return
        try:
            async with self._arrivals.body(protocol, size) as body:
                if self._shortcut is None or not self._shortcut.takes(scope, size):
                    await self._answer(scope, protocol, body)
                elif (answer := await self._shortcut.answer(scope, data := body.read(size))) is None:
                    await self._answer(scope, protocol, Body(data))
                else:
                    _send(protocol, answer)
        except TooSlow:
            protocol.response_bytes(503, _CLOSING, _SLOW)
        except CutShort:
            protocol.response_bytes(400, _CLOSING, _CUT)

    async def _answer(self, scope: Any, protocol: Any, body: Body) -> None:
        lane = next((lane for lane in self._lanes if lane.takes(scope)), None)
        run = partial(self._run, environ_of(scope, body))
        if lane is not None:
            _send(protocol, await lane.answer(scope, run))
        else:
            _send(protocol, await asyncio.get_running_loop().run_in_executor(self._threads, run))

    def _run(self, environ: dict[str, Any]) -> Answer:
        answer = Answer()
        answer.hold(self._application(environ, answer.start))
        return answer


def _send(protocol: Any, answer: Answer) -> None:
    if answer.file:
        protocol.response_file(answer.status, answer.headers, answer.file)
    else:
        protocol.response_bytes(answer.status, answer.headers, answer.body)


def give_back() -> None:
    """Give what is free in this process back to the system: the C library keeps it for itself otherwise, after a large body for good."""
    if _TRIM is not None:
        _TRIM(0)


_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None


def _now() -> float:
    return asyncio.get_running_loop().time()


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
