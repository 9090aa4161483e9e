# SPDX-License-Identifier: AGPL-3.0-or-later
"""Connections through a SOCKS5 proxy, such as Tor's (RFC 1928, RFC 1929), with the standard library alone.

The proxy is given the host's name and looks it up itself: this machine asks no name server, which would tell the network
whom somebody is about to write to. Each `Proxy` signs in with a name drawn for it alone: Tor then gives it a circuit of
its own (`IsolateSOCKSAuth`), so that two cases of one person do not come out of the same exit together.
"""

import ipaddress
import socket
from typing import Final

from demur.client.proxies import Proxy

_VERSION: Final = 5
_NO_SIGN_IN, _BY_NAME = 0, 2
_CONNECT: Final = 1
_NUMBER4, _NAME, _NUMBER6 = 1, 3, 4
_SIZES: Final = {_NUMBER4: 4, _NUMBER6: 16}
# RFC 1928 section 6; those of Tor's own (0xF0 and on) stand for an onion service that is not reached.
_WHY: Final = {
    1: "it failed",
    2: "its rules do not allow this",
    3: "the network is not reached",
    4: "the host is not reached or not known",
    5: "the host refused",
    6: "it took too long",
    7: "it cannot connect",
    8: "it does not know this kind of address",
}


class ProxyRefused(OSError):  # noqa: N818 -- named as the fact
    """The proxy gave no connection; `strerror` says why."""

    def __init__(self, proxy: Proxy, why: str) -> None:
        super().__init__(0, f"the proxy {proxy.host}:{proxy.port}: {why}")


def connect(proxy: Proxy, host: str, port: int, *, timeout: float) -> socket.socket:
    """A connection to `host`, which the proxy looks up. Raises ProxyRefused, and OSError where the line breaks or takes too long."""
    line = line_to(proxy, timeout=timeout)
    try:
        _sign_in(proxy, line)
        _ask(proxy, line, host, port)
    except BaseException:
        line.close()
        raise
    return line


def line_to(proxy: Proxy, *, timeout: float) -> socket.socket:
    """A connection to the proxy itself. Raises ProxyRefused."""
    try:
        return socket.create_connection((proxy.host, proxy.port), timeout)
    except OSError as error:
        raise ProxyRefused(proxy, (error.strerror or "no answer").lower()) from None


def _sign_in(proxy: Proxy, line: socket.socket) -> None:
    line.sendall(bytes([_VERSION, 2, _BY_NAME, _NO_SIGN_IN]))
    version, method = _read(proxy, line, 2)
    if version != _VERSION or method not in {_NO_SIGN_IN, _BY_NAME}:
        raise ProxyRefused(proxy, "it speaks no SOCKS5, or wants a sign-in of its own")
    if method == _BY_NAME:
        name = proxy.name.encode()
        line.sendall(bytes([1, len(name)]) + name + bytes([len(name)]) + name)
        if _read(proxy, line, 2)[1]:
            raise ProxyRefused(proxy, "it refuses the sign-in")


def _ask(proxy: Proxy, line: socket.socket, host: str, port: int) -> None:
    line.sendall(bytes([_VERSION, _CONNECT, 0]) + _place(proxy, host) + port.to_bytes(2, "big"))
    _, why, _, kind = _read(proxy, line, 4)
    if why:
        raise ProxyRefused(proxy, _WHY.get(why, f"it answers {why:#x}"))
    size = _read(proxy, line, 1)[0] if kind == _NAME else _SIZES.get(kind, 0)
    _read(proxy, line, size + 2)


def _read(proxy: Proxy, line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = line.recv(size - len(data))
        if not piece:
            raise ProxyRefused(proxy, "it ended the connection")
        data += piece
    return data


def _place(proxy: Proxy, host: str) -> bytes:
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        name = host.encode("idna") if not host.isascii() else host.encode()
        if not 0 < len(name) < 256:
            raise ProxyRefused(proxy, "the host's name is too long") from None
        return bytes([_NAME, len(name)]) + name
    return bytes([_NUMBER4 if number.version == 4 else _NUMBER6]) + number.packed
