# SPDX-License-Identifier: AGPL-3.0-or-later
"""Snapshots of cases in their rows: read, written with the event that changes them, and folded anew where they are of another version."""

from collections.abc import Iterable, Iterator
from typing import Final

from demur import canonical
from demur.dissent import snapshots
from demur.dissent.models import Case, Event
from demur.dissent.snapshots import Snapshot
from demur.people.queries import frozen_of

STEP: Final = 100  # cases that are folded anew in one transaction


def snapshot_of(case: Case) -> Snapshot:
    """The state of the case after its last event; from its row, or from its events where the row has none of this version."""
    if case.story_v == snapshots.VERSION and case.story is not None:
        try:
            return snapshots.load(case.story)
        except ValueError:
            pass  # a row that was changed by hand; the events are the truth
    return folded(case)


def folded(case: Case) -> Snapshot:
    """The state of the case, from its events."""
    return snapshots.refold(_told(case.events.order_by("seq")), frozen_of(case.charter))


def keep_snapshot(case: Case, snapshot: Snapshot) -> None:
    """Let the case's columns say it; the caller saves the case, in the transaction that records the event."""
    case.story, case.story_v, case.state = snapshots.dump(snapshot), snapshots.VERSION, str(snapshot.story.state)


def fold_some(after: str = "") -> tuple[str, int]:
    """Fold anew up to `STEP` cases, in the order of their ids from `after` on, whose snapshot is of another version; in the open
    transaction. Returns the id to go on from, and how many they were: 0 once none is left.
    """
    old = Case.objects.filter(id__gt=after).exclude(story_v=snapshots.VERSION).order_by("id")
    cases = list(old.defer("header")[:STEP])
    for case in cases:
        try:
            keep_snapshot(case, folded(case))
        except (canonical.CanonicalError, LookupError):
            continue  # rows that were changed by hand: `demur doctor --deep` names them
        case.save(update_fields=KEPT)
    return cases[-1].id if cases else after, len(cases)


def waiting() -> int:
    """How many cases have a snapshot of another version."""
    return Case.objects.exclude(story_v=snapshots.VERSION).count()


KEPT: Final = ("story", "story_v", "state")


def _told(rows: Iterable[Event]) -> Iterator[tuple[dict[str, object], str]]:
    for row in rows:
        yield canonical.load_object(row.text.encode()), bytes(row.leaf_hash).hex()
