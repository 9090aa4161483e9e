# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the page without script tells the record by itself, as the page with script and the command do, and how it says so.

Opening a case does it, before the case is shown: whether a reply meets its clock must not hang on somebody pressing a button.
"""

from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext

from demur.author.sayings import READING
from demur.client.acting import Author
from demur.client.following import Report, Thread
from demur.client.receipt import Receipt
from demur.client.reporting import Reported, report_all
from demur.dissent.states import Verb

_AT_ONCE: Final = (
    20  # reports while one page waits: the first is the one that moves a clock, and the next page sends on
)
_COUNTS: Final = frozenset({"outcome", "answered", "referred", "declined"})  # what the event of a reply says of it


def told_record(
    author: Author, thread: Thread, *, moment: Callable[[int], str]
) -> tuple[list[str], list[str], Receipt | None]:
    """Tell the record what is owed to it: what was recorded and what could not be, in sentences, and the receipt with the promises for
    it, None where nothing was recorded. `moment` puts a time (POSIX seconds) into words.
    """
    done, failed, receipt = [], [], None
    for row in report_all(author, thread, most=_AT_ONCE):
        if row.acted is None:
            failed.append(_not_reported(row.report))
        else:
            done.append(_reported(row, row.acted.event, moment))
            receipt = row.acted.receipt
    return done, failed, receipt


def _reported(row: Reported, event: dict[str, Any], moment: Callable[[int], str]) -> str:
    facts = {"item": row.report.seq, "n": event["seq"], "when": moment(event["time"])}
    if row.report.verb is Verb.READABLE:
        return gettext(
            "Two offices said that what you filed cannot be read, and it opens here. This page contradicted them by itself, as item {n}, "
            "on {when}: they owe you again what they owed since you filed."
        ).format(**facts)
    return gettext(
        "Item {item} is faulty: {why} This page reported that by itself, as item {n}, on {when}; oversight sees it."
    ).format(why=fault(row.report.fact), **facts)


def _not_reported(report: Report) -> str:
    if report.verb is Verb.READABLE:
        return gettext(
            "Two offices said that what you filed cannot be read, and it opens here. That could not be recorded now: open the case again "
            "in some minutes, and this page contradicts them then."
        )
    return gettext(
        "Item {item} is faulty: {why} That could not be recorded now: open the case again in some minutes, and this page reports it then."
    ).format(item=report.seq, why=fault(report.fact))


def fault(fact: str) -> str:
    """What is wrong with an item, in a sentence without its subject."""
    if f"fault-{fact}" in READING:
        return gettext(READING[f"fault-{fact}"])
    if fact in _COUNTS:
        return gettext("what the record says of it is not what it says.")
    said = {
        "answers": gettext("it leaves out a claim of yours, repeats one, or answers one that you did not make."),
        "missing": gettext("its sealed text is missing at the server."),
        "unreadable": gettext("it cannot be opened, or is no document of its kind."),
        "body": gettext("its sealed text is not the one that was recorded."),
        "manifest": gettext("its text was written for another act."),
        "v": gettext("it is written in an old form that answers less."),
    }
    return said.get(fact) or gettext("it differs from what was recorded ({fact}).").format(fact=fact)
