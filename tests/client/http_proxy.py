# SPDX-License-Identifier: AGPL-3.0-or-later
"""An HTTP proxy for tests that knows CONNECT alone (RFC 9110, section 9.3.6), and counts what it is asked."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from socks_proxy import pass_on


@dataclass(kw_only=True)
class HttpProxy:
    """`asked` are the places it was given, such as `host:443`, in order; `to` leads every one to one place, `answer` is given instead."""

    port: int = 0
    to: tuple[str, int] | None = None
    asked: list[str] = field(default_factory=list)
    answer: bytes = b""
    pause: float = 0  # seconds after each byte of `answer`

    @property
    def url(self) -> str:
        """As `--proxy` and `witness_proxy` take it."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def http_proxy(*, to: tuple[str, int] | None = None) -> Iterator[HttpProxy]:
    """A proxy that runs until the block ends."""
    proxy = HttpProxy(to=to)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        threading.Thread(target=_serve, args=(listener, proxy), daemon=True).start()
        yield proxy
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # ends what waits in `accept`


def _serve(listener: socket.socket, proxy: HttpProxy) -> None:
    with suppress(OSError):
        while True:
            line, _ = listener.accept()
            threading.Thread(target=_handle, args=(line, proxy), daemon=True).start()


def _handle(line: socket.socket, proxy: HttpProxy) -> None:
    with suppress(OSError), line:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (piece := line.recv(1)):
            head += piece
        method, place, version = head.split(b"\r\n")[0].decode("ascii").split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1")
        assert head.split(b"\r\n")[1:] == [
            b"Host: " + place.encode(),
            b"",
            b"",
        ]  # and nothing that tells of this machine
        proxy.asked.append(place)
        if proxy.answer:
            for piece in [proxy.answer] if not proxy.pause else [bytes([byte]) for byte in proxy.answer]:
                line.sendall(piece)
                time.sleep(proxy.pause)
            return
        host, _, port = place.rpartition(":")
        with socket.create_connection(proxy.to or (host.strip("[]"), int(port))) as there:
            line.sendall(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 tests\r\n\r\n")
            threading.Thread(target=pass_on, args=(there, line), daemon=True).start()
            pass_on(line, there)
