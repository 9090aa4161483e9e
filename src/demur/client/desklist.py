# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's list: what is due, and what is overdue. For overview only.

The server tells how far each case has come, and could lie; it cannot lie about a case that is opened
(`desk.read_case`), nor show fewer events than this key saw before. The due dates are computed here, from the charter
that the officers signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from demur import canonical
from demur.charter.freeze import Frozen
from demur.client.desk import LAST_MOMENT, TELL
from demur.client.errors import BadAnswer
from demur.client.inbox import Known
from demur.client.lookups import Record
from demur.client.seatline import SeatLine
from demur.clock.deadlines import State as ClockState
from demur.dissent.states import State, Story
from demur.dissent.timing import ClockRow, clocks_of

LIST_AT_ONCE: Final = 200  # cases in one request; spec/filing.md
_OWED: Final = frozenset({ClockState.RUNNING, ClockState.EXTENDED, ClockState.OVERDUE})


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A case in the desk's list, as the server tells it; `read_case` verifies it when it is opened."""

    case: str
    state: State
    received: int
    clocks: tuple[ClockRow, ...]
    frozen: Frozen

    @property
    def due(self) -> int | None:
        """When the next thing is due (POSIX seconds), None if nothing is owed."""
        return min((row.limit for row in self.clocks if row.state in _OWED), default=None)


def list_cases(line: SeatLine, known: Sequence[Known], record: Record) -> list[Listed]:
    """How far these cases have come, what is overdue or due soonest first.

    Raises BadAnswer, and what `Server.post` raises.
    """
    rows: list[Mapping[str, Any]] = []
    for start in range(0, len(known), LIST_AT_ONCE):
        asked = [{"case": row.grant.case, "token": row.grant.token} for row in known[start : start + LIST_AT_ONCE]]
        body = canonical.dump({"cases": asked})
        answer = line.post_json("/api/v1/desk/cases", body, content_type="application/json").get("cases")
        if not isinstance(answer, list):
            raise BadAnswer("The server's answer is not a list of cases; try again later.")
        rows += answer
    mine = {row.grant.case: row for row in known}
    listed = [_listed(row, mine, record, now=line.clock()) for row in rows]
    return sorted(listed, key=lambda row: (row.due is None, row.due or 0, row.received, row.case))


def _listed(row: Mapping[str, Any], known: Mapping[str, Known], record: Record, *, now: int) -> Listed:
    try:
        seen, seq = known[row["case"]].seen, _moment(row["seq"])
        state, met = State(row["state"]), {str(name): _moment(at) for name, at in row["met"].items()}
        # The row as a story: the clocks need to know which acts took place and when, and not their true places,
        # but for `received`, which is event 1 of every case.
        places = {name: n for n, name in enumerate(("ack", "reply", "withdrawn", "unreadable"), start=2) if name in met}
        story = Story(
            state=state,
            seq=seq,
            received_at=_moment(row["received"]),
            acknowledged_seq=places.get("ack"),
            answered_seq=places.get("reply"),
            withdrawn_seq=places.get("withdrawn"),
            unreadable_seq=places.get("unreadable"),
            extended={str(clock): _moment(until) for clock, until in row["extended"].items()},
        )
        frozen = record.charter(str(row["charter"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BadAnswer(
            "The server's list names a case that was not asked for, or lacks a part; try again later."
        ) from None
    if seq < seen:
        raise BadAnswer(f"The server shows {seq} events of case {row['case'][:8]} where this key saw {seen}; {TELL}")
    times = {1: story.received_at or 0, **{n: met[name] for name, n in places.items()}}
    clocks = clocks_of(frozen, story, times, now)
    return Listed(case=row["case"], state=state, received=story.received_at or 0, clocks=tuple(clocks), frozen=frozen)


def _moment(value: object) -> int:
    """A time as the server tells it; raises ValueError for none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_MOMENT:
        raise ValueError("not a time")
    return value
