# SPDX-License-Identifier: AGPL-3.0-or-later
"""`demur desk extend`: the only lengthening of a clock, with a reason."""

from datetime import date

import click

from demur.charter.freeze import Frozen
from demur.charter.zones import due
from demur.cli import speak
from demur.cli.desk.at import sit, text_of
from demur.dissent.errors import NotPossible
from demur.dissent.states import Verb
from demur.dissent.timing import check_extension


@click.command("extend")
@click.argument("case")
@click.option("--clock", default="reply", show_default=True, help="Which clock.")
@click.option("--until", required=True, metavar="YYYY-MM-DD", help="The new last day, in the custodian's time zone.")
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
    end = last_moment(view.frozen, clock, last_day)
    check_extension(view.frozen, view.story, clock=clock, until=end)
    acted = answering.extend(clock=clock, until=end, reason=why)
    sitting.tell(acted, f"The clock {clock!r} runs until {due(view.frozen, end, clock=clock)}.", json=json)


def last_moment(frozen: Frozen, clock: str, day: date) -> int:
    """The last second (POSIX) of `day` where the clock runs. Raises NotPossible for a clock that the charter lacks."""
    rule = frozen.charter.clocks.get(clock)
    if rule is None:
        raise NotPossible(f"The charter has no clock {clock!r}; it has {', '.join(sorted(frozen.charter.clocks))}.")
    return frozen.calendars[rule.calendar].last_moment(day)
