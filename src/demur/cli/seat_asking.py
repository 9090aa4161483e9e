# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking a channel's server who holds which seat: read, and proven, before it is shown."""

import os
import time

from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.cli import speak
from demur.client.directory import read_directory
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.trust import resolve


def asked(address: str, channel: str | None, *, insecure: bool) -> tuple[Frozen, Roster | None]:
    """Charter and roster in force. Raises NotTrusted, SwappedKey, BadAnswer, Unreachable."""
    known = resolve(address, channel, demur_home(os.environ), insecure=insecure)
    found = read_directory(Server(known.address, insecure=insecure), known.channel, now=int(time.time()))
    for warning in found.warnings:
        speak.warn(warning)
    return found.frozen, found.roster
