# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk extend`: the only lengthening of a clock, with a reason."""

from datetime import date

import click

from demur.charter.zones import due
from demur.cli import speak
from demur.cli.desk.at import sit, text_of
from demur.dissent.states import Verb
from demur.dissent.timing import extension_end


@click.command("extend")
@click.argument("case")
@click.option("--clock", default="reply", show_default=True, help="Which clock.")
@click.option(
    "--until",
    required=True,
    metavar="YYYY-MM-DD",
    help="The new last day in the office's time zone; a working day where the clock counts those.",
)
@click.option("--reason", required=True, help="Why; the author reads it. - reads it from standard input.")
@speak.json_option
@click.pass_context
def command(context: click.Context, case: str, clock: str, until: str, reason: str, *, json: bool) -> None:
    """Lengthen a clock of CASE, as often and as far as its charter allows. The author reads the reason.

    \b
    Example:
      demur desk --server https://dissent.example.org --key director.key extend 3fa85f64 --until 2027-03-31 \\
          --reason "The count takes longer."
    """
    try:
        last_day = date.fromisoformat(until)
    except ValueError:
        raise click.UsageError(f"{until!r} is not a date; write it as year-month-day, such as 2027-03-31") from None
    why = text_of(reason, what="reason")
    sitting = sit(context)
    answering = sitting.answering(case, Verb.EXTEND)
    view = answering.fetched.view
    end = extension_end(view.frozen, view.story, clock=clock, day=last_day)
    acted = answering.extend(clock=clock, until=end, reason=why)
    sitting.tell(acted, f"The clock {clock!r} runs until {due(view.frozen, end, clock=clock)}.", json=json)
