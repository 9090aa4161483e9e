# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the institution keeps its word, in counts: what is due, what is overdue, what was met late. From the record alone.

Only what is published counts, at the time at which the record proves it (PROTOCOL section 4): so the counts change with a tick, and
whoever watches the page learns no hour at which somebody filed. The institution's own conduct, what is overdue or was late, is never
rounded; what tells how many people wrote is, below the charter's small number (`public.views`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Final

from demur import canonical
from demur.clock.errors import BeyondCalendar
from demur.dissent.models import Case, Event
from demur.dissent.states import fold
from demur.dissent.timing import clocks_of
from demur.entries.models import Checkpoint, Entry
from demur.people.queries import frozen_of

_AT_ONCE: Final = 500
SOON: Final = 5 * 86_400  # seconds: a clock that is due within five days is due soon


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Clocks, by what they show now; `cases` is how many cases are open."""

    cases: int = 0
    running: int = 0
    due_soon: int = 0
    overdue: int = 0
    met: int = 0
    met_late: int = 0


@dataclass(frozen=True)
class _Case:
    """The clocks of a case as far as it is published: limit, when met (None: not), when ended by withdrawal (None: not), each in POSIX
    seconds. `events` is how many of its events are published; `settled` whether nothing is owed any more.
    """

    clocks: tuple[tuple[int, int | None, int | None], ...]
    events: int
    settled: bool


def counts(*, now: int) -> Counts:
    """The counts at `now` (POSIX seconds). A case that has not changed since it was read is not read again."""
    trees = _Trees.read()
    found = dict.fromkeys(("cases", "running", "due_soon", "overdue", "met", "met_late"), 0)
    seqs = dict(Case.objects.values_list("id", "seq"))
    changed = [case_id for case_id, seq in seqs.items() if _KNOWN.get(case_id, (0, None))[0] != seq]
    for case_id, case in _read(changed, trees):
        if case is not None and case.events == seqs.get(case_id):
            _KNOWN[case_id] = (seqs[case_id], case)
        elif case is not None:
            _count(case, found, now)
    for case_id in seqs:
        if case_id in _KNOWN and _KNOWN[case_id][0] == seqs[case_id]:
            _count(_KNOWN[case_id][1], found, now)
    return Counts(**found)


def _count(case: _Case, found: dict[str, int], now: int) -> None:
    found["cases"] += not case.settled
    for limit, met_at, ended in case.clocks:
        if met_at is not None:
            found["met" if met_at <= limit else "met_late"] += 1
        elif ended is not None:
            found["met_late"] += ended > limit  # withdrawn, and late by then: that stays said
        else:
            found["overdue" if now > limit else "running"] += 1
            found["due_soon"] += 0 <= limit - now <= SOON


# Cases whose events are all published, by id with their seq: they stay as they are until an event is added.
_KNOWN: Final[dict[str, tuple[int, _Case]]] = {}


@dataclass(frozen=True)
class _Trees:
    """The checkpoints that meet the policy: sizes, ascending, and their times."""

    sizes: list[int]
    times: list[int]

    @classmethod
    def read(cls) -> "_Trees":
        rows = list(Checkpoint.objects.filter(cosigned=True).order_by("size").values_list("size", "time"))
        return cls([size for size, _ in rows], [time for _, time in rows])

    def since(self, index: int | None) -> int | None:
        """When an entry was first proven to stand in the record; None while it is not."""
        at = bisect_right(self.sizes, index) if index is not None else len(self.sizes)
        return self.times[at] if at < len(self.sizes) else None


def _read(case_ids: list[str], trees: _Trees) -> Iterator[tuple[str, _Case | None]]:
    """Cases as far as they are published, a thousand at a time."""
    for start in range(0, len(case_ids), _AT_ONCE):
        rows = Event.objects.filter(case__in=case_ids[start : start + _AT_ONCE]).order_by("case", "seq")
        told = list(rows.values_list("case_id", "seq", "text", "leaf_hash"))
        places = dict(Entry.objects.filter(leaf_hash__in=[leaf for *_, leaf in told]).values_list("leaf_hash", "index"))
        for case_id, events in groupby(told, key=itemgetter(0)):
            yield case_id, _case((seq, text, trees.since(places.get(leaf))) for _, seq, text, leaf in events)


def _case(events: Iterable[tuple[int, str, int | None]]) -> _Case | None:
    told, times = [], {}
    for seq, text, since in events:
        if since is None:
            break  # what follows an unpublished event is unpublished too
        event = canonical.load_object(text.encode())
        told.append(event)
        times[seq] = event["time"] if seq == 1 else since
    if not told:
        return None
    story = fold(told)
    withdrawn = times.get(story.withdrawn_seq) if story.withdrawn_seq is not None else None
    try:
        rows = clocks_of(frozen_of(told[0]["charter"]), story, times, now=times[1])
    except BeyondCalendar:
        rows = []
    return _Case(
        clocks=tuple((row.limit, row.met_at, withdrawn) for row in rows),
        events=len(told),
        settled=story.answered_seq is not None or withdrawn is not None,
    )
