# SPDX-License-Identifier: AGPL-3.0-or-later
"""Witnesses that do harm: one that drips, one that answers what it likes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PAUSE = 0.2  # seconds from one byte to the next: never long enough for a timeout of a socket
STATUS = b"HTTP/1.1 200 OK\r\n"
# What came before the bytes that drip: each makes a client wait in another place.
DRIPS = {
    "status": b"",
    "headers": STATUS,
    "body": STATUS + b"Content-Length: 200000\r\n\r\n",
    "body that ends with the connection": STATUS + b"Connection: close\r\n\r\n",
    "chunks": STATUS + b"Transfer-Encoding: chunked\r\n\r\n",
}


@contextmanager
def answering(speak: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """The address of a server that reads what it is asked and then leaves the word to `speak`, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_accept, args=(listening, speak), daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def _accept(listening: socket.socket, speak: Callable[[socket.socket, bytes], None]) -> None:
    with suppress(OSError):
        while True:
            line, _ = listening.accept()
            threading.Thread(target=_answer, args=(line, speak), daemon=True).start()


def _answer(line: socket.socket, speak: Callable[[socket.socket, bytes], None]) -> None:
    with line, suppress(OSError):
        data = line.recv(65_536)
        while b"\r\n\r\n" not in data:
            data += line.recv(65_536)
        head, _, body = data.partition(b"\r\n\r\n")
        [length] = [int(row[15:]) for row in head.decode().lower().split("\r\n") if row.startswith("content-length:")]
        while len(body) < length:
            body += line.recv(65_536)
        speak(line, body)


def dripping(first: bytes, ended: list[float] | None = None) -> Callable[[socket.socket, bytes], None]:
    """Say `first`, then a byte now and then until the other side goes; the times at which it went are kept in `ended`."""

    def speak(line: socket.socket, _: bytes) -> None:
        try:
            line.sendall(first)
            while True:
                time.sleep(PAUSE)
                line.sendall(b"1")
        finally:
            if ended is not None:
                ended.append(time.monotonic())

    return speak


def saying(status: int, text: str) -> Callable[[socket.socket, bytes], None]:
    """Answer this, whatever was asked."""
    data = text.encode()
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: text/plain\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"

    def speak(line: socket.socket, _: bytes) -> None:
        line.sendall(head.encode() + data)

    return speak
