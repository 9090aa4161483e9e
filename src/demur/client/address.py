# SPDX-License-Identifier: AGPL-3.0-or-later
"""A server's address in its one form. Apart from `http`, so that offline verification imports nothing that can use a
network.
"""

import ipaddress
from urllib.parse import urlsplit

from demur.client.errors import Insecure


def normal_address(address: str, *, insecure: bool = False) -> str:
    """The address in its one form, without a slash at the end. Raises Insecure for what must not be used."""
    try:
        parts = urlsplit(address.strip())
        parts.port  # noqa: B018 -- reading it is what checks it
    except ValueError:
        raise Insecure(f"{address!r} is not an address; write one such as https://dissent.example.org.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Insecure(f"{address!r} is not an address; write one such as https://dissent.example.org.")
    if parts.scheme == "http" and not (insecure or _needs_no_tls(parts.hostname)):
        raise Insecure(
            f"Plain http to {parts.hostname} would show the network who files; use https, or say --insecure-http on a "
            "network of your own."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _needs_no_tls(host: str) -> bool:
    return is_loopback(host) or is_onion(host)


def is_onion(host: str) -> bool:
    """Whether `host` is an onion service: Tor carries it encrypted to its end, and its name is its key, so that http is enough."""
    return host.rstrip(".").lower().endswith(".onion")


def is_loopback(host: str) -> bool:
    """Whether `host` is this very machine by its name or number alone; nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
