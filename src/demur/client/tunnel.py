# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connections through whatever proxy there is: SOCKS5 (`socks.py`), or an HTTP proxy that is asked by CONNECT (RFC 9110, section 9.3.6).

An HTTP proxy looks the host's name up itself, too; it learns the host and nothing of what is said to it, which TLS carries to the end.
"""

import socket
import time
from typing import Final

from demur.client import socks
from demur.client.proxies import HTTP, Proxy
from demur.client.socks import ProxyRefused

_MOST: Final = 16 * 1024  # bytes of an answer before its empty line
_END: Final = b"\r\n\r\n"
_LEAST: Final = 0.001  # a timeout of zero would make a socket that does not wait at all
_WHY: Final = {403: "its rules do not allow this", 407: "it wants a sign-in of its own", 502: "the host is not reached"}


def connect(proxy: Proxy, host: str, port: int, *, timeout: float) -> socket.socket:
    """A connection to `host`, which the proxy looks up. Raises ProxyRefused, and OSError where the line breaks or takes too long."""
    if proxy.scheme != HTTP:
        return socks.connect(proxy, host, port, timeout=timeout)
    end = time.monotonic() + timeout
    line = socks.line_to(proxy, timeout=timeout)
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
        place = f"{f'[{name}]' if ':' in name else name}:{port}"
        line.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode("ascii"))
        _check(proxy, _head(proxy, line, end))
        line.settimeout(timeout)
    except BaseException:
        line.close()
        raise
    return line


def _head(proxy: Proxy, line: socket.socket, end: float) -> bytes:
    """The answer up to its empty line, and no byte more: what follows is the host's."""
    data = b""
    while not data.endswith(_END):
        line.settimeout(max(end - time.monotonic(), _LEAST))
        piece = line.recv(1)
        if not piece:
            raise ProxyRefused(proxy, "it ended the connection")
        data += piece
        if len(data) > _MOST:
            raise ProxyRefused(proxy, "it speaks no HTTP")
    return data


def _check(proxy: Proxy, head: bytes) -> None:
    version, _, rest = head.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(status) != 3:
        raise ProxyRefused(proxy, "it speaks no HTTP")
    number = int(status)
    if not 200 <= number < 300:
        raise ProxyRefused(proxy, _WHY.get(number, f"it answers {number}"))
