# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk acknowledge`: tell the author that it has arrived."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit, text_of
from demur.dissent.states import Verb


@click.command("acknowledge")
@click.argument("case")
@click.option("--text", help="A word to the author; - reads it from standard input.")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, text: str | None, *, json: bool) -> None:
    """Acknowledge CASE: meets the acknowledgement clock. Without --text nothing of the case is fetched.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key acknowledge 3fa85f64
      demur desk --server https://dissent.example.org --key director.key acknowledge 3fa85f64 \\
          --text "We read it on Monday."
    """
    said = text_of(text, what="text")
    sitting = sit(context)
    if said:
        acted = sitting.answering(case, Verb.ACKNOWLEDGE).acknowledge(said)
    else:
        acted = sitting.desk.plain(sitting.find(case), Verb.ACKNOWLEDGE)
    sitting.tell(acted, "Acknowledged.", json=json)
