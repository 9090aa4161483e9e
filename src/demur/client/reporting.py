# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the author's clients tell the record by themselves (PROTOCOL sections 4 and 7): what differs from what was sealed, what should not
stand in the thread, and that what two seats cannot read opens here. As `#reportAll` of assets/pages/author/follower.js.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from demur.client.acting import Acted, Author
from demur.client.errors import ClientError
from demur.client.following import Report, Thread
from demur.client.receipt import Receipt
from demur.dissent.errors import DissentError
from demur.errors import DemurError


@dataclass(frozen=True, kw_only=True)
class Reported:
    """One report: recorded as `acted`, or not, with the `error` that says why."""

    report: Report
    acted: Acted | None = None
    error: DemurError | None = None


def report_all(author: Author, thread: Thread) -> Iterator[Reported]:
    """Tell the record what it has not been told, one after the other, each with the receipt of the one before; the first that cannot be
    recorded is the last. The author reads on whatever comes of it.
    """
    receipt: Receipt | None = thread.receipt
    for row in thread.reports:
        try:
            acted = author.report(row, receipt)
        except (ClientError, DissentError) as error:
            yield Reported(report=row, error=error)
            return
        receipt = acted.receipt
        yield Reported(report=row, acted=acted)
