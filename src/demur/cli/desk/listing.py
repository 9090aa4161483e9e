# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk list`: what is due."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit
from demur.cli.desk.view import listed_document, listed_lines
from demur.client.desklist import list_cases


@click.command("list")
@speak.json_option
@click.pass_context
def command(context: click.Context, *, json: bool) -> None:
    """Show the cases that this key can read: what is overdue first, then what is due next.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key list
    """
    sitting = sit(context)
    known = list(sitting.index.cases.values())
    rows = list_cases(sitting.desk.line, known, sitting.desk.record)
    lost = sorted(set(sitting.index.cases) - {row.case for row in rows})
    if lost:
        shown = ", ".join(case[:8] for case in lost)
        speak.warn(f"the server shows nothing of {shown}, which this key was granted; ask oversight why")
    document = {"seat": sitting.desk.line.seat, "cases": [listed_document(row) for row in rows], "lost": lost}
    speak.emit(document, json=json, lines=listed_lines(rows))
