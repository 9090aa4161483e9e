# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a server listens: an address in words or numbers made into the number that is listened at, and told once it is."""

import ipaddress
import socket
import threading
import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from demur.charter.channel import ChannelError, ChannelFile
from demur.cli import speak
from demur.client.address import is_loopback
from demur.site.configuration import NoInstallation
from demur.site.founding import DEFAULT_ADDRESS

_TRIED: Final = 0.05  # seconds between two tries to reach a server that is starting
_WAIT: Final = 120.0


def listen_of(address: str) -> str:
    """`ADDRESS:PORT` of a channel's own address where it is plain http on this machine, else of the usual one behind a proxy."""
    usual = urlsplit(DEFAULT_ADDRESS)
    parts = urlsplit(address)
    own = parts.scheme == "http" and is_loopback(parts.hostname or "")
    return parts.netloc if own and parts.port else f"{parts.netloc}:80" if own else usual.netloc


def usual_listen(directory: Path) -> str:
    """Where the installation in `directory` listens unless it is told otherwise."""
    try:
        return listen_of(ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8")).address)
    except (OSError, ValueError, ChannelError):
        return urlsplit(DEFAULT_ADDRESS).netloc


def split_listen(listen: str) -> tuple[str, int]:
    """Host and port of `ADDRESS:PORT`, `[::1]:8765` too. Raises click.UsageError."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.UsageError(f"--listen {listen} is not an address and a port, such as 127.0.0.1:8765")
    return host.strip("[]"), int(port)


def number_of(host: str, port: int) -> str:
    """The number that a host's name stands for; the server takes nothing else. Raises NoInstallation for a name that stands for none."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise NoInstallation(
            f"{host} is no name of this machine; name an address such as 127.0.0.1, or 0.0.0.0 for all of them, with --listen."
        ) from None
    numbers = [str(row[4][0]) for row in found]
    return next((number for number in numbers if "." in number), numbers[0])  # as most clients try it first


def check_free(host: str, port: int) -> None:
    """Raises NoInstallation where another process listens: the server shares its port, and half of the requests would go astray."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that are closing are no listener
            probe.bind((host, port))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise NoInstallation(
            f"{host} port {port} cannot be listened at ({reason}); end what listens there, or name another with --listen."
        ) from None


def tell_when_open(host: str, port: int, sentence: str) -> None:
    """Say `sentence` once somebody listens there: whoever reads it may connect at once."""
    threading.Thread(target=_tell_when_open, args=(host, port, sentence), daemon=True).start()


def _tell_when_open(host: str, port: int, sentence: str) -> None:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not listened at
    end = time.monotonic() + _WAIT
    while time.monotonic() < end:
        try:
            with socket.create_connection((near, port), timeout=1):
                speak.progress(sentence)
                return
        except OSError:
            time.sleep(_TRIED)
