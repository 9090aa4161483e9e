# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is late in a case, for its author: how late, who sees it, what can be done, and what can be proven."""

from demur.charter.explain import explain
from demur.charter.zones import due
from demur.cli import speak
from demur.cli.clock_view import clock_name, office
from demur.client.following import Thread
from demur.clock.deadlines import State as ClockState
from demur.dissent.errors import NotPossible
from demur.dissent.states import Verb, next_state

_SEEN = (
    "Everybody sees on the channel's page that something is late; the page counts it without naming the case. It is counted from the "
    "record; nobody can switch it off."
)
_PROOF = (
    "Prove what was owed: `demur disclose R.key --show time-and-charter --show answers -o late.exhibit` makes a file that proves when "
    "you filed and under which charter, so by when an answer was owed, and what was answered. That nothing else was answered no file "
    "proves: whoever says that it was has to show it, and the record holds it."
)
_MESSAGE = "Write a message, which every office that reads the case gets: `demur message R.key`"
_OUTSIDE = "The competent authority outside your institution can be used at any time."


def late_lines(thread: Thread, *, now: int) -> list[str]:
    """The lines for a person; none where nothing is late."""
    rows = [row for row in thread.clocks if row.state is ClockState.OVERDUE]
    if not rows:
        return []
    frozen, lines = thread.frozen, ["", "It is late"]
    for row in rows:
        days, rule = row.late_days(now), frozen.charter.clocks[row.name]
        late = "one day" if days == 1 else f"{days} days"
        by = due(frozen, row.limit, clock=row.name)
        lines.append(f"  {clock_name(row.name)}: due by {by}, by {office(frozen, rule.owner)}. Late by {late}.")
    meaning = explain(frozen.charter)
    doors = [speak.shown(row.words(str)) for row in (*meaning.other_doors, *meaning.outer_doors)]
    doors += [] if meaning.outer_doors else [_OUTSIDE]
    acts = [*([_MESSAGE] if _may_write(thread) else []), _PROOF, "Use another door; this case stays as it is:"]
    return [
        *lines,
        f"  {_SEEN}",
        "  What you can do:",
        *(f"  - {act}" for act in acts),
        *(f"      {door}" for door in doors),
    ]


def _may_write(thread: Thread) -> bool:
    try:
        next_state(thread.story.state, Verb.MESSAGE)
    except NotPossible:
        return False
    return True
