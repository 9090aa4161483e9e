# SPDX-License-Identifier: AGPL-3.0-or-later
"""How this installation reaches its witnesses: as it is, or through the proxy that `demur.toml` names, and then in no other way."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demur.client.proxies import Proxy
from demur.client.socks import ProxyRefused
from demur.client.tunnel import connect
from demur.site.configuration import read_configuration
from demur.witness.asking import TIMEOUT
from demur.witness.errors import NoAnswer
from demur.witness.exchange import Connect, direct

FAR: Final = 20.0  # seconds for all witnesses together through a proxy: a new circuit of Tor takes several


@dataclass(frozen=True, kw_only=True)
class Way:
    """What connects to witnesses, and the seconds that all of them have together."""

    connect: Connect = direct
    timeout: float = TIMEOUT


def way_to_witnesses(directory: Path) -> Way:
    """The way from the installation in `directory`. Raises NoInstallation."""
    return way_by(read_configuration(directory).witness_proxy)


def way_by(proxy: Proxy | None) -> Way:
    """The way through `proxy`, and the direct one only where there is none."""
    return Way() if proxy is None else Way(connect=_through(proxy), timeout=FAR)


def _through(proxy: Proxy) -> Connect:
    def connect_by(host: str, port: int, timeout: float) -> socket.socket:
        try:
            return connect(proxy, host, port, timeout=timeout)
        except ProxyRefused as error:
            raise NoAnswer(str(error.strerror)) from None

    return connect_by
