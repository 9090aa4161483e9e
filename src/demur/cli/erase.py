# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur erase`: remove a case's content for good, and have the record say so."""

import time
from pathlib import Path

import click

from demur.cli import speak


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("case")
@click.option("--yes", is_flag=True, help="Do not ask.")
@speak.json_option
def command(directory: Path, case: str, *, yes: bool, json: bool) -> None:
    """Erase CASE (its id, or at least the first eight digits) from the installation in DIRECTORY, for good. The server may run meanwhile.

    Its texts, files, events and inbox items are overwritten in the database, large files on the disk; its key is taken out of keys/shred,
    so that no backup opens it any more; a readable entry of the record names its entries, which stand. It does not come back by a restore
    or by `demur file --again`. Copies that author and readers keep, sealed drafts and lists of the seats, and older copies of the shred
    file are not reached: delete those copies yourself.

    \b
    Example:
      demur erase /srv/demur 3f9a01c2
    """
    from demur.site.boot import open_installation, usable_rows  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    from demur.dissent.actions.erase import find_case  # noqa: PLC0415 -- as above
    from demur.site.erasing import erase  # noqa: PLC0415 -- as above
    from demur.site.installed import uploads  # noqa: PLC0415 -- as above
    from demur.site.ticker import publish_readable  # noqa: PLC0415 -- as above

    now = int(time.time())
    try:
        with usable_rows(directory):
            found = find_case(case.lower())
            if not yes and not speak.ask(f"Erase the case {found.id} for good, here and in every backup?"):
                raise click.Abort
            done = erase(directory, found, ground, uploads(), at=now)
            publish_readable(ground, now=now)
    finally:
        connections.close_all()
    if not done.overwritten:
        speak.warn(
            "a reader keeps the database's write-ahead log, which still holds old pages; end the server once, and they are gone too"
        )
    erased = done.done
    document = {
        "case": erased.case,
        "entries": list(erased.places),
        "files": len(erased.uploads),
        "items": erased.items,
    }
    lines = [
        f"The case {erased.case} is erased: its rows, {len(erased.uploads)} large files, {erased.items} inbox items.",
        f"The record names its {len(erased.places)} entries as erased. Older copies of the shred file still open it in older backups: "
        "replace them by the next backup's, or delete them.",
    ]
    speak.emit({**document, "overwritten": done.overwritten}, json=json, lines=lines)
