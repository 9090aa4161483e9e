# SPDX-License-Identifier: AGPL-3.0-or-later
"""Delivering what waits in the outbox: each notice once as far as that can be, and none tried for ever.

Order: a try is counted and the next one set in a first transaction (`_take`), the bell is pulled outside of any, and what
became of it is written in a second (`_note`). A crash in between costs a try and can ring twice; it never loses a notice,
and one that kills its server is not tried for ever. The pauses are longer than a delivery may take, so two processes do not
carry the same notice.

One delivery serves every notice of its kind that waited when it left. After a delivery of a kind the next one waits for
the quarter hour to be over: a flood of filings must not become a flood of mail, which would get the bell blocked.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db.models import Q

from demur.notices.actions.ring import DAY
from demur.notices.errors import Failure, NotDelivered
from demur.notices.kinds import Kind
from demur.notices.models import Notice

PAUSES: Final = (60, 300, 1800, 7200, 21600)  # seconds after each failed try but the last
TRIES: Final = len(PAUSES) + 1
LEASE: Final = 60  # seconds that the last try may take before it counts as interrupted
QUIET: Final = 900  # seconds: one ring of a kind in each such part of the day

_LOG = logging.getLogger("demur")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one delivery: `failure` is None where the bell rang."""

    kind: Kind
    failure: Failure | None


@dataclass(frozen=True, kw_only=True)
class _Load:
    """What one delivery carries. `served`: key and count of tries of every notice of the kind that waits."""

    kind: Kind
    tried: frozenset[str]
    served: dict[str, int]


def deliver_due(
    *, now: int, deliver: Callable[[Kind], None], write: Callable[[Callable[[], Any]], Any]
) -> list[Outcome]:
    """Ring for everything that is due at `now` (POSIX seconds), one delivery for each kind; ends at the first failure.

    `deliver` pulls the bell, or raises NotDelivered. `write` runs an act in a transaction, such as `ground.writer.write`.
    A beat is held up by one broken bell for as long as one delivery may take, not three times.
    """
    outcomes: list[Outcome] = []
    write(partial(_sweep, now))
    while load := write(partial(_take, now)):
        outcomes.append(_carried(load, deliver))
        write(partial(_note, load, outcomes[-1].failure, now=now))
        if outcomes[-1].failure:
            break
    return outcomes


def _sweep(now: int) -> None:
    """Forget what is over, and give up what had its last try in a process that ended."""
    sent = Notice.objects.filter(state=Notice.SENT)
    sent.filter(day__lt=now // DAY).delete()
    sent.filter(next_at__lte=now).update(next_at=0)
    spent = Notice.objects.filter(_ripe(now), state=Notice.WAITING, attempts__gte=TRIES)
    if spent.update(state=Notice.DEAD, next_at=0, failure=Failure.INTERRUPTED):
        _tell_dead(Failure.INTERRUPTED)


def _ripe(now: int) -> Q:
    # A clock that was set back must not silence the bell until it has caught up.
    return Q(next_at__lte=now) | Q(next_at__gt=now + max(PAUSES))


def _take(now: int) -> _Load | None:
    """Count a try of every notice of the kind that is due longest; None if nothing is due."""
    waiting = Notice.objects.filter(state=Notice.WAITING)
    first = waiting.filter(_ripe(now)).order_by("next_at", "day", "kind").first()
    if first is None:
        return None
    tried = list(waiting.filter(_ripe(now), kind=first.kind))
    for row in tried:
        row.next_at = now + (PAUSES[row.attempts] if row.attempts < len(PAUSES) else LEASE)
        row.attempts += 1
        row.save()
    served = dict(waiting.filter(kind=first.kind).values_list("key", "attempts"))
    return _Load(kind=Kind(first.kind), tried=frozenset(row.key for row in tried), served=served)


def _carried(load: _Load, deliver: Callable[[Kind], None]) -> Outcome:
    try:
        deliver(load.kind)
    except NotDelivered as error:
        return Outcome(kind=load.kind, failure=error.failure)
    return Outcome(kind=load.kind, failure=None)


def _note(load: _Load, failure: Failure | None, *, now: int) -> None:
    """Write down what became of a delivery, of those notices only that were not rung again while it was under way."""
    for key, attempts in load.served.items():
        row = Notice.objects.filter(key=key, attempts=attempts, state=Notice.WAITING)
        if failure is None:
            row.update(state=Notice.SENT, next_at=(now // QUIET + 1) * QUIET, failure="")
        elif key in load.tried:
            row.update(failure=failure)
            if attempts >= TRIES:
                row.update(state=Notice.DEAD, next_at=0)
                _tell_dead(failure)


def _tell_dead(failure: Failure) -> None:
    _LOG.warning("doorbell: gave up after %d tries (%s); see `demur doorbell list`", TRIES, failure)
