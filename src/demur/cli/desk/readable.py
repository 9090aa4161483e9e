# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk readable`: take back that a filing cannot be read."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit
from demur.dissent.states import FILING, Verb


@click.command("readable")
@click.argument("case")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, *, json: bool) -> None:
    """Say that CASE can be read after all, where two offices said that it cannot.

    The clocks run again as from filing, and nobody's word can end them for that reason again.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key readable 3fa85f64
    """
    sitting = sit(context)
    sitting.tell(
        sitting.desk.plain(sitting.find(case), Verb.READABLE, item=FILING), "Recorded: it can be read.", json=json
    )
