# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lies in an installation's directory, and where.

DIR/channel.toml       the channel: what people need to know it by
DIR/demur.toml         this file's settings: secret, grace, upload_room, witness_proxy; [doorbell] (demur.notices.doorbell)
DIR/keys/log.ed25519   the log's keys, 32-byte seeds in hex, readable by the server alone
DIR/keys/log.ml-dsa-44
DIR/demur.sqlite3      the rows
DIR/record/            tiles and checkpoint, rebuilt from the rows; floor, what a restore knew of the record beyond its rows
DIR/files/             uploads under way, and sealed files too large for a row
DIR/charter.request    what the officers are asked to sign
DIR/practice/          practice keys, only in practice channels
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demur.client.errors import Insecure
from demur.client.proxies import Proxy
from demur.errors import DemurError
from demur.notices.doorbell import Doorbell, read_doorbell
from demur.notices.errors import BadDoorbell

ED25519_FILE, MLDSA_FILE = "keys/log.ed25519", "keys/log.ml-dsa-44"
GRACE = 300  # seconds from a tick to its publication: room for a restart, not for a person
SETTINGS = "demur.toml"  # what makes a directory an installation
KEYS = frozenset({"secret", "grace", "upload_room", "witness_proxy", "doorbell"})
UPLOAD_ROOM = 16 * 1024**3  # bytes that unfinished uploads may take together


class NoInstallation(DemurError):  # noqa: N818 -- named as the fact
    """The directory holds no installation, or a damaged one."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """`demur.toml`. `grace` in seconds, `upload_room` in bytes; `witness_proxy` is None where witnesses are asked without one, `doorbell`
    where nobody is rung.
    """

    secret: str
    grace: int
    upload_room: int = UPLOAD_ROOM
    witness_proxy: Proxy | None = None
    doorbell: Doorbell | None = None


def read_configuration(directory: Path) -> Configuration:
    """Read `demur.toml`; raises NoInstallation."""
    path = directory / SETTINGS
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise NoInstallation(
            f"There is no installation in {directory}; make one with `demur init {directory}`."
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoInstallation(f"The file {path} cannot be read ({error}); restore it from a backup.") from None
    if odd := sorted(set(table) - KEYS):
        raise NoInstallation(f"The file {path} holds {odd[0]!r}, which is no setting; take it out.")
    secret, numbers = table.get("secret"), [table.get("grace"), table.get("upload_room", UPLOAD_ROOM)]
    if not isinstance(secret, str) or not all(type(number) is int and number > 0 for number in numbers):
        raise NoInstallation(f"The file {path} must hold secret, and grace and upload_room as whole numbers; mend it.")
    return Configuration(
        secret=secret,
        grace=int(numbers[0]),
        upload_room=int(numbers[1]),
        witness_proxy=_witness_proxy(table, path),
        doorbell=_doorbell(table, directory),
    )


def _witness_proxy(table: dict[str, Any], path: Path) -> Proxy | None:
    """Raises NoInstallation for one that cannot be read: the witnesses must not be asked without it."""
    try:
        return Proxy.parse(str(table["witness_proxy"])) if "witness_proxy" in table else None
    except Insecure as error:
        raise NoInstallation(f"The setting witness_proxy in {path} cannot be used: {error}") from None


def _doorbell(table: dict[str, Any], directory: Path) -> Doorbell | None:
    try:
        return read_doorbell(table["doorbell"], directory) if "doorbell" in table else None
    except BadDoorbell as error:
        raise NoInstallation(f"In {directory / 'demur.toml'}: {error}") from None


def write_configuration(directory: Path, configuration: Configuration) -> None:
    """Write `demur.toml`, readable by its owner alone."""
    path = directory / SETTINGS
    text = "# One installation of Demur. Keep this file private.\n"
    text += f'secret = "{configuration.secret}"\ngrace = {configuration.grace}\n'
    write_private(path, text.encode())


def write_private(path: Path, data: bytes) -> None:
    """Make a file that only its owner can read; never over another. Raises NoInstallation if it exists."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise NoInstallation(f"The file {path} exists already; choose another place, or move it away first.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
