# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur doctor`: the health of an installation, in counts.

An administrator who runs it learns how many cases there are and that all is well; never which, of whom, or who reads them.
"""

import time
from pathlib import Path

import click

from demur.cli import speak


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@speak.json_option
def command(directory: Path, *, json: bool) -> int:
    """Check the installation in DIRECTORY. Exit 0 if all is well, 1 if something needs a hand.

    \b
    Example:
      demur doctor /srv/demur
    """
    from demur.site.boot import open_installation  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from demur.site.health import examine  # noqa: PLC0415 -- needs Django set up

    findings = examine(directory, ground, now=int(time.time()))
    lines = [f"{'ok  ' if finding.well else 'MEND'}  {finding.sentence}" for finding in findings]
    document = {"findings": [{"code": f.code, "well": f.well, "sentence": f.sentence} for f in findings]}
    speak.emit(document, json=json, lines=lines)
    return 0 if all(finding.well for finding in findings) else 1
