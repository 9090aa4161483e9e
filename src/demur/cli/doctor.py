# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur doctor`: the health of an installation, in counts.

An administrator who runs it learns how many cases there are and that all is well; never which, of whom, or who reads them.
"""

import time
from collections.abc import Callable
from pathlib import Path

import click

from demur.cli import speak
from demur.cli.meter import Meter


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--deep", is_flag=True, help="Hold every row against the record; takes a minute for 10,000 cases.")
@speak.json_option
def command(directory: Path, *, deep: bool, json: bool) -> int:
    """Check the installation in DIRECTORY. Exit 0 if all is well, 1 if something needs a hand.

    With --deep every row of a case, an event, a grant or an entry that was changed by hand is located by its index in the record.

    \b
    Examples:
      demur doctor /srv/demur
      demur doctor /srv/demur --deep
    """
    from demur.site.boot import open_installation  # noqa: PLC0415 -- starts Django

    ground = open_installation(directory)
    from demur.site.health import examine, examine_deep  # noqa: PLC0415 -- needs Django set up

    findings = examine(directory, ground, now=int(time.time()))
    if deep and all(finding.well for finding in findings if finding.code in {"tables", "rows"}):
        findings += examine_deep(ground, progress=_meter())
    lines = [f"{'ok  ' if finding.well else 'MEND'}  {finding.sentence}" for finding in findings]
    document = {"findings": [finding.document for finding in findings]}
    speak.emit(document, json=json, lines=lines)
    return 0 if all(finding.well for finding in findings) else 1


def _meter() -> Callable[[int], None]:
    from demur.dissent.models import Case  # noqa: PLC0415 -- needs Django set up

    return Meter("looking at cases", Case.objects.count())
