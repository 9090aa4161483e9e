# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking a channel's server who holds which seat: read, and proven, before it is shown."""

import os
import time
from pathlib import Path

from demur.charter.freeze import Frozen
from demur.charter.roster import Roster
from demur.cli import speak
from demur.cli.mycase import keeping_evidence
from demur.client.casefiles import CaseFiles
from demur.client.http import Server
from demur.client.known import demur_home
from demur.client.memory import ask_in_force
from demur.client.trust import resolve


def asked(address: str, channel: str | None, *, insecure: bool) -> tuple[Frozen, Roster | None]:
    """Charter and roster in force. Raises NotTrusted, SwappedKey, BadAnswer, Unreachable."""
    home = demur_home(os.environ)
    known = resolve(address, channel, home, insecure=insecure)
    with keeping_evidence(CaseFiles(Path(known.channel.origin.replace("/", "+")))):
        server = Server(known.address, insecure=insecure)
        found = ask_in_force(server, known.channel, home=home, now=int(time.time()))
    for warning in found.warnings:
        speak.warn(warning)
    return found.frozen, found.roster
