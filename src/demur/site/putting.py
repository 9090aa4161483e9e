# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a restore may put what it made, and that nothing else is lost by it: no backup, and nothing that is no installation."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from demur.site.backup import MANIFEST
from demur.site.configuration import NoInstallation

_PARTS: Final = frozenset(
    {"channel.toml", "demur.toml", "demur.sqlite3", "keys", "record", "files"}
)  # of an installation


def check_apart(backup: Path, directory: Path) -> None:
    """Raises NoInstallation where a backup lies, this one or another, at or above `directory` or below it: the last copy of everything is
    neither replaced, nor moved aside, nor written into.
    """
    place, source = directory.resolve(), backup.resolve()
    if any((above / MANIFEST).exists() for above in (place, *place.parents)):
        raise NoInstallation(
            f"{directory} is a backup, or lies in one; name the installation's directory, or a new one."
        )
    if place == source or place in source.parents or source in place.parents:
        raise NoInstallation(f"The backup lies in {directory} itself; move it away first, or name a new directory.")


def check_place(directory: Path) -> None:
    """Raises NoInstallation where something else stands: moved away with it, it would be missed. Of an installation any part will do."""
    names = {path.name for path in directory.iterdir()} if directory.is_dir() else set()
    if directory.is_file() or (names and names.isdisjoint(_PARTS)):
        raise NoInstallation(
            f"{directory} holds no installation but something else; name a new directory, or an empty one."
        )


def put(work: Path, directory: Path, *, now: int) -> Path | None:
    """Put `work` where `directory` is; returns where what stood there is kept, None if nothing did. Raises NoInstallation."""
    if not directory.exists():
        work.rename(directory)
        return None
    stamp = datetime.fromtimestamp(now, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = directory.with_name(f"{directory.name}.before-{stamp}")
    if kept.exists():
        raise NoInstallation(f"{kept} exists already; move it away first.")
    directory.rename(kept)
    work.rename(directory)
    return kept
