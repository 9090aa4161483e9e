# SPDX-License-Identifier: AGPL-3.0-or-later
"""A SOCKS5 proxy for tests (RFC 1928, RFC 1929). It notes what it was asked, and leads every name to one place on this machine."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class SocksProxy:
    """`asked` are the hosts it was given, each as (kind, host, port); `names` those that signed in; `refuses` an answer but 0."""

    port: int = 0
    to: tuple[str, int] = ("127.0.0.1", 0)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    signs_in: bool = True
    refuses: int = 0

    @property
    def url(self) -> str:
        """As `--proxy` takes it."""
        return f"socks5h://127.0.0.1:{self.port}"


@contextmanager
def socks_proxy(**how: object) -> Iterator[SocksProxy]:
    """A proxy that runs until the block ends."""
    proxy = SocksProxy(**how)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        threading.Thread(target=_serve, args=(listener, proxy), daemon=True).start()
        yield proxy


def _serve(listener: socket.socket, proxy: SocksProxy) -> None:
    with suppress(OSError):
        while True:
            line, _ = listener.accept()
            threading.Thread(target=_handle, args=(line, proxy), daemon=True).start()


def _exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise OSError("gone")
        data += piece
    return data


def _handle(line: socket.socket, proxy: SocksProxy) -> None:
    with suppress(OSError), line:
        _, count = _exactly(line, 2)
        offered = _exactly(line, count)
        method = 2 if proxy.signs_in and 2 in offered else 0
        line.sendall(bytes([5, method]))
        if method == 2:
            name = _exactly(line, _exactly(line, 2)[1])
            _exactly(line, _exactly(line, 1)[0])
            proxy.names.append(name.decode())
            line.sendall(b"\x01\x00")
        kind = _exactly(line, 4)[3]
        host = {
            1: lambda: socket.inet_ntop(socket.AF_INET, _exactly(line, 4)),
            3: lambda: _exactly(line, _exactly(line, 1)[0]).decode(),
            4: lambda: socket.inet_ntop(socket.AF_INET6, _exactly(line, 16)),
        }[kind]()
        proxy.asked.append(
            ({1: "number", 3: "name", 4: "number"}[kind], host, int.from_bytes(_exactly(line, 2), "big"))
        )
        line.sendall(bytes([5, proxy.refuses, 0, 1]) + bytes(6))
        if not proxy.refuses:
            with socket.create_connection(proxy.to) as there:
                threading.Thread(target=pass_on, args=(there, line), daemon=True).start()
                pass_on(line, there)


def pass_on(here: socket.socket, there: socket.socket) -> None:
    with suppress(OSError):
        while piece := here.recv(65536):
            there.sendall(piece)
        there.shutdown(socket.SHUT_WR)
