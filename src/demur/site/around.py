# SPDX-License-Identifier: AGPL-3.0-or-later
"""What surrounds an installation: the address that people type, and the clock by which the log signs."""

from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from demur.charter.channel import ChannelError, ChannelFile
from demur.client.address import is_loopback, normal_address
from demur.client.errors import ClientError
from demur.client.http import Server
from demur.client.proxies import Proxy
from demur.clock.wording import moment_words
from demur.errors import DemurError
from demur.site.configuration import NoInstallation

APART: Final = 60  # seconds: answers take their time, and a date in a header has whole seconds
_TIMEOUT: Final = 5.0  # seconds for a witness to say what time it is


def channel_address(address: str) -> str:
    """The address in its one form. Raises NoInstallation for one at which the pages could not work."""
    try:
        normal = normal_address(address, insecure=True)
    except DemurError as error:
        raise NoInstallation(str(error)) from None
    if urlsplit(normal).path:
        raise NoInstallation(
            f"The address {address} has a path, and the pages of a channel stand at the root of a host; give the channel a host name of "
            "its own, such as https://dissent.example.org."
        )
    return normal


def not_encrypted(address: str) -> str | None:
    """What is wrong with plain http beyond this machine; None where it is well."""
    parts = urlsplit(address)
    if parts.scheme != "http" or is_loopback(parts.hostname or ""):
        return None
    return (
        f"The address {address} is plain http: browsers refuse to seal there, and whoever carries the traffic sees who files; put TLS in "
        "front and name an https address."
    )


def address_finding(directory: Path) -> dict[str, Any]:
    """Whether the channel's address is one at which people can file."""
    try:
        address = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8-sig")).address
        fault = not_encrypted(channel_address(address))
    except (OSError, UnicodeDecodeError, ChannelError, NoInstallation) as error:
        return {"code": "address", "well": False, "sentence": f"The channel's address is not right: {error}"}
    said = f"The channel's address is {address}."
    return {"code": "address", "well": fault is None, "sentence": fault or said}


def clock_finding(latest: int, witnesses: Iterable[str], *, now: int, proxy: Proxy | None = None) -> dict[str, Any]:
    """This machine's clock against what it signed before (`latest`, POSIX seconds) and against each witness that answers, by
    `proxy` alone if there is one.
    """
    if now < latest - APART:
        before = moment_words(latest, UTC, "UTC")
        sentence = f"This machine's clock went back: the log signed as of {before}, which is still to come; set it."
        return {"code": "clock", "well": False, "sentence": sentence}
    asked = {url: at for url in witnesses if (at := _time_at(url, proxy)) is not None}
    off = {url: at - now for url, at in asked.items() if abs(at - now) > APART}
    if off:
        url, apart = max(off.items(), key=lambda row: abs(row[1]))
        way = "behind" if apart > 0 else "ahead of"
        sentence = f"This machine's clock is {abs(apart)} seconds {way} the one of {url}; set the wrong one."
        return {"code": "clock", "well": False, "sentence": sentence}
    said = (
        f"This machine's clock agrees with {', '.join(sorted(asked))}."
        if asked
        else "No witness answers to compare this machine's clock with; it was not checked."
    )
    return {"code": "clock", "well": True, "sentence": said}


def _time_at(url: str, proxy: Proxy | None) -> int | None:
    """What time a witness says it is, by the Date of any answer (RFC 9110 section 6.6.1); None if it gives none."""
    try:
        answer = Server(url, insecure=True, timeout=_TIMEOUT, attempts=1, proxy=proxy).look("/")
        return int(parsedate_to_datetime(answer.headers["date"]).timestamp())
    except (ClientError, KeyError, ValueError, OverflowError):
        return None
