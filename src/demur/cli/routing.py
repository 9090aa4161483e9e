# SPDX-License-Identifier: AGPL-3.0-or-later
"""`--proxy`: by what way a channel is reached, the same on every command that asks a server."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from demur.client.proxies import Proxy, route_by

_Command = TypeVar("_Command", bound=Callable[..., Any])


def proxy_option(command: _Command) -> _Command:
    """The option `--proxy`. It is no parameter of the command: every request of the process goes by it."""
    return click.option(
        "--proxy",
        metavar="URL",
        expose_value=False,
        callback=_route,
        help="Ask through this proxy, which looks names up: a SOCKS5 one such as Tor's at socks5h://127.0.0.1:9050, or an HTTP one "
        "such as http://proxy.example:3128; else the one that `demur trust add --proxy` stored for the channel.",
    )(command)


def _route(_context: click.Context, _option: click.Parameter, given: str | None) -> str | None:
    if given is None:
        return None
    proxy = Proxy.parse(given)
    route_by(lambda _address: proxy)
    return given


def by_what_is_stored() -> None:
    """Without `--proxy`, each channel is reached as it was stored: a proxy that was stored once is never left out by mistake."""
    route_by(_stored)


def _stored(address: str) -> Proxy | None:
    from demur.client.known import demur_home, stored_proxy  # noqa: PLC0415 -- `demur --help` needs no cryptography

    return stored_proxy(address, demur_home(os.environ))
