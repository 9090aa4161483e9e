# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk grant`: let one more seat read."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit, text_of
from demur.cli.desk.view import recused, title_of
from demur.dissent.errors import NotPossible
from demur.dissent.states import Verb


@click.command("grant")
@click.argument("case")
@click.option("--to", required=True, metavar="SEAT", help="The seat that shall read too.")
@click.option("--reason", required=True, help="Why; the author reads it. - reads it from standard input.")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, to: str, reason: str, *, json: bool) -> None:
    """Let the holder of one more SEAT read CASE. It is recorded with the reason, and the author sees both.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key grant 3fa85f64 --to chair \\
          --reason "Her office owns the forecast."
    """
    why = text_of(reason, what="reason")
    sitting = sit(context)
    answering = sitting.answering(case, Verb.GRANT)
    if to in recused(answering.fetched):
        title = title_of(to, answering.fetched.view.frozen)
        raise NotPossible(f"The author left out {title}, and nobody may give that office access; name another seat.")
    sitting.tell(answering.grant(to, reason=why), f"The seat {to!r} has access now.", json=json)
