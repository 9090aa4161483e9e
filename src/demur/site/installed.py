# SPDX-License-Identifier: AGPL-3.0-or-later
"""The installation that this process serves, made once from its directory."""

import os
import random
from functools import cache
from pathlib import Path

from django.conf import settings

from demur.charter.channel import ChannelFile
from demur.dissent.uploads import Uploads
from demur.entries.installation import Installation
from demur.entries.moments import AgreeingClocks
from demur.entries.writer import GroupCommit
from demur.people.policies import channel_now
from demur.record.cosignature import LogKeys
from demur.record.tiles import PosixTiles
from demur.site.configuration import ED25519_FILE, MLDSA_FILE, NoInstallation, read_configuration
from demur.site.disk import room_in
from demur.site.disputes import Watch


@cache
def installation() -> Installation:
    """The installation named by DEMUR_DIR. Raises NoInstallation."""
    return read_installation(Path(settings.DEMUR_DIR))


@cache
def uploads() -> Uploads:
    """Where the large files of this installation lie."""
    room = read_configuration(Path(settings.DEMUR_DIR)).upload_room
    return Uploads(installation().files, room)


def read_installation(directory: Path) -> Installation:
    """Read channel and keys from `directory`; raises NoInstallation, or CharterError for a changed channel file."""
    try:
        file = ChannelFile.parse((directory / "channel.toml").read_text(encoding="utf-8"))
        seeds = [bytes.fromhex((directory / name).read_text("ascii")) for name in (ED25519_FILE, MLDSA_FILE)]
    except (OSError, ValueError) as error:
        raise NoInstallation(f"A file of the installation in {directory} cannot be read ({error}).") from None
    keys = LogKeys.from_seeds(file.channel.origin, ed25519=seeds[0], mldsa=seeds[1])
    if keys.vkeys != (file.channel.ed25519_vkey, file.channel.mldsa_vkey):
        raise NoInstallation(f"The log keys in {directory} are not those of its channel; restore them from a backup.")
    store = PosixTiles(directory / "record")
    return Installation(
        channel=file.channel,
        address=file.address,
        keys=keys,
        store=store,
        random=os.urandom,
        shuffler=random.SystemRandom(),
        grace=read_configuration(directory).grace,
        writer=GroupCommit(),
        files=directory / "files",
        policy_now=lambda: channel_now(file.channel, store).policy_object,
        in_dispute=Watch(directory),
        check_clocks=AgreeingClocks(),
        is_full=room_in(directory),
    )
