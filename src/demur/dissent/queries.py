# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the institution keeps its word, in counts: what is due, what is overdue, what was met late. From the record alone.

Only what is published counts, at the time at which the record proves it (PROTOCOL section 4). The institution's own conduct, what is
overdue, was late or is disputed, is told exactly and with each tick. What follows from how many people wrote is told as it was when the
quarter began, and rounded (`public.views`): told each day, it would give away the day of each filing, tick or not.
"""

import dataclasses
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, connection, transaction

from demur import canonical
from demur.clock.errors import BeyondCalendar
from demur.dissent.kept_state import snapshot_of
from demur.dissent.models import Case, CaseTally, Event, QuarterCounts, Tally
from demur.dissent.snapshots import refold
from demur.dissent.states import State, Story
from demur.dissent.timing import clocks_of
from demur.entries.queries import public_times
from demur.entries.rows import run
from demur.people.queries import frozen_of

VERSION: Final = 2  # of what is tallied of a case: another one is tallied anew, from the first entry on
SOON: Final = 5 * 86_400  # seconds: a clock that is due within five days is due soon
_WINDOW: Final = 1024  # entries that are tallied in one transaction: filings wait for no more
_ACCEPTED: Final = "SELECT size FROM entries_checkpoint WHERE cosigned ORDER BY size DESC LIMIT 1"
# CROSS JOIN: the entries of the window are walked, and each event is looked up by its hash.
_TOUCHED: Final = (
    "SELECT DISTINCT v.case_id FROM entries_entry e CROSS JOIN dissent_event v ON v.leaf_hash = e.leaf_hash"
    ' WHERE e."index" >= ? AND e."index" < ?'
)


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Clocks, by what they show now; `cases` is how many cases are open.

    `disputed` is how many cases have a reply that was reported as faulty: it does not count, so their clock still runs or is overdue.
    `unreadable` is how many could not be read, as two seats say: what ended so is counted nowhere else, unless it was late by then.
    """

    cases: int = 0
    running: int = 0
    due_soon: int = 0
    overdue: int = 0
    met: int = 0
    met_late: int = 0
    disputed: int = 0
    unreadable: int = 0


@dataclass(frozen=True)
class _Case:
    """The clocks of a case as far as it is published: limit, when met (None: not), when ended unmet (None: not), each in POSIX seconds;
    and whether nothing is owed any more, whether its reply is disputed, and whether it could not be read.
    """

    clocks: tuple[tuple[int, int | None, int | None], ...]
    settled: bool
    disputed: bool
    unreadable: bool


def counts(*, now: int) -> Counts:
    """The counts at `now` (POSIX seconds). What is kept of each case is read as sums: only cases that the record tells something new of
    are read again, however many there are.
    """
    sums = tallied()
    found = {name: sums.get(name, 0) for name in ("cases", "met", "met_late", "disputed", "unreadable")}
    running = due_soon = overdue = 0
    for limit, clocks in _open_clocks(sums):
        overdue += clocks if now > limit else 0
        running += clocks if now <= limit else 0
        due_soon += clocks if 0 <= limit - now <= SOON else 0
    return Counts(**found, running=running, due_soon=due_soon, overdue=overdue)


def quarter_of(at: int) -> str:
    """The quarter of UTC that `at` (POSIX seconds) lies in, such as "2026-Q4"."""
    day = datetime.fromtimestamp(at, tz=UTC)
    return f"{day.year}-Q{(day.month + 2) // 3}"


def counts_of_quarter(*, now: int) -> Counts:
    """The counts with which the quarter of `now` began: those of the first look in it, which the ticker takes, and kept from then on."""
    quarter = quarter_of(now)
    row = QuarterCounts.objects.filter(quarter=quarter).first()
    if row is None:
        text = json.dumps(dataclasses.asdict(counts(now=now)))
        with transaction.atomic():  # whoever was first
            row, _ = QuarterCounts.objects.get_or_create(quarter=quarter, defaults={"text": text})
    known = {field.name for field in dataclasses.fields(Counts)}
    return Counts(**{name: value for name, value in json.loads(row.text).items() if name in known})


def tallied() -> Counter[str]:
    """The sums over all cases, brought up to the last checkpoint that meets the policy."""
    try:
        while (row := Tally.objects.first()) is None or row.version != VERSION or row.size != _accepted():
            with transaction.atomic():
                _tally_next()
    except (DatabaseError, sqlite3.DatabaseError):
        # A disk that is full: what was counted before is shown, and a later look counts on.
        row = Tally.objects.first()
    return Counter(json.loads(row.text)) if row else Counter()


def tally_again(case_id: str) -> None:
    """Tally a case whose entries stood in the record before its rows, in the open transaction: it was brought back after a restore."""
    row = Tally.objects.first()
    if row is not None and row.version == VERSION:
        _keep(row, _retold([case_id], row.size), size=row.size)


def forget_tally() -> None:
    """Have everything tallied anew, in the open transaction: rows were taken out."""
    CaseTally.objects.all().delete()
    Tally.objects.all().delete()


def _accepted() -> int:
    found = run(_ACCEPTED, [])
    return int(found[0]) if found else 0


def _tally_next() -> None:
    """Tally the next entries that no tally holds; in a transaction, so that another thread which waited for it finds them done."""
    row, size = Tally.objects.first(), _accepted()
    if row is None or row.version != VERSION or row.size > size:
        forget_tally()
        row = Tally(version=VERSION, size=0, text="{}")
    end = min(row.size + _WINDOW, size)
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED.replace("?", "%s"), [row.size, end])
        touched = [str(case_id) for (case_id,) in cursor.fetchall()]
    _keep(row, _retold(touched, size), size=end)


def _retold(case_ids: list[str], size: int) -> Iterator[tuple[str, Counter[str]]]:
    """What each of these cases adds to the sums under the tree of `size` entries: by what is kept beside its events where all of them
    stand in that tree, else by its events.
    """
    cases = list(Case.objects.filter(id__in=case_ids).defer("header").order_by("id"))
    kept = {case.id: snapshot_of(case) for case in cases}
    leaves = [bytes.fromhex(leaf) for snapshot in kept.values() for leaf in snapshot.leaves.values()]
    since = public_times(leaves, size=size)
    for case in cases:
        snapshot = kept[case.id]
        times = {seq: since.get(bytes.fromhex(leaf)) for seq, leaf in snapshot.leaves.items()}
        if times.get(case.seq) is not None:
            proven = {seq: time for seq, time in times.items() if time is not None}
            yield case.id, _addends(_case(case.charter, snapshot.story, proven))
        else:
            yield case.id, _published(case, size)


def _published(case: Case, size: int) -> Counter[str]:
    """What a case adds of which a part is not published yet."""
    rows = list(Event.objects.filter(case=case).order_by("seq").values_list("seq", "text", "leaf_hash"))
    since = public_times([bytes(leaf) for *_, leaf in rows], size=size)
    told, times = [], {}
    for seq, text, leaf in rows:
        if bytes(leaf) not in since:
            break  # what follows an unpublished event is unpublished too
        told.append((canonical.load_object(text.encode()), bytes(leaf).hex()))
        times[seq] = since[bytes(leaf)]
    if not told:
        return Counter()
    return _addends(_case(case.charter, refold(told, frozen_of(case.charter)).story, times))


def _keep(row: Tally, retold: Iterator[tuple[str, Counter[str]]], *, size: int) -> None:
    sums = Counter(json.loads(row.text))
    changed = dict(retold)
    for text in CaseTally.objects.filter(case__in=list(changed)).values_list("text", flat=True):
        sums.subtract(json.loads(text))
    for addends in changed.values():
        sums.update(addends)
    kept = [CaseTally(case=case_id, text=_json(addends)) for case_id, addends in changed.items()]
    CaseTally.objects.bulk_create(kept, update_conflicts=True, unique_fields=["case"], update_fields=["text"])
    row.text, row.size = _json({name: count for name, count in sums.items() if count}), size
    row.save()


def _json(sums: Mapping[str, int]) -> str:
    return json.dumps(dict(sums), sort_keys=True)


def _addends(case: _Case) -> Counter[str]:
    """What a case adds: `cases`, `met`, `met_late`, `disputed`, `unreadable`, and `due LIMIT` for each clock that runs until LIMIT."""
    found = Counter(cases=int(not case.settled), disputed=int(case.disputed), unreadable=int(case.unreadable))
    for limit, met_at, ended in case.clocks:
        if met_at is not None:
            found["met" if met_at <= limit else "met_late"] += 1
        elif ended is not None:
            found["met_late"] += ended > limit  # ended, and late by then: that stays said
        else:
            found[f"due {limit}"] += 1
    return +found


def _open_clocks(sums: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Each limit with how many clocks run until it: they end with days, so that there are few, however many cases there are."""
    for name, clocks in sums.items():
        if name.startswith("due "):
            yield int(name.removeprefix("due ")), clocks


def _case(charter: str, story: Story, proven: Mapping[int, int]) -> _Case:
    """`proven` is since when the events that matter are public (POSIX seconds, by seq); the filing counts from its promise."""
    times = {**proven, 1: story.received_at or 0}
    ended = times.get(story.withdrawn_seq or story.unreadable_seq or 0)
    try:
        rows = clocks_of(frozen_of(charter), story, times, now=times[1])
    except BeyondCalendar:
        rows = []
    return _Case(
        clocks=tuple((row.limit, row.met_at, ended) for row in rows),
        settled=story.answered_seq is not None or ended is not None,
        disputed=story.state is State.DISPUTED,
        unreadable=story.unreadable_seq is not None,
    )
