# SPDX-License-Identifier: AGPL-3.0-or-later
"""Founding an installation: its log keys, its channel, its tables, and what the officers are asked to sign.

Everything is made in a directory beside and moved into place at the end: an interrupted `init` leaves nothing half-made.
Officers' keys are never made here, except in practice channels, where everybody is played by one person.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demur import canonical
from demur.charter.builtin import builtin_names, builtin_text
from demur.charter.channel import Channel, ChannelFile
from demur.charter.freeze import Frozen, freeze_text
from demur.record.cosignature import LogKeys
from demur.record.policy import Named, Policy
from demur.site.configuration import (
    ED25519_FILE,
    GRACE,
    MLDSA_FILE,
    SETTINGS,
    Configuration,
    NoInstallation,
    write_configuration,
    write_private,
)
from demur.site.rights import keep_private, tighten

_OF_VOLUME = "lost+found"  # stands in a volume that is new
DEFAULT_ADDRESS = "http://127.0.0.1:8765"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to found. `charter` is the TOML text, `name` what to call it in errors; `year` the first of its calendars;
    `quorum` of the `witnesses` must cosign each checkpoint.
    """

    origin: str
    officers: Sequence[str]
    k: int
    charter: str
    name: str
    address: str
    year: int
    witnesses: Sequence[Named] = ()
    quorum: int = 0


def charter_text(name: str) -> str:
    """The text of a built-in charter or of a file. Raises NoInstallation."""
    if name in builtin_names():
        return builtin_text(name)
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(builtin_names())
        raise NoInstallation(f"There is no charter {name!r}; name a file or one of {known}.") from None


def found(directory: Path, plan: Plan, *, random: Callable[[int], bytes], finish: Callable[[Path], None]) -> Channel:
    """Make an installation in `directory`, which must not exist or be empty; `finish` completes it before it is moved there.

    Raises NoInstallation, CharterError, RecordError.
    """
    if directory.exists() and (not directory.is_dir() or any(path.name != _OF_VOLUME for path in directory.iterdir())):
        raise NoInstallation(f"{directory} exists and is not empty; name a new directory.")
    keep_private()
    inside = directory.exists()  # somebody stands in it, or it is a volume of its own: it is filled, not replaced
    beside = directory if inside else directory.resolve().parent
    beside.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".founding-", dir=beside))
    try:
        channel = _lay_out(work, plan, random=random)
        finish(work)
        tighten(work)
        if inside:
            directory.chmod(0o700)
            _move_up(work, directory)
        else:
            work.rename(directory)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return channel


def _move_up(work: Path, directory: Path) -> None:
    # What makes it an installation comes last: until then nothing takes it for one.
    moved = list[Path]()
    try:
        for path in sorted(work.iterdir(), key=lambda path: path.name == SETTINGS):
            moved.append(path.rename(directory / path.name))
    except BaseException:
        for path in reversed(moved):
            path.rename(work / path.name)  # which is removed whole
        raise
    work.rmdir()


def charter_request(channel: Channel, frozen: Frozen) -> dict[str, Any]:
    """The charter statement for the officers to sign."""
    return frozen.entry(channel.origin, 0)


def _lay_out(work: Path, plan: Plan, *, random: Callable[[int], bytes]) -> Channel:
    frozen = freeze_text(plan.charter, name=plan.name, year=plan.year)
    keys = LogKeys.generate(plan.origin, random)
    ed25519, mldsa = keys.vkeys
    channel = Channel(
        origin=plan.origin,
        ed25519_vkey=ed25519,
        mldsa_vkey=mldsa,
        officers=tuple(sorted(set(plan.officers))),
        k=plan.k,
        policy=Policy.for_log(keys.vkeys, plan.witnesses, plan.quorum).text,
    )
    (work / "keys").mkdir(mode=0o700)
    seeds = keys.seeds
    write_private(work / ED25519_FILE, seeds[0].hex().encode())
    write_private(work / MLDSA_FILE, seeds[1].hex().encode())
    write_configuration(work, Configuration(secret=random(32).hex(), grace=GRACE))
    (work / "channel.toml").write_text(ChannelFile(channel=channel, address=plan.address).to_toml(), encoding="utf-8")
    (work / "charter.request").write_bytes(canonical.dump(charter_request(channel, frozen)))
    return channel
