# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur tick`: once what the server does by itself while it runs."""

import time
from pathlib import Path

import click

from demur.cli import speak
from demur.site.configuration import read_configuration
from demur.site.floor import check_floor


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@speak.json_option
def command(directory: Path, *, json: bool) -> None:
    """Publish what is due in the installation in DIRECTORY, ask its witnesses, and deliver its notices; once.

    `demur serve` does the same by itself. This is for a timer, or for an installation that is not being served: what is not due
    by the charter's tick is left alone.

    \b
    Example:
      demur tick /srv/demur
    """
    from demur.site.boot import open_installation  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    for sentence in check_floor(directory, now=int(time.time())):
        speak.warn(sentence)
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    from demur.entries.models import Entry  # noqa: PLC0415 -- needs Django set up
    from demur.site.ringing import Ringing  # noqa: PLC0415 -- needs Django set up
    from demur.site.ticker import beat, last_checkpoint  # noqa: PLC0415 -- needs Django set up
    from demur.site.witnesses import Witnesses  # noqa: PLC0415 -- needs Django set up

    try:
        before = last_checkpoint()
        now = int(time.time())
        beat(ground, now=now, witnesses=Witnesses(ground))
        ringing = Ringing(read_configuration(directory).doorbell)
        ringing.ring(ground, since=before.size if before else 0, now=now)
        ringing.wait()
        after, waiting = last_checkpoint(), Entry.objects.filter(index=None).count()
    finally:
        connections.close_all()
    added = (after.size if after else 0) - (before.size if before else 0)
    document = {"published": added, "size": after.size if after else 0, "waiting": waiting}
    said = f"{added} entries were published; the record holds {document['size']}, and {waiting} wait for their tick."
    speak.emit(document, json=json, lines=[said])
