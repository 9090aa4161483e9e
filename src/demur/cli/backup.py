# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur backup`: one consistent copy, checked before it is called good."""

import time
from pathlib import Path

import click

from demur.cli import speak


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("out", type=click.Path(resolve_path=True, path_type=Path))
@speak.json_option
def command(directory: Path, out: Path, *, json: bool) -> None:
    """Copy the installation in DIRECTORY to OUT, which must not exist, and read the copy back; the server may run meanwhile.

    OUT holds the log's keys: keep it as secret as DIRECTORY. Beside it, OUT.shred holds the keys that open what cases hold; keep only the
    newest, apart from the backups: a case whose line is deleted from it is erased in all of them.

    \b
    Example:
      demur backup /srv/demur /mnt/backup/2026-11-23
    """
    from demur.site.boot import open_installation, usable_rows  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from demur.site.backup import back_up  # noqa: PLC0415 -- needs Django set up

    with usable_rows(directory):
        copy = back_up(directory, out, ground, now=int(time.time()), progress=speak.progress)
    document = {
        "backup": str(out),
        "shred": f"{out}.shred",
        "origin": copy.origin,
        "cases": copy.cases,
        "size": copy.size,
        "files": copy.files,
    }
    lines = [
        f"ok: {out} holds {copy.cases} cases and a record of {copy.size} entries, read back and checked.",
        f"Keep {out}.shred apart from it, and only the newest: without it the cases in the backup cannot be opened.",
    ]
    speak.emit(document, json=json, lines=lines)
