# SPDX-License-Identifier: AGPL-3.0-or-later
"""The desk's list: what is due, and what is overdue. For overview only.

The server tells how far each case has come, and could lie; it cannot lie about a case that is opened
(`desk.read_case`), nor show fewer events than this key saw before. The due dates are computed here, from the charter
that the officers signed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from demur import canonical
from demur.charter.freeze import Frozen
from demur.client import erasure
from demur.client.desk import LAST_MOMENT, TELL, read_case
from demur.client.errors import BadAnswer, Unreachable
from demur.client.gaps import Gap
from demur.client.inbox import Known
from demur.client.lookups import Record
from demur.client.restored import gap_of, gaps_for, lost_part, lost_whole
from demur.client.seatline import SeatLine
from demur.clock.deadlines import State as ClockState
from demur.dissent.states import State, Story
from demur.dissent.timing import ClockRow, as_done, clocks_of
from demur.errors import DemurError

LIST_AT_ONCE: Final = 200  # cases in one request; spec/filing.md
_DONE: Final = {
    State.ACKNOWLEDGED: "ack",
    State.ANSWERED: "reply",
    State.WITHDRAWN: "withdrawn",
    State.UNREADABLE: "unreadable",
}  # what a case has come to by an act that may not be published yet
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


@dataclass(frozen=True, kw_only=True)
class CaseFault:
    """What is wrong with one case of the list: `lost` or `gone` (an honest restore took a part of it, or all), `erased`, `unknown` (the
    server shows nothing of it), `shorter` (fewer events than this key saw), `odd` (what the server tells of it cannot be used).
    """

    case: str
    name: str
    sentence: str

    @property
    def honest(self) -> bool:
        """Whether the record says so itself, for all to see."""
        return self.name in {"lost", "gone", "erased"}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """The list: what is there, overdue or due soonest first, and what is wrong with single cases."""

    listed: tuple[Listed, ...]
    faults: tuple[CaseFault, ...] = ()
    gap: Gap | None = None  # that took the cases that are gone

    @property
    def sentences(self) -> list[str]:
        """The faults for a person: one sentence for all cases that a restore took whole, one for each other case."""
        gone = [fault.case for fault in self.faults if fault.name == "gone"]
        whole = [lost_whole(gone, self.gap)] if self.gap is not None else []
        return whole + [fault.sentence for fault in self.faults if fault.name != "gone"]


def list_cases(line: SeatLine, known: Sequence[Known], record: Record) -> Looked:
    """How far these cases have come. One that does not hold takes no other away.

    Raises BadAnswer for what is no list, and what `Server.post` raises.
    """
    told: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(known), LIST_AT_ONCE):
        asked = [{"case": row.grant.case, "token": row.grant.token} for row in known[start : start + LIST_AT_ONCE]]
        body = canonical.dump({"cases": asked})
        answer = line.post_json("/api/v1/desk/cases", body, content_type="application/json").get("cases")
        if not isinstance(answer, list):
            raise BadAnswer("The server's answer is not a list of cases; try again later.")
        told |= {row["case"]: row for row in answer if isinstance(row, dict) and isinstance(row.get("case"), str)}
    looking = _Looking(line=line, record=record, known=known)
    listed = [found for row in known if (found := looking.at(row, told.get(row.grant.case))) is not None]
    listed.sort(key=lambda row: (row.due is None, row.due or 0, row.received, row.case))
    return Looked(listed=tuple(listed), faults=tuple(looking.faults), gap=looking.gap)


@dataclass(kw_only=True)
class _Looking:
    """One look at the list: the gaps of the record are asked for once, and only where something is missing."""

    line: SeatLine
    record: Record
    known: Sequence[Known]
    faults: list[CaseFault] = field(default_factory=list)
    gap: Gap | None = None

    @cached_property
    def gaps(self) -> list[Gap]:
        return gaps_for(self.known, self.record)

    def at(self, known: Known, row: Mapping[str, Any] | None) -> Listed | None:
        """The case as it is listed, None where nothing of it can be; a fault is noted."""
        case = known.grant.case
        if row is None:
            self.faults.append(self._missing(known))
            return None
        try:
            seq, listed = _listed(row, self.record, now=self.line.clock())
        except Unreachable:
            raise
        except DemurError as error:
            self.faults.append(CaseFault(case=case, name="odd", sentence=f"Case {case[:8]} is not listed: {error}"))
            return None
        if seq < known.seen:
            self.faults.append(self._shorter(known, seq))
        return listed

    def _shorter(self, known: Known, seq: int) -> CaseFault:
        case, gap = known.grant.case, gap_of(known, self.gaps)
        if gap is not None:
            return CaseFault(case=case, name="lost", sentence=lost_part(known, gap))
        said = f"The server shows {seq} events of case {case[:8]} where this key saw {known.seen}; {TELL}"
        return CaseFault(case=case, name="shorter", sentence=said)

    def _missing(self, known: Known) -> CaseFault:
        case = known.grant.case
        gap = gap_of(known, self.gaps)
        if gap is not None:
            self.gap = gap
            return CaseFault(case=case, name="gone", sentence=lost_whole([case], gap))
        try:
            read_case(self.line, known, self.record)
        except erasure.CaseErased as error:
            return CaseFault(case=case, name="erased", sentence=f"Case {case[:8]}: {error}")
        except Unreachable:
            raise
        except DemurError:
            pass
        said = f"the server shows nothing of {case[:8]}, which this key was granted; ask oversight why"
        return CaseFault(case=case, name="unknown", sentence=said)


def _listed(row: Mapping[str, Any], record: Record, *, now: int) -> tuple[int, Listed]:
    """How many events the server tells of, and the case as it is listed. Raises BadAnswer, and what `Record.charter` raises."""
    try:
        seq = _moment(row["seq"])
        state, met = State(row["state"]), {str(name): _moment(at) for name, at in row["met"].items()}
        # The row as a story: the clocks need to know which acts took place and when, and not their true places,
        # but for `received`, which is event 1 of every case.
        acts = ("ack", "reply", "withdrawn", "unreadable")
        places = {name: n for n, name in enumerate(acts, start=2) if name in met or name == _DONE.get(state)}
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
        raise BadAnswer("What the server tells of it lacks a part; try again later, and tell oversight.") from None
    times = {1: story.received_at or 0, **{n: met[name] for name, n in places.items() if name in met}}
    clocks = as_done(clocks_of(frozen, story, times, now), story, times, now)
    received = story.received_at or 0
    return seq, Listed(case=row["case"], state=state, received=received, clocks=tuple(clocks), frozen=frozen)


def _moment(value: object) -> int:
    """A time as the server tells it; raises ValueError for none."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LAST_MOMENT:
        raise ValueError("not a time")
    return value
