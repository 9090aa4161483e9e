# SPDX-License-Identifier: AGPL-3.0-or-later
"""By which proxy a channel is asked. Apart from what connects, so that offline verification imports nothing that can use a network."""

import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from demur.client.errors import Insecure

SOCKS, HTTP = "socks5h", "http"  # the h at the end is curl's: the proxy looks names up
EXAMPLE: Final = "socks5h://127.0.0.1:9050"
_HTTP_EXAMPLE: Final = "http://127.0.0.1:3128"


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy, SOCKS5 or HTTP, and the name under which a SOCKS5 one is used."""

    scheme: str = SOCKS
    host: str
    port: int
    name: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @classmethod
    def parse(cls, text: str) -> "Proxy":
        """Read `socks5h://127.0.0.1:9050` or `http://proxy.example:3128`. Raises Insecure for anything else."""
        try:
            parts = urlsplit(text.strip())
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port, parts = "", None, urlsplit("")
        if parts.scheme == "socks5":
            raise Insecure(
                f"With socks5 this machine would look names up itself and tell the network; write {SOCKS}, as in {EXAMPLE}."
            )
        more = (parts.path.strip("/"), parts.query, parts.fragment, parts.username)
        if parts.scheme not in {SOCKS, HTTP} or not host or not port or any(more):
            raise Insecure(f"{text!r} is not a proxy; write one such as {EXAMPLE} or {_HTTP_EXAMPLE}.")
        if parts.scheme == SOCKS:
            _check_number(host)
        return cls(scheme=parts.scheme, host=host, port=port)

    @property
    def text(self) -> str:
        """The proxy in its one form."""
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


Route = Callable[[str], Proxy | None]
_route: Final[list[Route]] = [lambda _address: None]


def route_by(route: Route) -> None:
    """From now on each server is asked by what `route` gives for its address: a proxy, or None for no proxy.

    The one setting of this process that requests share: a place that forgot to hand a proxy on would give its user away.
    """
    _route[0] = route


def proxy_for(address: str) -> Proxy | None:
    """The proxy by which the channel at `address` is asked now."""
    return _route[0](address)


def _check_number(host: str) -> None:
    if host == "localhost":
        return
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise Insecure(f"Name the proxy by its number, as in {EXAMPLE}: a name would have to be looked up.") from None
