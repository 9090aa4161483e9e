# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an honest restore took from a seat: the log says in its record that it lost something (`gaps`), and the desk goes on.

A case that shows less than this key saw, or is not there at all, is a lie unless a gap entry came after it was seen. What the backup
still held is excused by none.
"""

from collections.abc import Iterable

from demur.client.gaps import Gap, Gaps
from demur.client.inbox import Known
from demur.client.lookups import Record


def gaps_for(known: Iterable[Known], record: Record) -> list[Gap]:
    """The gap entries that could have taken something of these cases. Raises what `Record.entries` raises."""
    return list(Gaps(record=record, since=min((row.size for row in known), default=0)).found)


def gap_of(known: Known, gaps: Iterable[Gap]) -> Gap | None:
    """The gap that took what `known` had seen; None where none excuses it."""
    return next((gap for gap in gaps if known.size <= gap.index and not 0 <= known.at < gap.first), None)


def lost_part(known: Known, gap: Gap) -> str:
    """The sentence for a case that a restore took back to what it was before."""
    return (
        f"Case {known.grant.case[:8]}: the log was restored from a backup and lost part of it, as entry {gap.index} of its record says for "
        f"all to see. This key had seen {known.seen} events; what was said and done after the backup must be said and done again."
    )


def lost_whole(cases: Iterable[str], gap: Gap) -> str:
    """The sentence for cases that a restore took whole."""
    return (
        f"Lost when the log was restored from a backup of before they were filed, as entry {gap.index} of its record says for all to see: "
        f"{', '.join(case[:8] for case in cases)}. Their authors can bring them back with `demur file --again`."
    )
