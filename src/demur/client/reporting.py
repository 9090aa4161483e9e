# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the author's clients tell the record by themselves (PROTOCOL sections 4 and 7): what differs from what was sealed, what should not
stand in the thread, and that what two seats cannot read opens here. As `#reportAll` of assets/pages/author/follower.js.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from demur.client.acting import Acted, Author, Ground
from demur.client.errors import ClientError, ServerRefused, Unreachable
from demur.client.following import Report, Thread
from demur.dissent.errors import DissentError
from demur.dissent.procedure import group_of
from demur.errors import DemurError

TOO_MANY: Final = "too-many"


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One report: recorded as `acted`, or not, with the `error` that says why. `waiting` is how many more wait for the same."""

    report: Report
    acted: Acted | None = None
    error: DemurError | None = None
    waiting: int = 0


def report_all(author: Author, thread: Thread, *, most: int | None = None) -> Iterator[Reported]:
    """Tell the record what it has not been told, one after the other, `most` of them at most; all stand on the one reading of the case.

    A report that is refused takes none of the others with it: whoever writes what cannot be read fills an author's day, and must not keep
    the report of a reply away that is none. Only where a kind of act is used up for today, what counts with it waits for another day.
    Nothing more is sent where the server cannot be reached. The author reads on whatever comes of it.
    """
    rows = list(thread.reports[:most])
    if not rows:
        return
    try:
        with author.server.together():
            yield from _reported(author, author.ground(thread), rows)
    except (ClientError, DissentError) as error:
        yield Reported(report=rows[0], error=error, waiting=len(rows) - 1)


def _reported(author: Author, ground: Ground, rows: list[Report]) -> Iterator[Reported]:
    full = set[str]()
    for at, row in enumerate(rows):
        if group_of(row.verb) in full:
            continue
        try:
            acted = author.report(row, ground.thread.receipt, ground=ground)
        except Unreachable as error:
            yield Reported(report=row, error=error, waiting=len(rows) - at - 1)
            return
        except (ClientError, DissentError) as error:
            used_up = (
                isinstance(error, ServerRefused) and error.code == TOO_MANY and row.seq != ground.thread.story.reply_seq
            )
            if used_up:
                full.add(group_of(row.verb))
            same = [later for later in rows[at + 1 :] if used_up and group_of(later.verb) in full]
            yield Reported(report=row, error=error, waiting=len(same))
        else:
            ground = acted.ground
            yield Reported(report=row, acted=acted)
