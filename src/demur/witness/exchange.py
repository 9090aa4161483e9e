# SPDX-License-Identifier: AGPL-3.0-or-later
"""One question to a witness and its answer, by an absolute end: however slowly the answer drips, nobody waits beyond it.

A timeout of a socket counts from byte to byte, so a witness that sends one now and then would hold the record up for days. Here the
connection is cut at the end, and whoever waits for several witnesses leaves those that are not done by then.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

from demur.witness.errors import NoAnswer

_MOST: Final = 256 * 1024
_LATE: Final = "it gives no answer in time"
_LEAST: Final = 0.001  # a timeout of zero would make a socket that does not wait at all
T = TypeVar("T")
Connect = Callable[[str, int, float], socket.socket]


def direct(host: str, port: int, timeout: float) -> socket.socket:
    """A connection to `host`, with nothing between: the usual `connect`. Raises OSError."""
    return socket.create_connection((host, port), timeout)


def ask_all(questions: Mapping[str, Callable[[], T]], *, timeout: float) -> dict[str, T | NoAnswer]:
    """Put all questions at once; the answer to each by its name, or NoAnswer, within `timeout` seconds for all together.

    A thread whose question is not answered by then is left to itself: looking up a name is all that can still hold it.
    """
    end = time.monotonic() + timeout
    answers: queue.SimpleQueue[tuple[str, T | NoAnswer | BaseException]] = queue.SimpleQueue()
    for name, question in questions.items():
        threading.Thread(target=_put, args=(answers, name, question), name="witness", daemon=True).start()
    found: dict[str, T | NoAnswer] = {}
    while len(found) < len(questions):
        try:
            name, answer = answers.get(timeout=max(end - time.monotonic(), _LEAST))
        except queue.Empty:
            break
        if isinstance(answer, BaseException) and not isinstance(answer, NoAnswer):
            raise answer
        found[name] = answer
    late = NoAnswer(_LATE)
    return {name: found.get(name, late) for name in questions}


def _put(
    answers: "queue.SimpleQueue[tuple[str, T | NoAnswer | BaseException]]", name: str, question: Callable[[], T]
) -> None:
    try:
        answers.put((name, question()))
    except BaseException as error:  # noqa: BLE001 -- whoever asked raises it
        answers.put((name, error))


def exchange(url: str, body: str, *, end: float, connect: Connect) -> tuple[int, str]:
    """Status and text of the answer to a checkpoint, read whole before `end` (of `time.monotonic`). `connect` makes the connection to host
    and port within so many seconds, and is the only way out; it raises OSError or NoAnswer. Raises NoAnswer.
    """
    left = max(end - time.monotonic(), _LEAST)
    connection, path = _connection(url, left)

    def made(place: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
        return connect(place[0], place[1], timeout)

    connection._create_connection = made  # type: ignore[attr-defined]  # the library asks here, and looks no name up itself
    over, lines = threading.Event(), list[socket.socket]()
    cut = threading.Timer(left, partial(_cut, lines, over))
    cut.daemon = True
    cut.start()
    try:
        connection.connect()
        lines.append(connection.sock)  # kept, for http.client lets go of it before the answer is read
        if over.is_set():
            raise TimeoutError
        connection.request("POST", path, body=body.encode(), headers={"Content-Type": "text/plain; charset=utf-8"})
        with connection.getresponse() as answer:
            data = answer.read(_MOST)
        if over.is_set():  # what was cut off can look whole
            raise TimeoutError
        return answer.status, data.decode("utf-8")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(_LATE if over.is_set() else f"it gives no answer ({type(error).__name__})") from None
    finally:
        cut.cancel()
        connection.close()


def _connection(url: str, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a policy of a former version may name what no policy may name today
        raise NoAnswer("nobody can be asked at its address; have the officers name another") from None
    path = f"{parts.path.rstrip('/')}/add-checkpoint"
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=ssl.create_default_context()), path
    if _loopback(host):
        return http.client.HTTPConnection(host, port, timeout=timeout), path
    raise NoAnswer("its address is plain http over a network")


def _cut(lines: list[socket.socket], over: threading.Event) -> None:
    """End what another thread is waiting for: its next byte never comes."""
    over.set()
    for line in lines:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)  # below TLS, whose goodbye could be waited for again


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
