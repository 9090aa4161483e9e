# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk countersign`: a second seat's signature under a reply that declines every claim."""

import click

from demur.cli import speak
from demur.cli.desk.at import sit
from demur.cli.desk.view import reply_lines
from demur.client.answering import waiting_reply
from demur.dissent.states import Verb


@click.command("countersign")
@click.argument("case")
@click.option("--yes", is_flag=True, help="Do not ask: the reply was read.")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, *, yes: bool, json: bool) -> None:
    """Countersign the reply of another seat that declines every claim of CASE. Without it, the reply does not count.

    You are shown the reply first. Your signature says that a second office stands for answering nothing.

    \b
    Example:
      demur desk --server https://dissent.example.org --key chair.key countersign 3fa85f64
    """
    sitting = sit(context)
    answering = sitting.answering(case, Verb.COUNTERSIGN)
    for line in reply_lines(waiting_reply(answering.fetched)):
        click.echo(speak.shown(line), err=True)
    if not yes and not speak.ask("Do you countersign this reply?"):
        raise click.Abort
    sitting.tell(answering.countersign(), "Countersigned; the reply counts now.", json=json)
