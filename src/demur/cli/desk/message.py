# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk message`: write to the author and the other readers. It pauses no clock."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit, text_of
from demur.dissent.states import Verb


@click.command("message")
@click.argument("case")
@click.argument("text")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, text: str, *, json: bool) -> None:
    """Write TEXT (- reads it from standard input) to the author of CASE and to its readers. A question pauses no clock.

    \b
    Examples:
      demur desk --server https://dissent.example.org --key director.key message 3fa85f64 "Which week was counted?"
      demur desk --server https://dissent.example.org --key director.key message 3fa85f64 - < question.txt
    """
    said = text_of(text, what="message")
    sitting = sit(context)
    sitting.tell(sitting.answering(case, Verb.MESSAGE).message(said), "Sent.", json=json)
