# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the application answers, and a lane of its own for requests whose answer costs much: signing in computes for half a second.

With one thread and a short queue a flood of such requests makes others of its own kind wait, and nobody else.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

WAITING: Final = 8  # requests that wait in a lane: four seconds of signing in
HELD: Final = 128  # refusals that are held back at once
_OFTEN: Final = 0.05  # seconds: refusals that follow each other faster are held back
_HOLD: Final = 1.0  # seconds that they are held
TOO_MANY: Final = 429


def declared(headers: Any) -> int:
    """How many bytes a request says that it brings; 0 where it says none."""
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


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

    def __init__(self, status: int = 500, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> None:
        """Not begun, or complete."""
        self.status = status
        self.headers = list(headers)
        self.body = body
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


class Lane:
    """One thread for the requests that `takes` names, and a queue of `waiting` more; who comes beyond is refused by `full`, at once.

    Where refusals follow each other fast, each is held back for a second, which costs nothing: whoever asks again and again then asks
    slowly, and the one who asks once does not notice.
    """

    def __init__(
        self, takes: Callable[[Any], bool], full: Callable[[Any], Answer], *, waiting: int = WAITING, name: str = "lane"
    ) -> None:
        """Nothing starts before the first request."""
        self.takes = takes
        self._full = full
        self._most = waiting + 1
        self._inside = self._held = 0
        self._refused = -_HOLD
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    async def answer(self, scope: Any, run: Callable[[], Answer]) -> Answer:
        """What `run` answers, in its turn, or that the lane is full."""
        if self._inside >= self._most:
            answer = self._full(scope)
        else:
            self._inside += 1
            try:
                answer = await asyncio.get_running_loop().run_in_executor(self._thread, run)
            finally:
                self._inside -= 1
        if answer.status == TOO_MANY:
            await self._hold_back()
        return answer

    async def _hold_back(self) -> None:
        now = asyncio.get_running_loop().time()
        often, self._refused = now - self._refused < _OFTEN, now
        if not often or self._held >= HELD:
            return
        self._held += 1
        try:
            await asyncio.sleep(_HOLD)
        finally:
            self._held -= 1
