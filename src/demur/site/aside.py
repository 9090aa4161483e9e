# SPDX-License-Identifier: AGPL-3.0-or-later
"""A process that works beside the server: asked through a pair of sockets, it answers in the order in which it was asked.

An interpreter runs one thread at a time. What only computes is done there, so that the server's own is free for those who wait. Nothing
depends on it: where it does not answer, the server does the same by itself, more slowly.

It is forked before the server has any thread, and so shares the memory of what was imported until then. It keeps nothing else of the
server: no socket that listens, no lock, no file. It ends with the server, whatever ended that, for then the pair of sockets closes.
"""

import asyncio
import ctypes
import gc
import logging
import os
import pickle
import resource
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NoReturn, cast

from demur.site.mistakes import tell

_LENGTH: Final = 4  # bytes of the number before each message
_MOST_FILES: Final = 2**20  # where the system names no limit
_READ_AHEAD: Final = 128 * 1024  # bytes
PATIENCE: Final = 10.0  # seconds without any answer, while one is waited for
_STRIKES: Final = (
    2  # looks in vain, so that a server that stood still itself has a moment to hear what was answered meanwhile
)
_DEATH_OF_PARENT: Final = 1  # prctl(2): PR_SET_PDEATHSIG
_LOG: Final = logging.getLogger("demur")

Work = Callable[[Any], object]


class Aside(asyncio.Protocol):
    """The other process, as the server's event loop sees it."""

    def __init__(self, pair: socket.socket, pid: int, *, patience: float = PATIENCE) -> None:
        """`pair` is this side's socket, `pid` the process at the other end, `patience` in seconds."""
        self._pair, self._pid, self._patience = pair, pid, patience
        self._opening: asyncio.Task[Any] | None = None
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[asyncio.Future[Any] | None] = deque()  # None: nobody waits for that answer
        self._heard = bytearray()
        self._answered = 0  # since the last look
        self._strikes = 0
        self._looking = False
        self.gone = False

    @classmethod
    def fork(cls, work: Work, *, patience: float = PATIENCE) -> "Aside | None":
        """Start a process that answers each question with what `work` makes of it; None where the system gives none, or where this one has
        threads already, whose locks a copy would hold for ever.
        """
        if _threads() > 1:
            return None
        parent = os.getpid()
        gc.collect()
        gc.freeze()  # a collection would write into the pages that are shared
        try:
            here, there = socket.socketpair()
            pid = os.fork()
        except OSError as error:
            _LOG.error("No process can be started beside the server (%s); it works alone, more slowly.", error.strerror)
            return None
        if pid == 0:
            _live(there, work, parent=parent)
        there.close()
        here.setblocking(False)  # noqa: FBT003 -- the standard library's own
        return cls(here, pid, patience=patience)

    def begin(self, question: object) -> None:
        """Have it work for the first time before anybody waits for it; what it makes of this `question` is nobody's."""
        try:
            self._pair.sendall(_framed(question))
        except OSError:
            self._leave("has ended")
        else:
            self._waiting.append(None)

    async def ask(self, question: object) -> Any:
        """What the other process makes of `question`; None where it makes nothing of it, or is gone. The caller bounds how many ask at a
        time: what is asked is kept until it is sent.
        """
        if self._transport is None:
            await self._open()
        if self.gone:
            return None
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        cast(asyncio.Transport, self._transport).write(_framed(question))
        if not self._looking:
            self._look_later()
        return await answer

    def _look_later(self) -> None:
        self._looking, self._answered = True, 0
        asyncio.get_running_loop().call_later(self._patience / _STRIKES, self._look)

    def _look(self) -> None:
        self._looking = False
        self._strikes = 0 if self._answered else self._strikes + 1
        if not self._waiting:
            self._strikes = 0
        elif self._strikes < _STRIKES:
            self._look_later()
        else:
            self._leave("does not answer")

    async def _open(self) -> None:
        if self._opening is None:
            loop = asyncio.get_running_loop()
            self._opening = loop.create_task(loop.create_connection(lambda: self, sock=self._pair))
        try:
            await asyncio.shield(self._opening)  # others may wait for it, although this one does no longer
        except OSError:
            self._leave("cannot be reached")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop listens to the socket."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand each whole answer to who waits for it."""
        self._heard += data
        while len(self._heard) >= (end := _LENGTH + int.from_bytes(self._heard[:_LENGTH], "big")) > _LENGTH:
            answer = pickle.loads(self._heard[_LENGTH:end])  # noqa: S301 -- a process of our own, by a socket that nobody else holds
            del self._heard[:end]
            self._answered += 1
            waiting = self._waiting.popleft()
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    def connection_lost(self, _error: Exception | None) -> None:
        """The process has ended."""
        self._leave("has ended")

    def _leave(self, why: str) -> None:
        if self.gone:
            return
        self.gone = True
        _LOG.error(
            "The process that works beside the server %s; the server goes on alone, more slowly, until started again.",
            why,
        )
        if self._transport is not None:
            self._transport.abort()
        threading.Thread(target=_end, args=(self._pid,), daemon=True).start()
        while self._waiting:
            if (waiting := self._waiting.popleft()) is not None and not waiting.done():
                waiting.set_result(None)


def _framed(message: object) -> bytes:
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(_LENGTH, "big") + data


def _end(pid: int) -> None:
    """Kill a process of ours and wait for its end, which a disk that hangs may hold up."""
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _threads() -> int:
    """Those of other languages too, where the system tells."""
    try:
        return len(list(Path("/proc/self/task").iterdir()))
    except OSError:
        return threading.active_count()


def _close_all_but(kept: int) -> None:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.closerange(3, kept)
    os.closerange(kept + 1, _MOST_FILES if most == resource.RLIM_INFINITY else most)


def _end_with(parent: int) -> None:
    """Stopped, it would not notice that the sockets are closed, and keep what it knows."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_DEATH_OF_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def _live(pair: socket.socket, work: Work, *, parent: int) -> NoReturn:
    """The other process, from its beginning to its end, which the closed socket is."""
    try:
        _end_with(parent)
        _close_all_but(pair.fileno())
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # meant for the server, which may still have something to ask
        heard = pair.makefile("rb", _READ_AHEAD)
        while len(length := heard.read(_LENGTH)) == _LENGTH:
            size = int.from_bytes(length, "big")
            if len(data := heard.read(size)) < size:
                break
            pair.sendall(_framed(work(pickle.loads(data))))  # noqa: S301 -- as above
    except OSError:
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 -- nobody above could tell it
        tell(error)
    finally:
        os._exit(0)
