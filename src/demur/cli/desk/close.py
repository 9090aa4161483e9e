# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk close`: end a case when nothing is owed any more."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit
from demur.dissent.states import Verb


@click.command("close")
@click.argument("case")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, *, json: bool) -> None:
    """Close CASE. Refused while any clock runs: only a reply that counts or the author's withdrawal ends the clocks.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key close 3fa85f64
    """
    sitting = sit(context)
    sitting.tell(sitting.desk.plain(sitting.find(case), Verb.CLOSE), "Closed.", json=json)
