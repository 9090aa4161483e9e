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
def command(context: click.Context, *, json: bool) -> int:
    """Show the cases that this key can read: what is overdue first, then what is due next. Exit 1 if the server tells something of a case
    that does not hold; the others are shown all the same.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key list
    """
    sitting = sit(context)
    looked = list_cases(sitting.desk.line, list(sitting.index.cases.values()), sitting.desk.record)
    missing = {"gone", "erased", "unknown"}
    document = {
        "seat": sitting.desk.line.seat,
        "cases": [listed_document(row) for row in looked.listed],
        "lost": sorted(fault.case for fault in looked.faults if fault.name in missing),
        "faults": [{"case": fault.case, "fault": fault.name, "sentence": fault.sentence} for fault in looked.faults],
    }
    speak.emit(document, json=json, lines=listed_lines(looked.listed))
    for sentence in looked.sentences:
        speak.warn(sentence)
    return int(any(fault.name in {"shorter", "odd"} for fault in looked.faults))
