# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one writer: acts that arrive together are committed together, and answered after the commit.

A database file has one writer at a time whatever we do. Left to race for it, 32 threads wait in no order, each pays for a
flush of its own, and the slowest waits a second (docs/decisions/one-writer.md has the figures). Here each act runs in a
savepoint of one outer transaction: an act that is refused takes nothing of the others with it, and one flush serves all.
No answer leaves before the flush, so a promise never speaks of a row that a power cut can take.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from django.db import connection, transaction

_Answer = TypeVar("_Answer")
_MOST = 128  # acts in one transaction: more would let the first wait for the last


class Writer(Protocol):
    """Whatever runs an act so that it is durable when `write` returns. An act touches rows and nothing else: it may be run again,
    after everything that it did was taken back.
    """

    def write(self, act: Callable[[], _Answer]) -> _Answer:
        """Run `act`, commit, return what it returned; raises what it raised, and then nothing of it was written."""


class Alone:
    """Each act in a transaction of its own: for commands, which do one thing."""

    def write(self, act: Callable[[], _Answer]) -> _Answer:
        """Run `act` and commit."""
        with transaction.atomic():
            return act()


@dataclass
class _Waiting:
    """An act, and what became of it."""

    act: Callable[[], Any]
    answer: Any = None
    error: BaseException | None = None
    told: "Future[Any]" = field(default_factory=Future)

    def tell(self) -> None:
        """After the commit, and not before."""
        if self.error is None:
            self.told.set_result(self.answer)
        else:
            self.told.set_exception(self.error)


class GroupCommit:
    """One thread that writes for all; started by the first act."""

    def __init__(self) -> None:
        """Nothing starts before it is needed: the server may still fork."""
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def waiting(self) -> int:
        """How many acts wait for the batch after this one."""
        return self._queue.qsize()

    def write(self, act: Callable[[], _Answer]) -> _Answer:
        """Run `act` with those that wait beside it, and return after the commit."""
        if threading.current_thread() is self._thread:
            with transaction.atomic():
                return act()
        return self.later(act).result()

    def later(self, act: Callable[[], _Answer]) -> "Future[_Answer]":
        """As `write`, without waiting: the future is done after the commit."""
        self._start()
        waiting = _Waiting(act)
        waiting.told.set_running_or_notify_cancel()  # whoever waits no longer takes nothing back
        self._queue.put(waiting)
        return waiting.told

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            batch = self._batch()
            with _telling(batch):
                _commit(batch)

    def _batch(self) -> list[_Waiting]:
        batch = [self._queue.get()]
        while len(batch) < _MOST:
            try:
                batch.append(self._queue.get_nowait())
            except Empty:
                break
        return batch


class _Refused(Exception):  # noqa: N818 -- named as the fact
    """An act of a batch raised, so that nothing of the batch may stay."""


def _commit(batch: list[_Waiting]) -> None:
    # Nearly every act succeeds, and a savepoint for each costs as much as a row: they are made only once one was refused.
    try:
        with transaction.atomic():
            _run_bare(batch)
    except _Refused:
        with transaction.atomic():
            _run_guarded(batch)


def _run_bare(batch: list[_Waiting]) -> None:
    for waiting in batch:
        try:
            waiting.answer = waiting.act()
        except Exception as error:
            raise _Refused from error


def _run_guarded(batch: list[_Waiting]) -> None:
    for waiting in batch:
        try:
            with transaction.atomic():
                waiting.answer = waiting.act()
        except Exception as error:  # noqa: BLE001 -- it is the caller's, and is raised there
            waiting.error = error


@contextmanager
def _telling(batch: list[_Waiting]) -> Iterator[None]:
    """Whatever happens, everybody who waits is told; a failed commit is a failure of every act in it."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 -- a disk that is full, a database that is gone
        for waiting in batch:
            waiting.error = waiting.error or error
        connection.close()  # the next batch starts from a connection that knows nothing of this one
    finally:
        for waiting in batch:
            waiting.tell()
